"""The gains of a result: what y is multiplied by, so that y or dx gets the scale 1."""

from __future__ import annotations

import math

from normstats.published.quantity import from_result
from normstats.result import Estimate, Result

# 1/std of y, 1/rms of y and 1/std of dx: the statistic that each is the inverse of.
GAINS = {
    "gain": ("forward", "std"),
    "gain_rms": ("forward", "rms"),
    "backward_gain": ("backward", "std"),
}
ZERO = 5  # a measured mean or scale within so many standard errors of 0 is not told from 0


def gains(result: Result) -> dict[str, Estimate]:
    """Those that exist, by their names, with errors by first-order propagation.

    There is none of a scale that is 0 or not finite, nor, without an exact value, of one that is
    not told from 0.
    """
    return {
        name: _gain(result, name)
        for name, where in GAINS.items()
        if tells_scale(_scale(result, where))
    }


def tells_scale(scale: Estimate) -> bool:
    """Whether a std or rms is a number above 0: by its exact value, or beyond its error."""
    numbers = [scale.value] if scale.exact is None else [scale.value, scale.exact]
    if not all(number > 0.0 and 0.0 < 1.0 / number < math.inf for number in numbers):
        return False
    return scale.exact is not None or (scale.se is not None and scale.value > ZERO * scale.se)


def _scale(result: Result, where: tuple[str, str]) -> Estimate:
    direction, statistic = where
    scale: Estimate = getattr(result.statistics[direction], statistic)
    return scale


def _gain(result: Result, name: str) -> Estimate:
    value, se, exact = from_result(result, name)
    assert value is not None  # as its scale is told from 0
    scale = _scale(result, GAINS[name])
    return Estimate(value, se, exact, scale.precision * value * value)
