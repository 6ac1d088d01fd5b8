"""How far a comparison may be off before it counts, so that all of them together seldom cry wolf.

``judgement`` says how the chance of a false alarm is spent.
"""

from __future__ import annotations

import math

DEFAULT_ALPHA = 1e-6


def share(alpha: float, comparisons: int) -> float:
    """The chance of a false alarm that one of so many comparisons may have."""
    return alpha / max(comparisons, 1)


def quantile(chance: float, freedom: float = math.inf) -> float:
    """What |z| exceeds with this chance: Student's t of an estimated error, the normal otherwise.

    ``freedom`` is the number of degrees of freedom of the error, infinite for a known one.
    """
    from scipy.special import ndtri, stdtrit

    half = chance / 2.0
    return float(-ndtri(half) if math.isinf(freedom) else -stdtrit(freedom, half))


def widened(q: float, largest: float) -> float:
    """The quantile q for a sum of terms none of which is above ``largest`` standard errors.

    Bernstein's inequality, P(z > t) ≤ exp(−t²/(2 + 2·largest·t/3)), solved for the t at which it is
    as small as exp(−q²/2). It leaves q as it is for many small terms, and grows where a single
    sample can move the result by a standard error or more: there the normal quantile is wrong.
    """
    linear = largest * q * q / 6.0
    return linear + math.hypot(linear, q)


def normal_score(z: float, freedom: float = math.inf) -> float:
    """The z of a normal distribution that is as unlikely as this one of Student's t."""
    if math.isinf(freedom):
        return z
    from scipy.special import ndtri, stdtr

    return math.copysign(float(-ndtri(stdtr(freedom, -abs(z)))), z)


def chi_square_between(terms: int, chance: float) -> tuple[float, float]:
    """What a sum of so many squared normal z lies between, but for this chance at either end."""
    from scipy.special import gammainccinv, gammaincinv

    half = terms / 2.0
    return 2.0 * float(gammaincinv(half, chance)), 2.0 * float(gammainccinv(half, chance))
