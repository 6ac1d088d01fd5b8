"""Kernels of attention: six matrix products for each head, with softmax between them.

Samples lie side by side in lanes, as everywhere, so that a product of matrices multiplies eight
samples at a time: element (i, k) of a matrix is a lane. A tile of TILE × TILE elements stays in
registers while it runs along the depth. Queries are taken QUERIES at a time: their weights are all
that is held of the length × length matrix.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.elementary import exp_negative
from normstats.kernels.lanes import LANES, fma, load, shifted, splat, store, where

TILE = 4
DEPTH = 64  # of a product at a time: two panels of TILE lanes in the first-level cache
QUERIES = 16


def tile(
    a: Any, a1: int, a2: int, a3: int, ak: int, b: Any, b1: int, b2: int, b3: int, bk: int,
    depth: int, c: Any, c1: int, c2: int, c3: int, d1: int, d2: int, d3: int, fresh: int,
) -> None:  # fmt: skip
    """TILE × TILE elements of c: Σ a·b over the depth, added to what is there unless ``fresh``.

    Rows a1, a2, a3 and b1, b2, b3 begin so far from the first. One beyond the end repeats the
    first, and so computes, and writes, what that does.
    """
    if fresh != 0:
        t00 = t01 = t02 = t03 = splat(0.0)
        t10 = t11 = t12 = t13 = splat(0.0)
        t20 = t21 = t22 = t23 = splat(0.0)
        t30 = t31 = t32 = t33 = splat(0.0)
    else:
        t00, t01, t02, t03 = load(c, 0), load(c, d1), load(c, d2), load(c, d3)
        t10, t11, t12, t13 = load(c, c1), load(c, c1 + d1), load(c, c1 + d2), load(c, c1 + d3)
        t20, t21, t22, t23 = load(c, c2), load(c, c2 + d1), load(c, c2 + d2), load(c, c2 + d3)
        t30, t31, t32, t33 = load(c, c3), load(c, c3 + d1), load(c, c3 + d2), load(c, c3 + d3)
    for k in range(depth):
        at = k * bk
        y0 = load(b, at)
        y1 = load(b, at + b1)
        y2 = load(b, at + b2)
        y3 = load(b, at + b3)
        at = k * ak
        x = load(a, at)
        t00 = fma(x, y0, t00)
        t01 = fma(x, y1, t01)
        t02 = fma(x, y2, t02)
        t03 = fma(x, y3, t03)
        x = load(a, at + a1)
        t10 = fma(x, y0, t10)
        t11 = fma(x, y1, t11)
        t12 = fma(x, y2, t12)
        t13 = fma(x, y3, t13)
        x = load(a, at + a2)
        t20 = fma(x, y0, t20)
        t21 = fma(x, y1, t21)
        t22 = fma(x, y2, t22)
        t23 = fma(x, y3, t23)
        x = load(a, at + a3)
        t30 = fma(x, y0, t30)
        t31 = fma(x, y1, t31)
        t32 = fma(x, y2, t32)
        t33 = fma(x, y3, t33)
    store(c, 0, t00)
    store(c, d1, t01)
    store(c, d2, t02)
    store(c, d3, t03)
    store(c, c1, t10)
    store(c, c1 + d1, t11)
    store(c, c1 + d2, t12)
    store(c, c1 + d3, t13)
    store(c, c2, t20)
    store(c, c2 + d1, t21)
    store(c, c2 + d2, t22)
    store(c, c2 + d3, t23)
    store(c, c3, t30)
    store(c, c3 + d1, t31)
    store(c, c3 + d2, t32)
    store(c, c3 + d3, t33)


def product(
    a: Any, ai: int, ak: int, b: Any, bj: int, bk: int, c: Any, ci: int, cj: int,
    rows: int, across: int, depth: int, fresh: int,
) -> None:  # fmt: skip
    """c(i, j) = Σ a(i, k) b(j, k) over k, added to c unless ``fresh``; ai, ak, … are strides."""
    for k in range(0, depth, DEPTH):
        deep = DEPTH if k + DEPTH < depth else depth - k
        new = fresh if k == 0 else 0
        for i in range(0, rows, TILE):
            i1 = 1 if i + 1 < rows else 0
            i2 = 2 if i + 2 < rows else 0
            i3 = 3 if i + 3 < rows else 0
            for j in range(0, across, TILE):
                j1 = 1 if j + 1 < across else 0
                j2 = 2 if j + 2 < across else 0
                j3 = 3 if j + 3 < across else 0
                tile(
                    shifted(a, i * ai + k * ak), i1 * ai, i2 * ai, i3 * ai, ak,
                    shifted(b, j * bj + k * bk), j1 * bj, j2 * bj, j3 * bj, bk,
                    deep, shifted(c, i * ci + j * cj), i1 * ci, i2 * ci, i3 * ci,
                    j1 * cj, j2 * cj, j3 * cj, new,
                )  # fmt: skip


_F, _S = build.FLOATS, build.SIZE
PRODUCT = Kernel(product, (_F, _S, _S, _F, _S, _S, _F, *(_S,) * 6))


def soften(p: Any, columns: int, seen: int, keys: int, scale: float) -> None:
    """Scores to weights: softmax of the first ``seen`` of them times the scale, 0 beyond."""
    largest = load(p, 0) * scale
    for j in range(1, seen):
        value = load(p, j * columns) * scale
        largest = where(value > largest, value, largest)
    total = splat(0.0)
    for j in range(seen):
        e = exp_negative(fma(load(p, j * columns), splat(scale), -largest))
        store(p, j * columns, e)
        total = total + e
    share = 1.0 / total
    for j in range(seen):
        store(p, j * columns, load(p, j * columns) * share)
    for j in range(seen, keys):
        store(p, j * columns, splat(0.0))


def harden(p: Any, g: Any, columns: int, keys: int, scale: float) -> None:
    """Gradients of weights to those of scores: g = scale · p(g − Σ p g).

    Both less the g of the largest weight, so that nothing cancels where that is nearly 1.
    """
    largest = load(p, 0)
    own = load(g, 0)
    for j in range(1, keys):
        value = load(p, j * columns)
        larger = value > largest
        largest = where(larger, value, largest)
        own = where(larger, load(g, j * columns), own)
    mean = splat(0.0)
    for j in range(keys):
        mean = fma(load(p, j * columns), load(g, j * columns) - own, mean)
    for j in range(keys):
        off = (load(g, j * columns) - own) - mean
        store(g, j * columns, (load(p, j * columns) * scale) * off)


def attention(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """n: heads, length, size of a head, and 1 if it is causal. c: the scale.

    x is q, k, v, each head by head; after their gradients come the rows of QUERIES queries' weights
    and of the gradients of these.
    """
    length = n[1]
    row = n[2] * columns  # one query, key or value
    matrix = length * row
    whole = n[0] * matrix
    line = length * columns  # the weights of one query
    weights = shifted(dx, 3 * whole)
    slopes = shifted(dx, 3 * whole + QUERIES * line)
    for i in range(0, columns, LANES):
        p = shifted(weights, i)
        g = shifted(slopes, i)
        for h in range(n[0]):
            k = shifted(x, whole + h * matrix + i)
            v = shifted(x, 2 * whole + h * matrix + i)
            dk = shifted(dx, whole + h * matrix + i)
            dv = shifted(dx, 2 * whole + h * matrix + i)
            for at in range(0, matrix, columns):
                store(dk, at, splat(0.0))
                store(dv, at, splat(0.0))
            for first in range(0, length, QUERIES):
                rows = QUERIES if first + QUERIES < length else length - first
                keys = length if n[3] == 0 else first + rows
                at = h * matrix + first * row + i
                q = shifted(x, at)
                gradient = shifted(dy, at)
                PRODUCT(q, row, columns, k, row, columns, p, line, columns, rows, keys, n[2], 1)
                for r in range(rows):
                    seen = length if n[3] == 0 else first + r + 1
                    soften(shifted(p, r * line), columns, seen, keys, c[0])
                PRODUCT(
                    p, line, columns, v, columns, row, shifted(y, at), row, columns,
                    rows, n[2], keys, 1,
                )  # fmt: skip
                PRODUCT(
                    gradient, row, columns, v, row, columns, g, line, columns, rows, keys, n[2], 1
                )
                PRODUCT(
                    p, columns, line, gradient, columns, row, dv, row, columns, keys, n[2], rows, 0
                )
                for r in range(rows):
                    harden(shifted(p, r * line), shifted(g, r * line), columns, keys, c[0])
                PRODUCT(
                    g, line, columns, k, columns, row, shifted(dx, at), row, columns,
                    rows, n[2], keys, 1,
                )  # fmt: skip
                PRODUCT(g, columns, line, q, columns, row, dk, row, columns, keys, n[2], rows, 0)
