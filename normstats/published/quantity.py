"""The quantities that constants are published as, from the statistics of a layer.

Four gains are told apart: ``gain`` = 1/std of y, ``gain_rms`` = 1/rms of y, ``backward_gain`` =
1/std of dx, and ``sigma_star``, which some call a gain too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from normstats.result import Exact, Result

# Quantity -> what it is, in words.
QUANTITIES = {
    "forward.mean": "mean of y",
    "forward.std": "std of y",
    "forward.rms": "rms of y",
    "backward.mean": "mean of dx",
    "backward.std": "std of dx",
    "backward.rms": "rms of dx",
    "gain": "1/std of y",
    "gain_rms": "1/rms of y",
    "backward_gain": "1/std of dx",
    "second_moment": "mean of y²",
    "chi": "χ, the slope d log E[y²] / d log Var[x] where E[y²] = 1",
    "sigma_star": "σ*, the std of x at which E[y²] = 1",
    "other": "another quantity",
}


class _Rule(NamedTuple):
    """A quantity as a power of one statistic: 1, 2 or -1."""

    direction: str
    statistic: str
    power: int = 1


_RULES = {
    f"{direction}.{statistic}": _Rule(direction, statistic)
    for direction in ("forward", "backward")
    for statistic in ("mean", "std", "rms")
} | {
    "gain": _Rule("forward", "std", -1),
    "gain_rms": _Rule("forward", "rms", -1),
    "backward_gain": _Rule("backward", "std", -1),
    "second_moment": _Rule("forward", "rms", 2),
}

# The quantities that follow from a layer's means, stds and rms.
MEASURABLE = tuple(_RULES)


@dataclass(frozen=True)
class Moments:
    """Mean, variance, and third and fourth central moments of one scalar."""

    mean: float
    variance: float
    third: float
    fourth: float

    def unit_se(self, statistic: str) -> float:
        """Standard error of the mean, std or rms of n samples, times √n (delta method)."""
        m, v = self.mean, self.variance
        if statistic == "mean":
            return math.sqrt(v)
        if statistic == "std":
            return math.sqrt(max(self.fourth - v * v, 0.0)) / (2.0 * math.sqrt(v)) if v else 0.0
        second = v + m * m
        square = self.fourth + 4.0 * m * self.third + 4.0 * m * m * v - v * v
        return math.sqrt(max(square, 0.0)) / (2.0 * math.sqrt(second)) if second else 0.0


def exact_quantity(exact: Sequence[Exact], quantity: str) -> float | None:
    """The quantity from exact statistics of y, dx, …; None where unknown or not existing."""
    rule = _rule(quantity)
    side = exact[0 if rule.direction == "forward" else 1]
    return _apply(rule, getattr(side, rule.statistic))


def unit_se(forward: Moments, backward: Moments, quantity: str) -> float | None:
    """Standard error of the quantity from n samples, times √n, from exact moments."""
    rule = _rule(quantity)
    moments = forward if rule.direction == "forward" else backward
    statistic = {
        "mean": moments.mean,
        "std": math.sqrt(moments.variance),
        "rms": math.sqrt(moments.variance + moments.mean**2),
    }[rule.statistic]
    return _propagate(rule, statistic, moments.unit_se(rule.statistic))


def from_result(result: Result, quantity: str) -> tuple[float | None, float | None, float | None]:
    """Measured value, its standard error, and exact value of the quantity."""
    rule = _rule(quantity)
    estimate = getattr(getattr(result, rule.direction), rule.statistic)
    value = _apply(rule, estimate.value)
    se = None if estimate.se is None else _propagate(rule, estimate.value, estimate.se)
    return value, se, _apply(rule, estimate.exact)


def transform(
    value: float | None, se: float | None, scale: float, power: float
) -> tuple[float | None, float | None]:
    """scale · value^power and its standard error."""
    if value is None:
        return None, None
    if power == 1.0:
        return scale * value, None if se is None else abs(scale) * se
    slope = abs(scale * power) * abs(value) ** (power - 1.0)
    return scale * value**power, None if se is None else slope * se


def words(quantity: str, scale: float = 1.0, power: float = 1.0, explain: str = "") -> str:
    """The quantity in words, so that no two gains look the same."""
    text = explain if quantity == "other" else QUANTITIES[quantity]
    if power != 1.0:
        text = f"({text})^{power:g}"
    return text if scale == 1.0 else f"{scale:g} × {text}"


def _rule(quantity: str) -> _Rule:
    if quantity not in _RULES:
        raise ValueError(f"{quantity} does not follow from the statistics of a layer")
    return _RULES[quantity]


def _apply(rule: _Rule, statistic: float | None) -> float | None:
    if statistic is None or not math.isfinite(statistic):
        return None
    if rule.power < 0:
        return 1.0 / statistic if statistic else None
    return statistic if rule.power == 1 else statistic * statistic


def _propagate(rule: _Rule, statistic: float, se: float) -> float | None:
    """By the delta method."""
    if rule.power < 0:
        return se / statistic**2 if statistic else None
    return se if rule.power == 1 else abs(2.0 * statistic) * se
