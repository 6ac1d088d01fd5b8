"""The committed tables: measured numbers against new ones and exact values, and every digit.

The same statistic stands in several places, as itself and as a gain, and every page as JSON and as
CSV. A digit that is changed in one of them shows, however small it is beside the noise.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from normstats import registry
from normstats.check.committed import INDEX, Committed, Number, read
from normstats.check.comparison import ACCURACY, Comparison
from normstats.check.measured import Layers, Measured, Wanted
from normstats.check.noise import BASE, SILENT
from normstats.check.source import Asked, Source
from normstats.published.catalogue import Constant, catalogue
from normstats.published.evaluate import truth
from normstats.published.quantity import exact_quantity
from normstats.reports.formats.csv import render
from normstats.reports.model import Case, Report
from normstats.runs.call import Call
from normstats.tables.text import data, rounded

MEASURED = "tables, measured"
COMMITTED = "tables against exact"
DIGITS_OF = "tables, digits"

FOLDER = "tables"
DIGITS = 12  # significant digits that the tables keep
ROUNDING = 10.0 ** (1 - DIGITS)  # what they leave out of a number
GAINS = ("gain", "gain_rms", "backward_gain")


@dataclass(frozen=True)
class Tables(Source):
    """The tables in a folder; None where there are none."""

    committed: Committed | None
    note: str

    @classmethod
    def of(cls, asked: Asked) -> Tables | None:
        """The folder, or ./tables if it is there; without a FILE."""
        folder = asked.tables
        if asked.file is not None:
            return None
        if folder is None and not (Path(FOLDER) / INDEX).is_file():
            note = f"none in ./{FOLDER}, so nothing is compared with tables (see --tables)"
            return cls(None, note)
        committed = read(FOLDER if folder is None else folder)
        return cls(committed, f"{len(committed.numbers)} numbers in {committed.folder}")

    def wanted(self) -> list[Wanted]:
        """Every layer that they have a number of."""
        numbers = () if self.committed is None else self.committed.numbers
        calls = {number.call for number in numbers if number.call is not None}
        return [Wanted(call) for call in sorted(calls, key=str)]

    def comparisons(self, layers: Layers) -> Iterator[Comparison | Case]:
        """Every number of the layers that were measured; if all were, whatever else is there."""
        if self.committed is None:
            return
        constants = {constant.id: constant for constant in catalogue()}
        for number in self.committed.numbers:
            one = layers.found.get(Wanted(number.call)) if number.call is not None else None
            if one is not None and not (number.id and number.id not in constants):
                yield from _measured(number, one, self.committed.runs.get(one.run.call))
        calls = {one.run.call for one in layers.done}
        for number in self.committed.numbers:
            if layers.are_all or number.call in calls:
                yield from _digits(number, constants.get(number.id))
        if layers.are_all:
            yield from _repeated(self.committed.numbers)
            yield from _lacking(self.committed, constants)
            yield from _csv_files(self.committed)

    def header(self, layers: Layers) -> Mapping[str, str]:
        """Which tables."""
        return {"tables": self.note}

    @property
    def remark(self) -> str:
        """The same."""
        return f"Tables: {self.note}."


def _measured(
    number: Number, one: Measured, run: tuple[int, int, int] | None
) -> Iterator[Comparison]:
    """A measured number against the new one, and against the exact value of today."""
    old, result = number.measured, one.result
    now = one.quantity(number.quantity, number.scale, number.power)
    if old is None or now.value is None or now.se is None or not number.samples:
        return
    rest = ROUNDING * abs(old) + now.precision
    new = Comparison(
        now.value,
        old,
        now.noise,
        result.samples,
        number.samples,
        rest,
        group=MEASURED,
        name=number.where,
        call=number.layer,
        quantity=number.quantity,
        seed=result.seed,
        words=("measured", "committed"),
    )
    if run == (result.samples, result.seed, result.stream):  # the same random numbers and digits
        again = rounded(now.value, DIGITS)
        value = now.value if again is None else again
        yield replace(new, value=value, noise=SILENT, precision=0.0)
    else:
        yield new
    if now.exact is not None:
        yield replace(
            new,
            value=old,
            reference=now.exact,
            samples=number.samples,
            others=0,
            precision=rest + ACCURACY * max(abs(now.exact), 1.0),
            group=COMMITTED,
            seed=None if run is None else run[1],
            words=("committed", "exact"),
        )


def _digits(number: Number, constant: Constant | None) -> Iterator[Comparison]:
    """An exact and a published number against those of the package."""
    exact, published = None, None
    if constant is not None:
        exact, published = truth(constant).exact, constant.value
    elif number.call is not None and not number.id:
        exact = exact_quantity(registry.exact(number.call), number.quantity)
    for what, old, now in (
        ("exact", number.exact, exact),
        ("published", number.published, published),
    ):
        if old is not None and now is not None:
            precision = ROUNDING * max(abs(old), abs(now), 1e-1)
            yield _same(number, f"{number.where} ({what})", old, now, precision, "now")


def _same(
    number: Number, name: str, old: float, now: float, precision: float, other: str
) -> Comparison:
    """A committed number against another one without noise."""
    return Comparison(
        old,
        now,
        precision=precision,
        group=DIGITS_OF,
        name=name,
        call=number.layer,
        quantity=number.quantity,
        words=("committed", other),
    )


def _repeated(numbers: Sequence[Number]) -> Iterator[Comparison]:
    """Every measured number against the first one of the same statistic of the same layer."""
    first: dict[tuple[Call | None, str], tuple[float, Number]] = {}
    for number in numbers:
        statistic = _statistic(number)
        if statistic is None:
            continue
        base = BASE.get(number.quantity, number.quantity)
        before, where = first.setdefault((number.call, base), (statistic, number))
        if where is not number:
            name = f"{number.where} (measured, as in {where.where})"
            precision = 4.0 * ROUNDING * abs(before)
            one = _same(number, name, statistic, before, precision, "committed")
            yield replace(one, quantity=base)


def _statistic(number: Number) -> float | None:
    """The mean, std or rms that the number was made from."""
    if number.measured is None:
        return None
    value = number.measured / number.scale
    power = (2.0 if number.quantity == "second_moment" else 1.0) * number.power
    if power != 1.0:
        if value < 0.0:
            return None
        value = value ** (1.0 / power)
    if number.quantity in GAINS:
        return 1.0 / value if value else None
    return float(value)


def _lacking(committed: Committed, constants: Mapping[str, Constant]) -> Iterator[Case]:
    """Tables that do not belong to this catalogue."""
    problems = {id: f"not in {committed.folder}" for id in constants if id not in committed.ids}
    problems |= dict.fromkeys(sorted(committed.ids - set(constants)), "not in the catalogue")
    for id, problem in problems.items():
        yield Case(DIGITS_OF, f"constant {id}", False, f"{problem}; make the tables again")


def _csv_files(committed: Committed) -> Iterator[Case]:
    """The CSV of every page against its JSON."""
    for page, records in committed.records.items():
        path = committed.folder / f"{page}.csv"
        problem = _difference(path, render(Report(data=data(records))))
        message = f"not the same as the JSON: {problem}" if problem else "the same as the JSON"
        yield Case(DIGITS_OF, path.name, not problem, message)


def _difference(path: Path, expected: str) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if text == expected:
        return ""
    found, wanted = (list(csv.reader(io.StringIO(t))) for t in (text, expected))
    for row, (one, other) in enumerate(zip(found, wanted, strict=False), 1):
        for heading, cell, right in zip(wanted[0], one, other, strict=False):
            if cell != right:
                return f"row {row} ({other[0]}), {heading}: {cell!r} instead of {right!r}"
    return f"{len(found)} rows instead of {len(wanted)}, or of other lengths"


SOURCE = Tables
