"""Many layers on a screen: which rows are shown, and small pictures made of characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol, TypeVar

MOST_ROWS = 24
BAR = 8
LONGEST = 60  # characters of a sparkline
BLOCKS, GAP = "▁▂▃▄▅▆▇█", " "
_EIGHTHS = " ▏▎▍▌▋▊▉█"
FAR = 300.0  # powers of ten that float64 has


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """That of a layer."""


N = TypeVar("N", bound=Named)


def chosen(rows: Sequence[N]) -> list[N]:
    """All of a few; of many, whole periods of the names, evenly spread, the first and the last."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    start, period = _period([row.name for row in rows])
    blocks = [list(rows[i : i + period]) for i in range(start, len(rows), period)]
    count = min(max(2, (MOST_ROWS - start) // period), len(blocks))
    picked = [round(i * (len(blocks) - 1) / (count - 1)) for i in range(count)]
    return [*rows[:start], *(row for i in dict.fromkeys(picked) for row in blocks[i])]


def _period(names: Sequence[str]) -> tuple[int, int]:
    """After how many rows names repeat, from which row on; (0, 1) where they hardly do."""
    for period in range(1, MOST_ROWS // 3 + 1):
        for start in range(MOST_ROWS // 3):
            rest = names[start:]
            if all(a == b for a, b in zip(rest, rest[period : len(rest) - period], strict=False)):
                return start, period
    return 0, 1


def span(logs: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest, at least a decade apart: what hardly changes looks so."""
    if not logs:
        return 0.0, 1.0
    low, high = min(logs), max(logs)
    more = max(0.0, 1.0 - (high - low)) / 2.0
    return low - more, high + more


def bar(value: float, low: float, high: float) -> str:
    """A bar of at most BAR characters: one eighth for the lowest, all for the highest."""
    eighths = 1 + round((value - low) / (high - low) * (8 * BAR - 1))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def sparkline(values: Sequence[float | None]) -> str:
    """A character a value: logarithms to the base 10, from the lowest ▁ to the highest █.

    A value that is missing (None, nan) leaves a gap. −inf, the logarithm of 0, is ▁ and inf is █.
    From ▁ to █ is a decade at least.
    """
    low, high = span([v for v in values if v is not None and math.isfinite(v)])

    def character(value: float | None) -> str:
        if value is None or math.isnan(value):
            return GAP
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        return BLOCKS[round(share * (len(BLOCKS) - 1))]

    return "".join(map(character, values))


def profile(logs: Sequence[float | None]) -> str:
    """Heights by log std, with the ends in numbers: ``1 █▇▅▃▂▁ 1.2e-05``."""
    if all(log is None for log in logs):
        return ""
    step = max(1, -(-len(logs) // LONGEST))
    first, last = ("–" if log is None else power(log, ".3g", ".2g") for log in (logs[0], logs[-1]))
    return f"{first} {sparkline([*logs[:-1:step], logs[-1]])} {last}"


def power(log10: float, near: str, far: str) -> str:
    """10 to this power, in one of two formats: ``far`` is for the digits of what no float64 is."""
    if abs(log10) < FAR:
        return f"{10.0**log10:{near}}"
    whole = math.floor(log10)
    return f"{10.0 ** (log10 - whole):{far}}e{whole:+d}"
