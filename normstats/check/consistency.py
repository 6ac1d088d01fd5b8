"""Whether the committed tables agree with themselves: no sampling, every digit counts.

The same statistic stands in several places, as itself and as a gain, and every page as JSON and as
CSV. A digit that is changed in one of them shows, however small it is beside the noise.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from normstats.check.case import Case
from normstats.check.committed import Committed, Number
from normstats.check.compare import Comparison
from normstats.check.noise import BASE
from normstats.check.single import DIGITS_OF, ROUNDING, Single
from normstats.reports.formats.csv import render
from normstats.reports.model import Report
from normstats.tables.text import data

GAINS = ("gain", "gain_rms", "backward_gain")


def repeated(committed: Committed) -> Iterator[Single]:
    """Every measured number against the first one of the same statistic of the same layer."""
    first: dict[tuple[str, str], tuple[float, Number]] = {}
    for number in committed.numbers:
        statistic = _statistic(number)
        if statistic is None:
            continue
        base = BASE.get(number.quantity, number.quantity)
        before, where = first.setdefault((number.call, base), (statistic, number))
        if where is not number:
            yield Single(
                group=DIGITS_OF,
                name=f"{number.file}: {number.name} (measured, as in {where.file}: {where.name})",
                comparison=Comparison(statistic, before, precision=4.0 * ROUNDING * abs(before)),
                quantity=base,
                call=number.call,
                samples=0,
                seed=None,
                where=number.file,
                words=("committed", "committed"),
            )


def _statistic(number: Number) -> float | None:
    """The mean, std or rms that the number was made from."""
    if number.measured is None:
        return None
    value = number.measured / number.scale
    if number.power != 1.0:
        if value < 0.0:
            return None
        value = value ** (1.0 / number.power)
    if number.quantity == "second_moment":
        return float(value**0.5) if value >= 0.0 else None
    if number.quantity in GAINS:
        return 1.0 / value if value else None
    return value


def csv_files(committed: Committed) -> Iterator[Case]:
    """The CSV of every page against its JSON."""
    for page, records in committed.records.items():
        path = Path(committed.folder) / f"{page}.csv"
        problem = _difference(path, render(Report(data=data(records))))
        passed = problem is None
        message = (
            "the same as the JSON" if problem is None else f"not the same as the JSON: {problem}"
        )
        yield Case(DIGITS_OF, path.name, passed, message)


def _difference(path: Path, expected: str) -> str | None:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if text == expected:
        return None
    found, wanted = (list(csv.reader(io.StringIO(t))) for t in (text, expected))
    headings = wanted[0] if wanted else []
    for row, (one, other) in enumerate(zip(found, wanted, strict=False), 1):
        for heading, cell, right in zip(headings, one, other, strict=False):
            if cell != right:
                return f"row {row} ({other[0]}), {heading}: {cell!r} instead of {right!r}"
    return f"{len(found)} rows instead of {len(wanted)}, or of other lengths"
