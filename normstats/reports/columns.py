"""What a report shows: its rows and its columns, once for all formats."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from normstats.numerals.digits import significant, with_error
from normstats.result import Estimate, Result
from normstats.result.document import estimates
from normstats.result.notes import unit, units
from normstats.runs.call import spell


@dataclass(frozen=True)
class Row:
    """One statistic of one direction of one layer."""

    result: Result
    direction: str
    statistic: str
    estimate: Estimate


@dataclass(frozen=True)
class Column:
    """A heading and the value below it."""

    name: str
    value: Callable[[Row], Any]


def rows(result: Result) -> Iterator[Row]:
    """The eight rows of a result, in the order of every report."""
    for direction, statistic, estimate in estimates(result):
        yield Row(result, direction, statistic, estimate)


def call(result: Result) -> str:
    """``max_pool2d(kernel_size=3x3)``: what `normstats run` takes."""
    return spell(result.layer, result.params)


def measured(row: Row) -> str:
    """Value ± standard error, or why there is no error."""
    estimate = row.estimate
    if estimate.se is not None:
        return with_error(estimate.value, estimate.se)
    reason = f": one {unit(row.result).split()[0]}" if units(row.result) == 1 else ""
    return f"{significant(estimate.value, 6)} (no error{reason})"


def exact(row: Row) -> str:
    """The exact value to twelve digits; nothing where there is none."""
    return "" if row.estimate.exact is None else significant(row.estimate.exact)


def deviation(row: Row) -> str:
    """Measured − exact in standard errors: +0.7 σ."""
    z = row.estimate.z
    if z is None:
        return ""
    if row.estimate.se == 0.0 and z == 0.0:
        return "none"
    if abs(z) == sys.float_info.max:
        return f"{'-' if z < 0 else '+'}∞ σ"
    if abs(z) < 0.05:
        return "0.0 σ"
    return f"{z:+.1f} σ" if abs(z) < 1000 else f"{z:+.1e} σ"


# What a person reads, one layer after the other.
HUMAN: Sequence[Column] = (
    Column("direction", lambda row: row.direction),
    Column("statistic", lambda row: row.statistic),
    Column("measured", measured),
    Column("exact", exact),
    Column("deviation", deviation),
)
