"""The quantities that follow from a layer's statistics: these themselves, gains, E[y²].

Three gains are told apart: ``gain`` = 1/std of y, ``gain_rms`` = 1/rms of y, and
``backward_gain`` = 1/std of dx.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from normstats.frozen import Frozen
from normstats.result.numbers import STATISTICS, Estimate, Exact

if TYPE_CHECKING:
    from normstats.result.result import Result


@dataclass(frozen=True)
class Rule:
    """A quantity as a function of one statistic, with its error to first order (delta method)."""

    words: str
    direction: str
    statistic: str
    value: Callable[[float], float]
    error: Callable[[float, float], float]

    @property
    def base(self) -> str:
        """The name of the statistic: ``forward.std``."""
        return f"{self.direction}.{self.statistic}"

    def apply(self, statistic: float | None) -> float | None:
        """The quantity; None where the statistic is unknown, or the quantity does not exist."""
        if statistic is None or not math.isfinite(statistic) or self._divides_by_zero(statistic):
            return None
        value = self.value(statistic)
        return value if math.isfinite(value) else None

    def propagate(self, statistic: float, se: float) -> float | None:
        """The standard error of the quantity, from that of the statistic."""
        return None if self._divides_by_zero(statistic) else self.error(statistic, se)

    def _divides_by_zero(self, statistic: float) -> bool:
        return self.value is _inverse and statistic == 0.0


def _same(s: float) -> float:
    return s


def _same_error(s: float, se: float) -> float:
    return se


def _inverse(s: float) -> float:
    return 1.0 / s


def _inverse_error(s: float, se: float) -> float:
    return se / s / s  # s² may be 0 where this is a number


def _square(s: float) -> float:
    return s * s


def _square_error(s: float, se: float) -> float:
    return 2.0 * abs(s) * se


def _itself(direction: str, statistic: str) -> Rule:
    name = {"forward": "y", "backward": "dx"}.get(direction, f"the gradient of {direction}")
    what = "fraction of zeros in" if statistic == "zeros" else f"{statistic} of"
    return Rule(f"{what} {name}", direction, statistic, _same, _same_error)


_DIRECT = {
    f"{direction}.{statistic}": _itself(direction, statistic)
    for direction in ("forward", "backward")
    for statistic in ("mean", "std", "rms")
}
_GAINS = {
    "gain": Rule("1/std of y", "forward", "std", _inverse, _inverse_error),
    "gain_rms": Rule("1/rms of y", "forward", "rms", _inverse, _inverse_error),
    "backward_gain": Rule("1/std of dx", "backward", "std", _inverse, _inverse_error),
}
RULES: Mapping[str, Rule] = {
    **_DIRECT,
    **_GAINS,
    "second_moment": Rule("mean of y²", "forward", "rms", _square, _square_error),
}
MEASURABLE = tuple(RULES)
GAINS = tuple(_GAINS)
ZERO = 5  # a measured mean or scale within so many standard errors of 0 is not told from 0


def rule(quantity: str) -> Rule:
    """How the quantity follows; ValueError if it does not.

    Beside ``RULES`` there is one for each statistic of whatever a layer has: ``weight.std``.
    """
    if quantity in RULES:
        return RULES[quantity]
    name, _, statistic = quantity.partition(".")
    if not name.isidentifier() or statistic not in STATISTICS:
        raise ValueError(f"{quantity} does not follow from the statistics of a layer")
    return _itself(name, statistic)


def exact_quantity(exact: Mapping[str, Exact], quantity: str) -> float | None:
    """The quantity from exact statistics by their names; None where unknown or not existing."""
    found = rule(quantity)
    return found.apply(getattr(exact[found.direction], found.statistic))


def from_result(result: Result, quantity: str) -> tuple[float | None, float | None, float | None]:
    """Measured value, its standard error, and exact value of the quantity."""
    found = rule(quantity)
    estimate: Estimate = getattr(result.statistics[found.direction], found.statistic)
    value = found.apply(estimate.value)
    se = None if estimate.se is None else found.propagate(estimate.value, estimate.se)
    return value, se, found.apply(estimate.exact)


def gains(result: Result) -> Mapping[str, Estimate]:
    """Those that exist, by their names, with errors by first-order propagation.

    There is none of a scale that is 0 or not finite, nor, without an exact value, of one that is
    not told from 0.
    """
    there = {name: estimate(result, name) for name in GAINS if tells_scale(scale(result, name))}
    return Frozen({name: one for name, one in there.items() if one is not None})


def scale(result: Result, gain: str) -> Estimate:
    """The std or rms that a gain is the inverse of."""
    found = rule(gain)
    estimate: Estimate = getattr(result.statistics[found.direction], found.statistic)
    return estimate


def tells_scale(scale: Estimate) -> bool:
    """Whether a std or rms is a number above 0: by its exact value, or beyond its error."""
    numbers = [scale.value] if scale.exact is None else [scale.value, scale.exact]
    if not all(number > 0.0 and 0.0 < 1.0 / number < math.inf for number in numbers):
        return False
    return scale.exact is not None or (scale.se is not None and scale.value > ZERO * scale.se)


def estimate(result: Result, quantity: str) -> Estimate | None:
    """The quantity as a number with its error, its exact value and its precision."""
    found = rule(quantity)
    statistic: Estimate = getattr(result.statistics[found.direction], found.statistic)
    value, se, exact = from_result(result, quantity)
    if value is None:
        return None
    precision = found.propagate(statistic.value, statistic.precision) or 0.0
    return Estimate(value, se, exact, precision, rough=statistic.rough)
