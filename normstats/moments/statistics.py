"""From sums to mean, std, rms and fraction of zeros, each with its standard error.

With E elements in all, m1 = Σs1/E and m2 = Σs2/E, the unit's residuals s1 − m1·e and s2 − m2·e give
the covariance of (m1, m2) over independent units; the delta method carries it to the statistics.
For one element a unit this is the usual formula, SE(std) = √((μ₄ − σ⁴)/n) / 2σ.
"""

from __future__ import annotations

import math

from normstats.moments.merge import Moments
from normstats.result import Estimate, Exact, Statistics

# A sum of squared residuals that is this small beside the terms it is the difference of is
# rounding: the statistic does not vary from unit to unit.
_CANCELLED = 1e-12


def _residual(product: float, cross: float, square: float) -> float:
    """product − cross + square, or exactly 0 where only rounding is left."""
    value = product - cross + square
    scale = abs(product) + abs(cross) + abs(square)
    return 0.0 if abs(value) <= _CANCELLED * scale else value


def _root_error(root: float, variance_of_square: float) -> float:
    return math.sqrt(max(variance_of_square, 0.0)) / (2.0 * root) if root > 0.0 else 0.0


def statistics(moments: Moments, exact: Exact | None = None) -> Statistics:
    """The four statistics of at least one unit; without errors for a single unit.

    The variance is corrected for the scatter of the mean over units, as n/(n − 1) does for scalars.
    """
    known = exact or Exact()
    c, e, ee = moments.pivot, float(moments.elements), float(moments.elements_squared)
    s1, s2, z, s11, s12, s22, zz, es1, es2, ez = (float(value) for value in moments.sums)
    m1, m2, share = s1 / e, s2 / e, z / e
    variance = max(m2 - m1 * m1, 0.0)
    rms = math.hypot(c + m1, math.sqrt(variance))
    if moments.units < 2:
        std = math.sqrt(variance)
        return Statistics(
            mean=Estimate(c + m1, None, known.mean),
            std=Estimate(std, None, known.std),
            rms=Estimate(rms, None, known.rms),
            zeros=Estimate(share, None, known.zeros),
        )
    factor = moments.units / (moments.units - 1) / (e * e)
    c11 = factor * max(_residual(s11, 2 * m1 * es1, m1 * m1 * ee), 0.0)
    c12 = factor * _residual(s12, m1 * es2 + m2 * es1, m1 * m2 * ee)
    c22 = factor * max(_residual(s22, 2 * m2 * es2, m2 * m2 * ee), 0.0)
    czz = factor * max(_residual(zz, 2 * share * ez, share * share * ee), 0.0)
    std = math.sqrt(variance + c11)
    return Statistics(
        mean=Estimate(c + m1, math.sqrt(c11), known.mean),
        std=Estimate(std, _root_error(std, c22 - 4 * m1 * c12 + 4 * m1 * m1 * c11), known.std),
        rms=Estimate(rms, _root_error(rms, c22 + 4 * c * c12 + 4 * c * c * c11), known.rms),
        zeros=Estimate(share, math.sqrt(czz), known.zeros),
    )
