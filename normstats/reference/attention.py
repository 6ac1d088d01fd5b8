"""Averages over attention weights, as two-dimensional sums.

A row of weights is p = softmax(s·z): of n logits that are independent N(0, s²) given the query q,
as the inner product of q with keys N(μ, σ²I) is normal with std σ|q|, and a mean that softmax takes
off. So all that counts of q is its length, and each average is one over softmax, as in
``softmax.py``, and one over s.

With J = diag(p) − p pᵀ, which takes gradients of weights to those of logits,

    tr J²  = Σ p² − 2 Σ p³ + (Σ p²)²,
    |J z|² = Σ pⱼ²(zⱼ − z̄)²,   z̄ = Σ pⱼ zⱼ,
           = Σ over j, l, m of pⱼ² pₗ pₘ (zⱼ − zₗ)(zⱼ − zₘ).

The last is, as in ``softmax.py``, an integral over u of products of Nₖₘ(u) = E zᵐ gₖ(u + s·z) and
of powers of M₀. Where s is large, (u + s·z)/s stands for z, which changes no difference and leaves
nothing large to cancel.

|q|/σ has the (noncentral) chi distribution. In its logarithm the integrand is analytic in a strip
and falls off on both sides, so a regular grid does again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from normstats.reference.softmax import LEFT, NARROW, REACH, STEP, WIDEST
from normstats.values import Array

NARROWEST = 1e-8  # of s: below it, weights are even but for 1e-16
WIDE = 1.0  # of s: above it, z is counted from −u/s
FALLEN = 40.0  # e^−40 of a density is nothing
FARTHEST = 1e6  # (|mean|/std)², times the size, up to which the distribution of |q| is taken
ROWS = 512  # numbers of keys at a time
_GRID = 0.09  # of log |q|; the strip is π/4 wide on both sides: the error is far below 1e-13
_PER_WIDTH = 0.4  # steps must be finer than the distribution is wide, too


@dataclass(frozen=True)
class Averages:
    """Over queries, and over their rows of weights.

    ``square`` is E Σ p², ``jacobian`` E tr J², ``along`` E|J z|², ``longer`` E r² tr J² with
    r = |q|/σ.
    """

    square: float
    jacobian: float
    along: float
    longer: float


def _softened(most: int, s: float) -> tuple[Array, dict[tuple[int, int], Array]]:
    """log M₀ and Nₖₘ on a regular grid of u, enough for up to so many logits."""
    wide = s > NARROW
    step = STEP if wide else 0.5 * s
    half = math.ceil(REACH * s / step)
    x = step * np.arange(-half, half + 1, dtype=np.float64)
    weights = np.exp(-0.5 * (x / s) ** 2)
    weights /= weights.sum()
    low = -math.log(most) - REACH * s - LEFT
    u = low + STEP * np.arange(math.ceil((REACH * s + 5.0 - low) / STEP) + 1, dtype=np.float64)
    w = u[0] + STEP * np.arange(-half, len(u) + half) if wide else u[:, None] + x
    z = x / s

    def smooth(g: Array, more: Array) -> Array:
        kernel = weights * more
        result: Array = np.convolve(g, kernel[::-1], "valid") if wide else g @ kernel
        return result

    one: Array = np.ones(len(x))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        t = np.exp(w)
        missing = smooth(-np.expm1(-t), one)  # 1 − M₀
        rest = smooth(np.exp(-t), one)
        log: Array = np.where(missing < 0.5, np.log1p(-np.minimum(missing, 0.9)), np.log(rest))
        found = {}
        for k, m in ((1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 0), (4, 0)):
            g = np.where(t < 700.0, np.exp(k * w - t), 0.0)
            if s > WIDE:
                found[k, m] = smooth(g * (w / s) ** m, one)
            else:
                found[k, m] = smooth(g, z**m)
    return log, found


def _rows(counts: Array, s: float) -> tuple[float, float, float]:
    """E Σ p², E tr J² and E|J z|², averaged over rows of so many logits with this std."""
    several = counts[counts > 1.0]
    square = float(len(counts) - len(several))  # a single weight is 1, and J is 0
    jacobian = along = 0.0
    if len(several):
        log, n = _softened(int(several.max()), s)
        pair = n[2, 2] * n[2, 0] - n[2, 1] ** 2
        triple = n[2, 2] * n[1, 0] ** 2 - 2.0 * n[2, 1] * n[1, 1] * n[1, 0] + n[2, 0] * n[1, 1] ** 2
        for at in range(0, len(several), ROWS):
            c = several[at : at + ROWS, None]
            with np.errstate(under="ignore"):
                ones, twos = (
                    (np.exp((c - k) * log) * f).sum(axis=0)
                    for k, f in ((1.0, c), (2.0, c * (c - 1.0)))
                )
                many = c[c[:, 0] > 2.0]
                powers = np.exp((many - 3.0) * log) * (many * (many - 1.0) * (many - 2.0))
            first = math.fsum(n[2, 0] * ones)
            cube = math.fsum(n[3, 0] * ones) / 2.0
            squares = math.fsum(n[4, 0] * ones) / 6.0 + math.fsum(n[2, 0] ** 2 * twos) / 6.0
            square += STEP * first
            jacobian += STEP * (first - 2.0 * cube + squares)
            along += STEP * math.fsum(pair * twos) / 3.0
            along += STEP * math.fsum(triple * powers.sum(axis=0)) / 6.0
    total = float(len(counts))
    return square / total, jacobian / total, along / total


def lengths(size: int, drift: float) -> tuple[Array, Array]:
    """r and its weights: of |q|/σ for q of so many N(μ, σ²), with drift = size · (μ/σ)².

    That is chi with size + 2j degrees of freedom, where j is Poisson of mean drift/2.
    """
    from scipy.special import gammaln

    step = min(_GRID, _PER_WIDTH * math.sqrt(0.5 / (size + drift)))
    centre = 0.5 * math.log(size + drift)
    width = math.sqrt(2.0 * FALLEN)  # of standard deviations of |q|, which are 1 at most
    high = math.log(math.exp(centre) + width)
    lowest = math.exp(centre) - width
    low = min(centre - FALLEN / size, 0.0) if lowest <= 0.0 else math.log(lowest)
    t = low + step * np.arange(math.ceil((high - low) / step) + 1)
    mean = drift / 2.0
    reach = math.sqrt(2.0 * FALLEN * mean) + FALLEN
    j = np.arange(max(0, math.floor(mean - reach)), math.ceil(mean + reach) + 1.0)
    chance = j * math.log(mean) - mean - gammaln(j + 1.0) if mean else np.zeros(1)
    j = j if mean else np.zeros(1)
    half = size / 2.0 + j
    with np.errstate(under="ignore"):
        logs = chance - gammaln(half) - (half - 1.0) * math.log(2.0)
        terms = logs + 2.0 * half * t[:, None] - 0.5 * np.exp(2.0 * t)[:, None]
        density = np.exp(terms).sum(axis=1)
    kept = density > 1e-20 * density.max()
    weights = density[kept] / density[kept].sum()
    return np.exp(t[kept]), weights


@lru_cache(maxsize=256)
def averages(length: int, causal: bool, size: int, drift: float, width: float) -> Averages | None:
    """For logits of std width · |q|/σ; with ``causal``, row i has i weights only.

    None where a logit's std is above ``WIDEST``, or the drift above ``FARTHEST``.
    """
    if drift > FARTHEST:
        return None
    r, weights = lengths(size, drift)
    if width * float(r.max()) > WIDEST:
        return None
    counts = np.arange(1.0, length + 1.0) if causal else np.array([float(length)])
    inverse, spread = float((1.0 / counts).mean()), float(((counts - 1.0) / counts**2).mean())
    if width == 0.0:
        return Averages(inverse, spread, spread, spread * (size + drift))
    even = inverse, spread, spread
    near = width * r < NARROWEST
    rows = np.array(
        [even if at else _rows(counts, width * x) for at, x in zip(near, r, strict=True)]
    )
    square, jacobian, along = (math.fsum(weights * column) for column in rows.T)
    return Averages(square, jacobian, along, math.fsum(weights * rows[:, 1] * r * r))
