"""The quantities that constants are published as, in words, and what one sample tells of them.

Those that follow from the statistics of a layer are in ``normstats.result.quantity``: means, stds,
rms, and three gains. Here are others beside them: ``sigma_star``, which some call a gain too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from normstats.reference.quadrature import Moments4
from normstats.result.quantity import MEASURABLE, rule

# Those that a layer is measured for; the last two are of layers with weights.
MEASURED = (*MEASURABLE, "weight.std", "bias.std")

# Quantity -> what it is, in words.
QUANTITIES = {name: rule(name).words for name in MEASURED} | {
    "chi": "χ, the slope d log E[y²] / d log Var[x] where E[y²] = 1",
    "sigma_star": "σ*, the std of x at which E[y²] = 1",
    "other": "another quantity",
}


@dataclass(frozen=True)
class Moments:
    """Mean, variance, and third and fourth central moments of one scalar."""

    mean: float
    variance: float
    third: float
    fourth: float

    @classmethod
    def of(cls, moments: Moments4) -> Moments | None:
        """Those that quadrature found; None unless all four are finite numbers."""
        numbers = (moments.mean, moments.variance, moments.third, moments.fourth)
        known = [number for number in numbers if number is not None and math.isfinite(number)]
        return cls(*known) if len(known) == len(numbers) else None

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


def unit_se(forward: Moments | None, backward: Moments | None, quantity: str) -> float | None:
    """Standard error of the quantity from n samples, times √n, from exact moments."""
    found = rule(quantity)
    moments = forward if found.direction == "forward" else backward
    if moments is None:
        return None
    statistic = {
        "mean": moments.mean,
        "std": math.sqrt(moments.variance),
        "rms": math.sqrt(moments.variance + moments.mean**2),
    }[found.statistic]
    return found.propagate(statistic, moments.unit_se(found.statistic))


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
    """The quantity in words, so that no two gains look the same.

    What is explained is explained with its scale and power; but those of ``other`` are added.
    """
    if explain and quantity != "other":
        return explain
    text = explain if quantity == "other" else QUANTITIES[quantity]
    if power != 1.0:
        text = f"({text})^{power:g}"
    return text if scale == 1.0 else f"{scale:g} × {text}"
