"""From sums to mean, std, rms and fraction of zeros, each with its standard error.

With E elements in all, m1 = Σs1/E and m2 = Σs2/E. A change of a statistic is, to first order, a
linear function of the units' vectors (e, s1, s2, z), for m1 it is (s1 − m1·e)/E; the scatter of
that function over the units gives the standard error (the delta method). For one element a unit
this is the usual formula, SE(std) = √((μ₄ − σ⁴)/n) / 2σ.
"""

from __future__ import annotations

import math
from dataclasses import replace

from normstats.moments.merge import PAIRS, Moments, added
from normstats.result import Estimate, Exact, Statistics
from normstats.result.notes import FEW_UNITS, large_values

# Relative error of a sampled value: that of the normals (see ``sampling/normals.py``), and, where
# the mean is large, of the rounding of its sums.
VALUE_PRECISION = 8e-12
ROUNDING = 2.0**-51
SHARE_PRECISION = 1e-12  # of a fraction of zeros that is a sum of probabilities

# How much a statistic changes with each entry of a unit's vector.
Change = tuple[float, float, float, float]


def statistics(moments: Moments, exact: Exact | None = None) -> Statistics:
    """The four statistics of at least one unit; without errors where the units tell of none.

    The variance is corrected for the scatter of the mean over units, as n/(n − 1) does for scalars.
    """
    known = exact or Exact()
    units, e = moments.units, float(moments.elements)
    m1, m2, share = (float(value) / e for value in moments.total[1:])
    mean = moments.pivot + m1
    to_m1: Change = (-m1 / e, 1.0 / e, 0.0, 0.0)
    to_zeros: Change = (-share / e, 0.0, 0.0, 1.0 / e)

    def to_square(centre: float) -> Change:
        """The change of the mean square about a point so far from the pivot."""
        return ((2.0 * centre * m1 - m2) / e, -2.0 * centre / e, 1.0 / e, 0.0)

    def variance_of(change: Change) -> float:
        square = added(
            (1.0 if i == j else 2.0) * product * change[i] * change[j]
            for product, (i, j) in zip(moments.scatter, PAIRS, strict=True)
            if change[i] != 0.0 and change[j] != 0.0  # what is not asked for may have overflowed
        )
        return units / (units - 1) * max(square, 0.0)

    def error(change: Change, root: float | None = None, more: float = 0.0) -> float | None:
        """Of a quantity, or of the root of one, whose variance is at least ``more``."""
        if units < 2 or blind:
            return None
        own = math.sqrt(max(variance_of(change), more))
        if root is not None:
            own = own / (2.0 * root) if root > 0.0 else own * 0.0
        return own if math.isfinite(own) and not (root is not None and math.isnan(root)) else None

    def error_of_share() -> float | None:
        """Of the zeros: the scatter of the units, for the exact share in place of that seen.

        Of k rare events the scatter tells an error of √k, too small where k is by chance. The exact
        share p has p(1 − p)/e for independent elements; what elements of a unit have in common
        changes this by a factor, which the units tell: own² / (share(1 − share)/e). Where all
        elements or none are 0, nothing tells it, and a unit counts as one event: the most it can
        be. Where units agree on another share than p, elements count as independent.
        """
        own, p = error(to_zeros), known.zeros
        if own is None or p is None or not 0.0 < p < 1.0 or abs(share - p) <= SHARE_PRECISION:
            return own
        exact = p * (1.0 - p)
        if own > SHARE_PRECISION:
            return own * math.sqrt(exact / (share * (1.0 - share)))
        return math.sqrt(exact / (e if 0.0 < share < 1.0 else units))

    variance = max(m2 - m1 * m1, 0.0)
    # Nothing varied, though it does: too few samples for a rare event, and no idea of the error.
    blind = variance == 0.0 and bool(known.std)
    rms = math.hypot(mean, math.sqrt(variance))
    scatter = variance_of(to_m1) if units > 1 else 0.0
    std = math.sqrt(variance + scatter)
    # The square of the mean varies by 2 scatter² beyond the first order. That counts where the
    # first order vanishes: for two units, and where the mean square hardly varies.
    beyond = 2.0 * scatter * scatter
    precision = precision_of(mean, std)
    few, fewer = e < known.std_from, e < known.mean_from
    rms_error = error(to_square(-moments.pivot), rms)
    found = Statistics(
        mean=_estimate(mean, error(to_m1), known.mean, precision, fewer),
        std=_estimate(std, error(to_square(m1), std, beyond), known.std, precision, few),
        rms=_estimate(rms, rms_error, known.rms, precision, few),
        zeros=_estimate(share, error_of_share(), known.zeros, SHARE_PRECISION),
    )
    if units < FEW_UNITS or large_values(found.std) is None:
        return found
    rough = {name: replace(getattr(found, name), rough=True) for name in ("mean", "std", "rms")}
    return replace(found, **rough)


def precision_of(mean: float, std: float) -> float:
    """A bound of the error of mean, std and rms that is not from sampling."""
    return VALUE_PRECISION * std + ROUNDING * abs(mean)


def _estimate(
    value: float, se: float | None, exact: float | None, precision: float, heavy: bool = False
) -> Estimate:
    """With an error that is 0 or not below the precision of the arithmetic; none if ``heavy``.

    Where none shows beyond that, and yet the value is not the exact one, it is unknown: units can
    agree by chance, as when none of them met a rare event.
    """
    if heavy:
        return Estimate(value, None, exact, precision, heavy=True)
    if se is not None and exact is not None and se <= precision < 0.1 * abs(value - exact):
        se = None
    elif se is not None and se > 0.0:
        se = max(se, precision)
    return Estimate(value, se, exact, precision)
