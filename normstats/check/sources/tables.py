"""The committed tables: measured numbers against new ones and exact values, and every digit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from normstats.check.committed import INDEX, Committed, Number, read
from normstats.check.comparison import ACCURACY, Comparison
from normstats.check.consistency import DIGITS, ROUNDING, digits, itself, today
from normstats.check.measured import Layers, Measured
from normstats.check.noise import SILENT
from normstats.check.sources import Asked, Source
from normstats.published.closed_forms import LIMITS
from normstats.reports.model import Case
from normstats.tables.jobs import Wanted
from normstats.tables.text import rounded

MEASURED = "tables, measured"
COMMITTED = "tables against exact"

FOLDER = "tables"


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
        found = {number.wanted for number in numbers if number.wanted is not None}
        return sorted(found, key=lambda one: one.name)

    def comparisons(self, layers: Layers) -> Iterator[Comparison | Case]:
        """Every number of the layers that were measured; if all were, whatever else is there."""
        if self.committed is None:
            return
        for number in self.committed.numbers:
            one = None if number.wanted is None else layers.found.get(number.wanted)
            if one is not None and (not number.id or number.id in today()):
                yield from _measured(number, one, self.committed.runs.get(one.wanted))
        for number in self.committed.numbers:
            if layers.are_all or number.wanted in layers.found:
                yield from digits(number)
        if layers.are_all:
            yield from itself(self.committed)

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
    exact = now.exact
    if exact is None and number.id and today()[number.id].constant.formula not in LIMITS:
        exact = today()[number.id].verdict.exact  # of layers in a row
    if exact is not None:
        yield replace(
            new,
            value=old,
            reference=exact,
            samples=number.samples,
            others=0,
            precision=rest + ACCURACY * max(abs(exact), 1.0),
            group=COMMITTED,
            seed=None if run is None else run[1],
            words=("committed", "exact"),
        )


SOURCE = Tables
