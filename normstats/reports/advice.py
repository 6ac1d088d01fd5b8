"""What a user does with the numbers: what to subtract, and which gain to multiply by."""

from __future__ import annotations

import math
import sys

from normstats.numerals.digits import SEPARATOR, significant, with_error
from normstats.result import Estimate, Result

ZERO = 5  # a measured mean or scale within so many standard errors of 0 is not told from 0


def advice(result: Result) -> list[str]:
    """One sentence for the recipe, one for the other meaning of "gain"."""
    forward, backward = result.forward, result.backward
    subtract = _number(forward.mean)
    if subtract is None:
        return []
    y, dx, rms = _gain(forward.std), _gain(backward.std), _gain(forward.rms)
    lines = []
    gains = {"backward, 1/std of dx": dx, "forward, 1/std of y": y}
    if any(gains.values()):
        shift = "nothing to subtract" if _is_zero(forward.mean) else f"subtract {subtract}"
        recipe = " or ".join(f"{gain} ({meaning})" for meaning, gain in gains.items() if gain)
        lines.append(f"To normalise: {shift}, multiply by {recipe}.")
    if constant := [n for n, d in (("y", forward), ("dx", backward)) if _is_zero(d.std)]:
        lines.append(f"No gain for {' and '.join(constant)}: the standard deviation is 0.")
    if rms and y and rms != y:
        lines.append(f"Without subtracting: multiply by {rms} (1/rms of y).")
    return lines


def _best(estimate: Estimate) -> tuple[float, float | None]:
    """The exact value (its error is 0) if there is one, else the measured value and its error."""
    if estimate.exact is not None and math.isfinite(estimate.exact):
        return estimate.exact, 0.0
    return estimate.value, estimate.se


def _is_zero(estimate: Estimate) -> bool:
    value, se = _best(estimate)
    return se is not None and abs(value) <= ZERO * se


def _number(estimate: Estimate) -> str | None:
    """The number as it would be typed into code; None where it says nothing."""
    value, se = _best(estimate)
    if se is None or not (math.isfinite(value) and math.isfinite(se)):
        return None
    if se == 0.0:
        ordinary = 0.1 <= abs(value) < 1e5
        return significant(round(value, 5), 10) if ordinary else significant(value, 6)
    shown = with_error(value, se)
    head, _, tail = shown.partition(SEPARATOR)
    return head.lstrip("(") + (tail.partition(")")[2])


def _gain(scale: Estimate) -> str | None:
    """The inverse of a scale, its error by first-order propagation; None if there is none."""
    value, se = _best(scale)
    if se is None or not math.isfinite(value) or value <= ZERO * se:
        return None
    if value < sys.float_info.min:  # its inverse need not be a number
        return None
    inverse = 1.0 / value
    return _number(Estimate(inverse, se / value / value, inverse if se == 0.0 else None))
