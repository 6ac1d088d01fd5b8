"""A curve in one line of text, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = " "


def span(logs: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest, at least a decade apart: what hardly changes looks so."""
    if not logs:
        return 0.0, 1.0
    low, high = min(logs), max(logs)
    more = max(0.0, 1.0 - (high - low)) / 2.0
    return low - more, high + more


def sparkline(values: Sequence[float | None]) -> str:
    """A character a value: logarithms to the base 10, from the lowest ▁ to the highest █.

    A value that is missing (None, nan) leaves a gap. −inf, the logarithm of 0, is ▁ and inf is █.
    From ▁ to █ is a decade at least.
    """
    low, high = span([v for v in values if v is not None and math.isfinite(v)])
    return "".join(_character(value, low, high) for value in values)


def _character(value: float | None, low: float, high: float) -> str:
    if value is None or math.isnan(value):
        return GAP
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return BLOCKS[round(share * (len(BLOCKS) - 1))]
