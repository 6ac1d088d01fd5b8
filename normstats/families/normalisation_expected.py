"""Kernels of normalisation for expectations over dy, given x; all weights are equal here.

In the notation of ``normalisation_kernels``, with γ the weight and P = I − s·11ᵀ − s·x̂x̂ᵀ (without
11ᵀ where no mean is taken off), dx = γ·r·P·dy. With q = s·Σx̂² the diagonal of P² is
1 − s − s·(2 − q)·x̂², and so Var dx = γ²·r²·Var[dy] times that.

``n`` has a fifth number: 1 if the mean is taken off, else 0.
"""

from __future__ import annotations

from typing import Any

from normstats.families.normalisation_kernels import HEAD
from normstats.kernels.lanes import LANES, fma, load, splat, sqrt, store, where


def certain(y: Any, rows: int, columns: int) -> None:
    """y does not depend on dy: its variance is 0, and a zero is a zero."""
    end = rows * columns
    for at in range(0, end, LANES):
        store(y, end + at, splat(0.0))
        store(y, 2 * end + at, where(load(y, at) == 0.0, 1.0, 0.0))


def expected(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """Sets with statistics of their own."""
    channels = n[2]
    positions = n[3]
    weights = n[1] * channels
    size = channels * positions
    rows = n[0] * n[1] * size
    end = rows * columns
    part = c[0]
    through = c[2]
    weight = c[HEAD]
    bias = c[HEAD + weights]
    common = part if n[4] == 1 else 0.0
    level = through * dy[0] if n[4] == 0 else 0.0
    lost = through * dy[0] if n[4] == 1 else 0.0
    never = 1.0 if weight == 0.0 or dy[2] == 1.0 or (dy[0] == lost and dy[1] == 0.0) else 0.0
    width = columns * weights
    for i in range(0, columns, LANES):
        for row in range(3 * end + i, 3 * end + (3 + 3 * n[4]) * width, columns):
            store(dx, row, splat(0.0))
        for b in range(n[0]):
            for g in range(n[1]):
                own = g * channels
                begin = (b * n[1] + g) * size * columns + i
                stop = begin + size * columns
                mean = splat(0.0)
                if n[4] == 1:
                    x0 = load(x, begin)
                    for at in range(begin, stop, columns):
                        mean = mean + (load(x, at) - x0)
                    mean = fma(mean, part, x0)
                square = splat(0.0)
                total = splat(0.0)
                for at in range(begin, stop, columns):
                    d = load(x, at) - mean
                    square = fma(d, d, square)
                    total = total + d
                r = 1.0 / sqrt(fma(square, part, c[1]))
                away = level * part * total * r
                bend = through * part * (2.0 - square * part * r * r)
                at = begin
                for k in range(own, own + channels):
                    to_weight = splat(0.0)
                    of_weight = splat(0.0)
                    for _ in range(positions):
                        unit = (load(x, at) - mean) * r
                        left = 1.0 - through * common - bend * unit * unit
                        left = where(left > 0.0, left, 0.0)
                        store(y, at, fma(unit, splat(weight), splat(bias)))
                        store(dx, at, weight * r * (dy[0] - lost - away * unit))
                        store(dx, end + at, weight * weight * dy[1] * r * r * left)
                        store(dx, 2 * end + at, splat(never))
                        to_weight = to_weight + unit
                        of_weight = fma(unit, unit, of_weight)
                        at += columns
                    row = 3 * end + k * columns + i
                    store(dx, row, load(dx, row) + dy[0] * to_weight)
                    store(dx, row + width, load(dx, row + width) + dy[1] * of_weight)
                    store(dx, row + 2 * width, splat(dy[2]))
                    if n[4] == 1:
                        row += 3 * width
                        store(dx, row, load(dx, row) + dy[0] * positions)
                        store(dx, row + width, load(dx, row + width) + dy[1] * positions)
                        store(dx, row + 2 * width, splat(dy[2]))
    certain(y, rows, columns)


def fixed_expected(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """Given statistics: c is the mean, 1/√(variance + eps), nothing, one weight, one bias."""
    rows = n[0] * n[1] * n[2] * n[3]
    end = rows * columns
    scale = c[1] * c[HEAD]
    never = 1.0 if scale == 0.0 or dy[2] == 1.0 else 0.0
    for i in range(0, columns, LANES):
        to_weight = splat(0.0)
        of_weight = splat(0.0)
        for at in range(i, end, columns):
            unit = (load(x, at) - c[0]) * c[1]
            store(y, at, fma(unit, splat(c[HEAD]), splat(c[HEAD + 1])))
            store(dx, at, splat(scale * dy[0]))
            store(dx, end + at, splat(scale * scale * dy[1]))
            store(dx, 2 * end + at, splat(never))
            to_weight = to_weight + unit
            of_weight = fma(unit, unit, of_weight)
        store(dx, 3 * end + i, dy[0] * to_weight)
        store(dx, 3 * end + columns + i, dy[1] * of_weight)
        store(dx, 3 * end + 2 * columns + i, splat(dy[2]))
        store(dx, 3 * end + 3 * columns + i, splat(dy[0] * rows))
        store(dx, 3 * end + 4 * columns + i, splat(dy[1] * rows))
        store(dx, 3 * end + 5 * columns + i, splat(dy[2]))
    certain(y, rows, columns)
