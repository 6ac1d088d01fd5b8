"""What a reader has to know before trusting the numbers of a result."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from normstats.numerals.quantities import plural

if TYPE_CHECKING:
    from normstats.result.numbers import Estimate
    from normstats.result.result import Result

FEW_UNITS = 10  # with fewer, an error is known to no better than a quarter of itself
RARE = 0.5 / math.sqrt(FEW_UNITS)  # the relative error of a std that so few values make up
MOST_OF_FOURTH_POWERS = 1e70  # (1e308/n)^¼ for the largest n
NAMES = {"forward": "y", "backward": "dx"}


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
    if units(result) < 2:
        if lacking:
            found.append(f"no standard errors: they need at least {counted(2, unit(result))}")
        return found
    if any(map(_overflows, lacking)):
        found.append("no standard error where powers of the values overflow")
    if not all(map(_overflows, lacking)):
        found.append("no standard error where nothing varied in so few samples")
    if not lacking and units(result) < FEW_UNITS:
        found.append(f"standard errors from only {counted(units(result), unit(result))} are rough")
    else:
        found += _rare(result)
    return found


def _overflows(estimate: Estimate) -> bool:
    """Whether an error is unknown because it takes fourth powers, which are no numbers any more."""
    return not abs(estimate.value) < MOST_OF_FOURTH_POWERS


def large_values(std: Estimate) -> int | None:
    """How many samples make up a std, if these are few: a sum that k of them make up has an error
    of 1/√k of itself, and its root half of that.
    """
    if std.se is None or not std.se > RARE * std.value > 0.0:
        return None
    return max(1, round((0.5 * std.value / std.se) ** 2))


def _rare(result: Result) -> list[str]:
    found: dict[int, list[str]] = {}
    if units(result) < FEW_UNITS:
        return []
    for direction, side in result.statistics.items():
        events = large_values(side.std)
        if events is not None:
            found.setdefault(events, []).append(NAMES.get(direction, f"gradient of {direction}"))
    return [
        f"the numbers of {' and '.join(names)} rest on about {plural(events, 'large value')}:"
        " errors are rough, and no deviation is told"
        for events, names in found.items()
    ]
