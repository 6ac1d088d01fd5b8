"""Exact moments of softmax and logsumexp of n independent normal logits, as one-dimensional sums.

With S = Σ e^xⱼ and y₁ = e^x₁/S, 1/S^k = ∫ t^(k−1) e^(−tS) dt / Γ(k) factorises over the logits. In
u = log t, with gₖ(w) = e^(kw − e^w) and Mₖ(u) = E gₖ(u + x) for a single logit x ~ N(0, v),

    E y₁^k    = ∫ Mₖ(u) M₀(u)^(n−1) du / Γ(k),
    E y₁²y₂²  = ∫ M₂(u)² M₀(u)^(n−2) du / Γ(4),

and n M₁ M₀^(n−1) is the density of log(a standard exponential) − L, L = log S. The integrands are
smooth on the whole line and vanish at both ends, so sums over a regular grid converge exponentially
(the trapezoidal rule); the expectation over x is such a sum, too.

What is small for narrow logits comes without cancellation from the heat equation,
d E f/dv = E Δf/2 for any function f of the logits. With Q = Σ y²ⱼ and P = Σ y³ⱼ

    d E Q/dv   = E[Q − 4P + 3Q²],
    d Var L/dv = E Q − Cov(L, Q),

from E Q = 1/n and Var L = 0 at v = 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from normstats.values import Array

WIDEST = 32.0  # of the logits' std; sums over wider ones would take seconds
STEP = 0.125  # of u: the error is e^(−π²/STEP), 1e-34, for M₀, and 1e-15 at most for M₄
REACH = 11.0  # standard deviations of x; beyond lies 1e-27, times n
LEFT = 42.0  # M₁ = e^u is below 1e-18 so far to the left of its peak
NARROW = 0.5  # std below which x has a finer grid than u
POINTS = 32  # of a panel in √v, by the Gauss–Legendre rule
PANELS = (0.5, 1.0, 2.0, 4.0)
# Beyond these widths the differences keep their digits, and so need no integral over v.
WIDE_SQUARE, WIDE_LOG = 1.0, 4.0


@dataclass(frozen=True)
class Softmax:
    """Of n logits N(0, v), with L = log Σ e^xⱼ.

    ``square`` is E Q, Q = Σ y²ⱼ; ``excess`` is E Q − 1/n; ``cube`` is E Σ y³ⱼ; ``squares`` is E Q²;
    ``log_mean`` and ``log_variance`` are of L.
    """

    square: float
    excess: float
    cube: float
    squares: float
    log_mean: float
    log_variance: float


def _smoothed(n: int, std: float) -> tuple[Array, list[Array], Array]:
    """u, the Mₖ of k = 0 … 4 (1 − M₀ in place of M₀), and log M₀, on a regular grid of u."""
    wide = std > NARROW
    step = STEP if wide else 0.5 * std  # of x
    half = math.ceil(REACH * std / step) if step > 0.0 else 0
    x = step * np.arange(-half, half + 1)
    weights = np.exp(-0.5 * (x / std) ** 2) if std > 0.0 else np.ones(1)
    weights /= weights.sum()
    low = -math.log(n) - REACH * std - LEFT
    high = REACH * std + 5.0
    u = low + STEP * np.arange(math.ceil((high - low) / STEP) + 1, dtype=np.float64)

    def smooth(g: Array) -> Array:
        result: Array = np.convolve(g, weights, "valid") if wide else g @ weights
        return result

    # One grid for both where x is as wide as u's steps.
    w = u[0] + STEP * np.arange(-half, len(u) + half) if wide else u[:, None] + x
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        t = np.exp(w)
        found = [smooth(-np.expm1(-t))]
        found += [smooth(np.where(t < 700.0, np.exp(k * w - t), 0.0)) for k in (1, 2, 3, 4)]
        rest = smooth(np.exp(-t))
        log: Array = np.where(found[0] < 0.5, np.log1p(-np.minimum(found[0], 0.9)), np.log(rest))
    return u, found, log


@dataclass(frozen=True)
class _At:
    """The integrals at one width of the logits; the covariance is that of L and Q."""

    square: float
    cube: float
    squares: float
    log_mean: float
    log_variance: float
    covariance: float


def _at(n: int, std: float) -> _At:
    u, m, log = _smoothed(n, std)
    others, pairs = np.exp((n - 1) * log), np.exp((n - 2) * log)

    def total(values: Array) -> float:
        return STEP * math.fsum(values)

    # n E y^k
    square, cube, fourth = (n * total(m[k] * others) / math.gamma(k) for k in (2, 3, 4))
    density = n * m[1] * others
    centre = total(u * density)
    log_mean = -np.euler_gamma - centre
    # E[−L y²] is the derivative by s of E[e^2x S^(−2−s)]: a factor u − ψ(2), ψ(2) = 1 − γ.
    away = u - (1.0 - np.euler_gamma) + log_mean
    return _At(
        square=square,
        cube=cube,
        squares=fourth + n * (n - 1) * total(m[2] ** 2 * pairs) / math.gamma(4),
        log_mean=log_mean,
        log_variance=total((u - centre) ** 2 * density) - math.pi**2 / 6.0,
        covariance=-n * total(away * m[2] * others),
    )


@lru_cache(maxsize=256)
def softmax(n: int, std: float) -> Softmax | None:
    """The moments for n ≥ 2 logits of this std, to 1e-12 of each; None above ``WIDEST``."""
    if std > WIDEST:
        return None
    here = _at(n, std)
    nodes, weights = np.polynomial.legendre.leggauss(POINTS)
    excess = variance = 0.0
    ends = [0.0, *(end for end in PANELS if end < std), std] if std <= WIDE_LOG else []
    for low, high in pairwise(ends):
        for node, weight in zip(nodes, weights, strict=True):
            width = low + (high - low) * (node + 1.0) / 2.0
            at = _at(n, width)
            part = float(weight) * (high - low) * width  # dv = 2 √v d√v
            excess += part * (at.square - 4.0 * at.cube + 3.0 * at.squares)
            variance += part * (at.square - at.covariance)
    if std > WIDE_SQUARE:
        excess = here.square - 1.0 / n
    if std > WIDE_LOG:
        variance = here.log_variance
    found = (here.square, excess, here.cube, here.squares, here.log_mean, variance)
    return Softmax(*map(float, found))
