"""Kernels of attention: six matrix products for each head, with softmax between them.

Samples lie side by side in lanes, as everywhere: see ``kernels/batched.py`` for the products. Some
queries are taken at a time: their weights are all that is held of the length × length matrix.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.batched import PACKED, PRODUCT
from normstats.kernels.elementary import exp_negative
from normstats.kernels.lanes import LANES, fma, load, shifted, splat, store, where

MOST_QUERIES = 64  # at a time


def queries_at_once(length: int, causal: bool) -> int:
    """With many, keys and values are read less often; if causal, more hidden keys are taken."""
    most = max(length // 4, 16) if causal else length
    return min(most, length, MOST_QUERIES)


def odd(count: int) -> int:
    """Numbers of a row of so many lanes or one more: of an even number, caches hold few rows."""
    return (count | 1) * LANES


def scratch(length: int, size: int, queries: int) -> int:
    """Lanes of the weights, of their gradients, of rows of q or dy, and of what is packed."""
    return (queries * (2 * odd(length) + odd(size)) + PACKED) // LANES


def copy(rows: int, size: int, source: Any, row: int, columns: int, out: Any) -> None:
    """Rows an odd number of lanes apart."""
    for r in range(rows):
        for k in range(size):
            store(out, r * odd(size) + k * LANES, load(source, r * row + k * columns))


def soften(p: Any, seen: int, keys: int, scale: float) -> None:
    """Scores to weights: softmax of the first ``seen`` of them times the scale, 0 beyond."""
    largest = load(p, 0) * scale
    for j in range(1, seen):
        value = load(p, j * LANES) * scale
        largest = where(value > largest, value, largest)
    total = splat(0.0)
    for j in range(seen):
        e = exp_negative(fma(load(p, j * LANES), splat(scale), -largest))
        store(p, j * LANES, e)
        total = total + e
    share = 1.0 / total
    for j in range(seen):
        store(p, j * LANES, load(p, j * LANES) * share)
    for j in range(seen, keys):
        store(p, j * LANES, splat(0.0))


def harden(p: Any, g: Any, keys: int, scale: float) -> None:
    """Gradients of weights to those of scores: g = scale · p(g − Σ p g).

    Both less the g of the largest weight, so that nothing cancels where that is nearly 1.
    """
    largest = load(p, 0)
    own = load(g, 0)
    for j in range(1, keys):
        value = load(p, j * LANES)
        larger = value > largest
        largest = where(larger, value, largest)
        own = where(larger, load(g, j * LANES), own)
    mean = splat(0.0)
    for j in range(keys):
        mean = fma(load(p, j * LANES), load(g, j * LANES) - own, mean)
    for j in range(keys):
        off = (load(g, j * LANES) - own) - mean
        store(g, j * LANES, (load(p, j * LANES) * scale) * off)


def attention(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """n: heads, length, size of a head, 1 if it is causal, queries at a time. c: the scale.

    x is q, k, v, each head by head; after their gradients comes the ``scratch``.
    """
    length = n[1]
    queries = n[4]
    row = n[2] * columns  # one query, key or value
    matrix = length * row
    whole = n[0] * matrix
    line = odd(length)
    p = shifted(dx, 3 * whole)
    g = shifted(p, queries * line)
    own = shifted(g, queries * line)
    packed = shifted(own, queries * odd(n[2]))
    for i in range(0, columns, LANES):
        for h in range(n[0]):
            k = shifted(x, whole + h * matrix + i)
            v = shifted(x, 2 * whole + h * matrix + i)
            dk = shifted(dx, whole + h * matrix + i)
            dv = shifted(dx, 2 * whole + h * matrix + i)
            for at in range(0, matrix, columns):
                store(dk, at, splat(0.0))
                store(dv, at, splat(0.0))
            for first in range(0, length, queries):
                rows = queries if first + queries < length else length - first
                keys = length if n[3] == 0 else first + rows
                at = h * matrix + first * row + i
                q = shifted(x, at)
                gradient = shifted(dy, at)
                copy(rows, n[2], q, row, columns, own)
                PRODUCT(
                    own, odd(n[2]), LANES, k, row, columns, p, line, LANES,
                    rows, keys, n[2], 1, packed,
                )  # fmt: skip
                for r in range(rows):
                    seen = length if n[3] == 0 else first + r + 1
                    soften(shifted(p, r * line), seen, keys, c[0])
                PRODUCT(
                    p, line, LANES, v, columns, row, shifted(y, at), row, columns,
                    rows, n[2], keys, 1, packed,
                )  # fmt: skip
                copy(rows, n[2], gradient, row, columns, own)
                PRODUCT(
                    own, odd(n[2]), LANES, v, row, columns, g, line, LANES,
                    rows, keys, n[2], 1, packed,
                )  # fmt: skip
                PRODUCT(
                    p, LANES, line, gradient, columns, row, dv, row, columns,
                    keys, n[2], rows, 0, packed,
                )  # fmt: skip
                for r in range(rows):
                    harden(shifted(p, r * line), shifted(g, r * line), keys, c[0])
                PRODUCT(
                    g, line, LANES, k, columns, row, shifted(dx, at), row, columns,
                    rows, n[2], keys, 1, packed,
                )  # fmt: skip
                PRODUCT(
                    g, LANES, line, q, columns, row, dk, row, columns,
                    keys, n[2], rows, 0, packed,
                )  # fmt: skip
