"""The kernels of ``normalisation_kernels`` for large samples: the same sums in the same order.

Those do eight columns from the first row to the last before they turn to the next eight, and go
through each set two or three times, mean first. Of a large sample that is a skip from row to row
through memory that no near cache holds, and the machine waits. Here a set is read and written row
by whole row, in the order in which it lies in memory. What belongs to a column waits in ``KEPT``
scratch rows, after those of the gradients:

    Σ (x − x₀), Σ (h − h₀), Σ d², Σ d·(h − mean h);   then   mean, through·mean h, r, slope.

Every column sees the same steps as in ``centred`` and ``uncentred``, and so gets the same bits.
"""

from __future__ import annotations

from typing import Any

from normstats.families.normalisation_kernels import HEAD, centred, uncentred
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, fma, load, shifted, splat, sqrt, store

KEPT = 4
# Numbers in x from which on this is faster, as measured. Of fewer, going through scratch costs more
# than the skips do. A chunk has that many from LARGE elements on; all chunks of so many rows have
# the fewest columns there are, so that scratch does not change what is drawn.
MANY = 2**18
LARGE = 4096

CENTRED = Kernel(centred, ARRAY_KERNEL)
UNCENTRED = Kernel(uncentred, ARRAY_KERNEL)


def in_order(rows: int, columns: int) -> bool:
    """Whether to go row by row: not where a row is a single lane's width, which skips nothing."""
    return columns > LANES and rows * columns >= MANY


def clear(rows: Any, start: int, end: int) -> None:
    """Zeros from index ``start`` to ``end``."""
    for i in range(start, end, LANES):
        store(rows, i, splat(0.0))


def centred_large(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """As ``centred``."""
    channels = n[2]
    positions = n[3]
    weights = n[1] * channels
    size = channels * positions
    ends = n[0] * n[1] * size * columns
    if not in_order(n[0] * n[1] * size, columns):
        CENTRED(x, dy, u, y, dx, columns, n, c)
        return
    biases = weights * columns  # from the gradient of a weight to that of its bias
    kept = shifted(dx, ends + 2 * biases)
    second = columns
    third = 2 * columns
    fourth = 3 * columns
    part = c[0]
    through = c[2]
    for b in range(n[0]):
        for g in range(n[1]):
            own = g * channels
            begin = (b * n[1] + g) * size * columns
            clear(kept, 0, KEPT * columns)
            at = begin
            for k in range(own, own + channels):
                weight = splat(c[HEAD + k])
                for _ in range(positions):
                    for i in range(0, columns, LANES):
                        x0 = load(x, begin + i)
                        h0 = load(dy, begin + i) * c[HEAD + own]
                        sum_x = load(kept, i) + (load(x, at + i) - x0)
                        sum_h = load(kept, second + i) + fma(load(dy, at + i), weight, -h0)
                        store(kept, i, sum_x)
                        store(kept, second + i, sum_h)
                    at += columns
            for i in range(0, columns, LANES):
                h0 = load(dy, begin + i) * c[HEAD + own]
                store(kept, i, fma(load(kept, i), part, load(x, begin + i)))
                store(kept, second + i, fma(load(kept, second + i), part, h0))
            at = begin
            for k in range(own, own + channels):
                weight = splat(c[HEAD + k])
                for _ in range(positions):
                    for i in range(0, columns, LANES):
                        d = load(x, at + i) - load(kept, i)
                        h = fma(load(dy, at + i), weight, -load(kept, second + i))
                        store(kept, third + i, fma(d, d, load(kept, third + i)))
                        store(kept, fourth + i, fma(d, h, load(kept, fourth + i)))
                    at += columns
            for i in range(0, columns, LANES):
                r = 1.0 / sqrt(fma(load(kept, third + i), part, c[1]))
                slope = -load(kept, fourth + i) * r * part * through
                store(kept, second + i, load(kept, second + i) * through)
                store(kept, third + i, r)
                store(kept, fourth + i, slope)
            at = begin
            for k in range(own, own + channels):
                weight = splat(c[HEAD + k])
                bias = splat(c[HEAD + weights + k])
                row = ends + k * columns
                if b == 0:
                    clear(dx, row, row + columns)
                    clear(dx, row + biases, row + biases + columns)
                for _ in range(positions):
                    for i in range(0, columns, LANES):
                        gradient = load(dy, at + i)
                        r = load(kept, third + i)
                        unit = (load(x, at + i) - load(kept, i)) * r
                        h = fma(gradient, weight, -load(kept, second + i))
                        store(y, at + i, fma(unit, weight, bias))
                        store(dx, at + i, r * fma(unit, load(kept, fourth + i), h))
                        store(dx, row + i, fma(gradient, unit, load(dx, row + i)))
                        store(dx, row + biases + i, load(dx, row + biases + i) + gradient)
                    at += columns


def uncentred_large(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """As ``uncentred``; Σ x² and Σ x·h take the third and the fourth row."""
    channels = n[2]
    positions = n[3]
    weights = n[1] * channels
    size = channels * positions
    ends = n[0] * n[1] * size * columns
    if not in_order(n[0] * n[1] * size, columns):
        UNCENTRED(x, dy, u, y, dx, columns, n, c)
        return
    kept = shifted(dx, ends + weights * columns)
    third = 2 * columns
    fourth = 3 * columns
    part = c[0]
    for b in range(n[0]):
        for g in range(n[1]):
            own = g * channels
            begin = (b * n[1] + g) * size * columns
            clear(kept, third, KEPT * columns)
            at = begin
            for k in range(own, own + channels):
                weight = splat(c[HEAD + k])
                for _ in range(positions):
                    for i in range(0, columns, LANES):
                        value = load(x, at + i)
                        h = load(dy, at + i) * weight
                        store(kept, third + i, fma(value, value, load(kept, third + i)))
                        store(kept, fourth + i, fma(value, h, load(kept, fourth + i)))
                    at += columns
            for i in range(0, columns, LANES):
                r = 1.0 / sqrt(fma(load(kept, third + i), part, c[1]))
                store(kept, third + i, r)
                store(kept, fourth + i, -load(kept, fourth + i) * r * part)
            at = begin
            for k in range(own, own + channels):
                weight = splat(c[HEAD + k])
                row = ends + k * columns
                if b == 0:
                    clear(dx, row, row + columns)
                for _ in range(positions):
                    for i in range(0, columns, LANES):
                        gradient = load(dy, at + i)
                        r = load(kept, third + i)
                        unit = load(x, at + i) * r
                        store(y, at + i, unit * weight)
                        slope = load(kept, fourth + i)
                        store(dx, at + i, r * fma(unit, slope, gradient * weight))
                        store(dx, row + i, fma(gradient, unit, load(dx, row + i)))
                    at += columns
