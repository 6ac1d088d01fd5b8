"""A curve in one line of text, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = " "
FLAT = 0.1  # powers of ten: what changes less than this is a level line, and no noise


def sparkline(values: Sequence[float | None]) -> str:
    """A character a value: logarithms to the base 10, from the lowest ▁ to the highest █.

    A value that is missing (None, nan) leaves a gap. −inf, the logarithm of 0, is ▁ and inf is █.
    Values that lie within 0.1, a quarter of the number itself, are all ▄.
    """
    finite = [v for v in values if v is not None and math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    return "".join(_character(value, low, high) for value in values)


def _character(value: float | None, low: float, high: float) -> str:
    if value is None or math.isnan(value):
        return GAP
    if math.isinf(value):
        return BLOCKS[0] if value < 0.0 else BLOCKS[-1]
    if high - low <= FLAT:
        return BLOCKS[len(BLOCKS) // 2 - 1]
    return BLOCKS[min(int((value - low) / (high - low) * len(BLOCKS)), len(BLOCKS) - 1)]
