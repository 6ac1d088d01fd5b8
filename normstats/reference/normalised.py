"""Expectations of what is divided by √(u + eps), where u is a scaled sum of squares of normals.

With ν squares of N(μ, σ²) and the factor s,

    E[P (u + eps)^−k] = 1/Γ(k) ∫₀^∞ t^(k−1) e^(−t·eps) E[P e^(−tu)] dt,
    E e^(−tu) = D^(−ν/2) e^(−tλ/D),   D = 1 + 2tsσ²,   λ = sνμ²;

weighted with e^(−tu) the numbers are normal as well, with mean μ/D and variance σ²/D, which gives
E[P e^(−tu)] for any polynomial P. In w = log t the integrand falls off exponentially on both sides
and is analytic in a strip, so the trapezoidal rule is exact to rounding (Trefethen and Weideman,
The exponentially convergent trapezoidal rule, SIAM Review 56, 2014).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from normstats.values import Array

STEP = 1.0 / 16.0
SMALL = 45.0  # e^−45 of an integral is nothing
FALLEN = 800.0  # e^−800 is 0


@dataclass(frozen=True)
class Squares:
    """u = s·Σ xⱼ², of ``dof`` independent xⱼ ~ N(mean, std²), with s = ``factor``."""

    dof: int
    factor: float
    mean: float
    std: float

    def expectation(
        self,
        k: float,
        eps: float,
        tilted: Callable[[Array], Array] | None = None,
        times: float = 0.0,
    ) -> float:
        """eps^times · E[P (u + eps)^−k], which may be infinite.

        ``tilted`` gives E[P] as a function of D, under N(mean/D, std²/D), and falls like 1/D;
        without it P = 1.
        """
        if eps == 0.0 and times > 0.0:
            return 0.0
        a = self.factor * self.std * self.std
        shift = self.factor * self.dof * self.mean * self.mean
        scale = self.dof * a + shift + eps
        power = self.dof / 2.0 - k + (0.0 if tilted is None else 1.0)
        ends = []  # of w; t = e^w / scale
        if eps > 0.0:
            ends.append(math.log(FALLEN) + math.log(scale) - math.log(eps))
        if a > 0.0 and power > 0.0:
            ends.append(math.log(scale) - math.log(2.0 * a) + 2.0 * SMALL / power)
        if a == 0.0 and shift > 0.0:
            ends.append(math.log(FALLEN) + math.log(scale) - math.log(shift))
        if not ends:
            return math.inf
        low = -SMALL / k
        w = low + STEP * np.arange(math.ceil((min(ends) - low) / STEP) + 1)
        with np.errstate(under="ignore", over="ignore"):
            t = np.exp(w) / scale
            d = 1.0 + 2.0 * t * a
            log = k * w - t * eps - 0.5 * self.dof * np.log1p(2.0 * t * a) - t * shift / d
            whole = np.exp(log) if tilted is None else np.exp(log) * tilted(d)
        outside = -k * math.log(scale) - math.lgamma(k)
        return (
            STEP
            * float(np.sum(whole))
            * math.exp(outside + (times * math.log(eps) if times else 0.0))
        )

    def below(self, bound: float) -> float:
        """P(u ≤ bound)."""
        from scipy.stats import chi2, ncx2

        a = self.factor * self.std * self.std
        if a == 0.0:
            return float(self.factor * self.dof * self.mean * self.mean <= bound)
        shift = self.dof * (self.mean / self.std) ** 2
        return float(
            ncx2.cdf(bound / a, self.dof, shift) if shift else chi2.cdf(bound / a, self.dof)
        )
