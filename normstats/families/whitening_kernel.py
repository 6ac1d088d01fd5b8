"""ZCA whitening of batches side by side: covariance, eigenvectors, and the gradient through both.

The eigenvectors come from Jacobi's method with cyclic sweeps, as many for every batch: rotations
without a branch (Golub and Van Loan, Matrix Computations, section 8.5).
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.elementary import magnitude
from normstats.kernels.lanes import LANES, fma, load, shifted, splat, sqrt, store, where

SQUARES, VECTORS = 4, 3  # scratch: d×d matrices, and vectors of d


def product(a: Any, ai: int, ak: int, b: Any, bk: int, bj: int, out: Any, d: int, e: int) -> None:
    """out = a·b of d×d matrices with elements ``e`` apart; ai and ak are a's strides."""
    for i in range(d):
        for j in range(d):
            total = splat(0.0)
            for k in range(d):
                total = fma(load(a, (i * ai + k * ak) * e), load(b, (k * bk + j * bj) * e), total)
            store(out, (i * d + j) * e, total)


def rotate(a: Any, v: Any, p: int, q: int, d: int, e: int) -> None:
    """Make element (p, q) of the symmetric a zero; turn v along."""
    across = load(a, (p * d + q) * e)
    first = load(a, (p * d + p) * e)
    last = load(a, (q * d + q) * e)
    # What is nothing beside the diagonal is taken for 0: its square would be a subnormal number,
    # which costs a hundred times as much as others.
    least = 1e-20 * (magnitude(first) + magnitude(last))
    across = where(magnitude(across) > least, across, 0.0)
    gap = last - first
    root = sqrt(fma(gap, gap, 4.0 * across * across))
    t = where(root > 0.0, 2.0 * across / (magnitude(gap) + root), 0.0)
    t = where(gap < 0.0, -t, t)
    c = 1.0 / sqrt(fma(t, t, splat(1.0)))
    s = t * c
    for r in range(d):
        one = load(a, (r * d + p) * e)
        two = load(a, (r * d + q) * e)
        new_one = c * one - s * two
        new_two = fma(s, one, c * two)
        store(a, (r * d + p) * e, new_one)
        store(a, (p * d + r) * e, new_one)
        store(a, (r * d + q) * e, new_two)
        store(a, (q * d + r) * e, new_two)
        one = load(v, (r * d + p) * e)
        two = load(v, (r * d + q) * e)
        store(v, (r * d + p) * e, c * one - s * two)
        store(v, (r * d + q) * e, fma(s, one, c * two))
    store(a, (p * d + p) * e, first - t * across)
    store(a, (q * d + q) * e, fma(t, across, last))
    store(a, (p * d + q) * e, splat(0.0))
    store(a, (q * d + p) * e, splat(0.0))


def zca(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """``n`` is m, d and the number of sweeps, ``c`` 1/m and eps.

    Eight batches at a time have the scratch to themselves, their numbers side by side: rows that
    lie a power of 2 apart would push each other out of the cache.
    """
    m = n[0]
    d = n[1]
    e = LANES
    square = d * d * e
    for i in range(0, columns, LANES):
        given = shifted(x, i)
        coming = shifted(dy, i)
        a = shifted(dx, m * d * columns)
        v = shifted(a, square)
        g = shifted(v, square)
        w = shifted(g, square)
        mean_x = shifted(w, square)
        mean_g = shifted(mean_x, d * e)
        roots = shifted(mean_g, d * e)
        for f in range(d):
            x0 = load(given, f * columns)
            g0 = load(coming, f * columns)
            sum_x = splat(0.0)
            sum_g = splat(0.0)
            for b in range(m):
                sum_x = sum_x + (load(given, (b * d + f) * columns) - x0)
                sum_g = sum_g + (load(coming, (b * d + f) * columns) - g0)
            store(mean_x, f * e, fma(sum_x, splat(c[0]), x0))
            store(mean_g, f * e, fma(sum_g, splat(c[0]), g0))
        for f in range(d):
            centre = load(mean_x, f * e)
            for h in range(d):
                other = load(mean_x, h * e)
                level = load(mean_g, h * e)
                both = splat(0.0)
                mixed = splat(0.0)
                for b in range(m):
                    left = load(given, (b * d + f) * columns) - centre
                    both = fma(left, load(given, (b * d + h) * columns) - other, both)
                    mixed = fma(left, load(coming, (b * d + h) * columns) - level, mixed)
                more = c[1] if f == h else 0.0
                store(a, (f * d + h) * e, fma(both, splat(c[0]), splat(more)))
                store(g, (f * d + h) * e, mixed * c[0])
                store(v, (f * d + h) * e, splat(1.0 if f == h else 0.0))
        for _ in range(n[2]):
            for p in range(d):
                for q in range(p + 1, d):
                    rotate(a, v, p, q, d, e)
        for f in range(d):
            store(roots, f * e, sqrt(load(a, (f * d + f) * e)))
        # VᵀGV into a, which is free now; then K ∘ (G + Gᵀ) into g, and V g Vᵀ into a.
        product(v, 1, d, g, d, 1, w, d, e)
        product(w, d, 1, v, d, 1, a, d, e)
        for f in range(d):
            for h in range(d):
                one = load(roots, f * e)
                two = load(roots, h * e)
                both = load(a, (f * d + h) * e) + load(a, (h * d + f) * e)
                store(g, (f * d + h) * e, -both / (one * two * (one + two)))
        product(v, d, 1, g, d, 1, w, d, e)
        product(w, d, 1, v, 1, d, a, d, e)
        # Σ^(−1/2) into w, by way of V Λ^(−1/2) in g.
        for f in range(d):
            for h in range(d):
                store(g, (f * d + h) * e, load(v, (f * d + h) * e) / load(roots, h * e))
        product(g, d, 1, v, 1, d, w, d, e)
        for b in range(m):
            for f in range(d):
                value = splat(0.0)
                gradient = splat(0.0)
                for h in range(d):
                    left = load(given, (b * d + h) * columns) - load(mean_x, h * e)
                    weight = load(w, (h * d + f) * e)
                    back = load(coming, (b * d + h) * columns) - load(mean_g, h * e)
                    value = fma(left, weight, value)
                    gradient = fma(back, weight, gradient)
                    gradient = fma(left, load(a, (h * d + f) * e), gradient)
                store(y, (b * d + f) * columns + i, value)
                store(dx, (b * d + f) * columns + i, gradient)
