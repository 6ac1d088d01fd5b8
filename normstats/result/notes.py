"""What a reader has to know before trusting the numbers of a result."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from normstats.numerals.quantities import plural

if TYPE_CHECKING:
    from normstats.result.result import Result

FEW_UNITS = 10  # with fewer, an error is known to no better than a quarter of itself


def unit(result: Result) -> str:
    """What is drawn independently: a sample, or the group that shares a draw of the weights."""
    return result.unit or "sample"


def units(result: Result) -> int:
    """How many of them the standard errors rest on."""
    return result.units or result.samples


def counted(n: int, noun: str) -> str:
    """2 groups of samples: the first word of the noun is the one that is counted."""
    head, _, rest = noun.partition(" ")
    return f"{plural(n, head)} {rest}".rstrip()


def notes(result: Result) -> list[str]:
    """Those of the run, and what is to be said of the standard errors."""
    found = list(result.notes)
    sides = result.statistics.values()
    every = [one for side in sides for one in (side.mean, side.std, side.rms, side.zeros)]
    lacking = [one for one in every if one.se is None and not one.heavy]
    if lacking and units(result) < 2:
        found.append(f"no standard errors: they need at least {counted(2, unit(result))}")
    elif all(math.isfinite(estimate.value) for estimate in lacking) and lacking:
        found.append("no standard error where nothing varied in so few samples")
    elif lacking:
        found.append("no standard error where powers of the values overflow")
    elif 2 <= units(result) < FEW_UNITS:
        found.append(f"standard errors from only {counted(units(result), unit(result))} are rough")
    return found
