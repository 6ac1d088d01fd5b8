"""Kernels that normalise sets of elements of a sample.

A sample has ``n`` = (batch, groups, channels, positions) elements, in this order. Each group of
each row of the batch is a set, normalised by itself; each channel of each group has a weight and a
bias. With d = x − mean of the set (or x itself), r = 1/√(s·Σd² + eps), x̂ = d·r and h = weight·dy,

    y = weight·x̂ + bias,   dx = r·(h − mean h − x̂·s·Σ(x̂·h)),

without the mean where none was taken off. The rows of dx are followed by those of the gradients of
the weights, Σ dy·x̂, and of the biases, Σ dy.

``c`` is s, eps, through, then the weights, then the biases; ``through`` is 1 if the gradient
goes through the statistics, and 0 if they are taken for constants: then dx = r·h.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.lanes import LANES, fma, load, splat, sqrt, store

HEAD = 3  # coefficients before the weights


def centred(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """Mean and variance of each set. Sums are about its first element: large means cost nothing."""
    channels = n[2]
    positions = n[3]
    weights = n[1] * channels
    size = channels * positions
    ends = n[0] * n[1] * size * columns
    part = c[0]
    through = c[2]
    for i in range(0, columns, LANES):
        for b in range(n[0]):
            for g in range(n[1]):
                own = g * channels
                begin = (b * n[1] + g) * size * columns + i
                x0 = load(x, begin)
                h0 = load(dy, begin) * c[HEAD + own]
                sum_x = splat(0.0)
                sum_h = splat(0.0)
                at = begin
                for k in range(own, own + channels):
                    weight = splat(c[HEAD + k])
                    for _ in range(positions):
                        sum_x = sum_x + (load(x, at) - x0)
                        sum_h = sum_h + fma(load(dy, at), weight, -h0)
                        at += columns
                mean = fma(sum_x, part, x0)
                mean_h = fma(sum_h, part, h0)
                square = splat(0.0)
                product = splat(0.0)
                at = begin
                for k in range(own, own + channels):
                    weight = splat(c[HEAD + k])
                    for _ in range(positions):
                        d = load(x, at) - mean
                        square = fma(d, d, square)
                        product = fma(d, fma(load(dy, at), weight, -mean_h), product)
                        at += columns
                r = 1.0 / sqrt(fma(square, part, c[1]))
                slope = -product * r * part * through
                off = mean_h * through
                at = begin
                for k in range(own, own + channels):
                    weight = splat(c[HEAD + k])
                    bias = splat(c[HEAD + weights + k])
                    row = ends + k * columns + i
                    to_weight = load(dx, row) if b > 0 else splat(0.0)
                    to_bias = load(dx, row + weights * columns) if b > 0 else splat(0.0)
                    for _ in range(positions):
                        gradient = load(dy, at)
                        unit = (load(x, at) - mean) * r
                        store(y, at, fma(unit, weight, bias))
                        store(dx, at, r * fma(unit, slope, fma(gradient, weight, -off)))
                        to_weight = fma(gradient, unit, to_weight)
                        to_bias = to_bias + gradient
                        at += columns
                    store(dx, row, to_weight)
                    store(dx, row + weights * columns, to_bias)


def uncentred(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """Sums of squares alone; no biases."""
    channels = n[2]
    positions = n[3]
    size = channels * positions
    ends = n[0] * n[1] * size * columns
    part = c[0]
    for i in range(0, columns, LANES):
        for b in range(n[0]):
            for g in range(n[1]):
                own = g * channels
                begin = (b * n[1] + g) * size * columns + i
                square = splat(0.0)
                product = splat(0.0)
                at = begin
                for k in range(own, own + channels):
                    weight = splat(c[HEAD + k])
                    for _ in range(positions):
                        value = load(x, at)
                        square = fma(value, value, square)
                        product = fma(value, load(dy, at) * weight, product)
                        at += columns
                r = 1.0 / sqrt(fma(square, part, c[1]))
                slope = -product * r * part
                at = begin
                for k in range(own, own + channels):
                    weight = splat(c[HEAD + k])
                    row = ends + k * columns + i
                    to_weight = load(dx, row) if b > 0 else splat(0.0)
                    for _ in range(positions):
                        gradient = load(dy, at)
                        unit = load(x, at) * r
                        store(y, at, unit * weight)
                        store(dx, at, r * fma(unit, slope, gradient * weight))
                        to_weight = fma(gradient, unit, to_weight)
                        at += columns
                    store(dx, row, to_weight)


def fixed(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """Given statistics: c is the mean, 1/√(variance + eps), nothing, one weight, one bias."""
    size = n[0] * n[1] * n[2] * n[3]
    to_x = splat(c[1] * c[HEAD])
    for i in range(0, columns, LANES):
        to_weight = splat(0.0)
        to_bias = splat(0.0)
        for at in range(i, size * columns, columns):
            gradient = load(dy, at)
            unit = (load(x, at) - c[0]) * c[1]
            store(y, at, fma(unit, splat(c[HEAD]), splat(c[HEAD + 1])))
            store(dx, at, gradient * to_x)
            to_weight = fma(gradient, unit, to_weight)
            to_bias = to_bias + gradient
        store(dx, size * columns + i, to_weight)
        store(dx, (size + 1) * columns + i, to_bias)
