"""Kernels of pooling over maps: windows that may overlap, and elements in several of them or none.

n has the number of windows and of elements, where the elements of each window begin, where the
windows of each element begin, and then these: see ``Entries.sizes``. Of every window a scratch row
keeps what its gradient needs; then each element adds up what its windows send.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.lanes import LANES, load, splat, sqrt, store, where


def find_largest(x: Any, y: Any, found: Any, i: int, columns: int, n: Any, scratch: int) -> None:
    """y, and in scratch which element of the map it is; of equals the first."""
    outs, entry = n[0], 4 + n[0] + n[1]
    for w in range(outs):
        first = entry + n[2 + w]
        largest = load(x, n[first] * columns + i)
        at = splat(float(n[first]))
        for k in range(first + 1, entry + n[3 + w]):
            value = load(x, n[k] * columns + i)
            larger = value > largest
            largest = where(larger, value, largest)
            at = where(larger, splat(float(n[k])), at)
        store(y, w * columns + i, largest)
        store(found, (scratch + w) * columns + i, at)


def max_map(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """Each element gets dy of the windows whose largest it is."""
    outs, ins = n[0], n[1]
    entry = 4 + outs + ins
    for i in range(0, columns, LANES):
        find_largest(x, y, dx, i, columns, n, ins)
        for r in range(ins):
            own = splat(float(r))
            s = splat(0.0)
            for k in range(entry + n[3 + outs + r], entry + n[4 + outs + r]):
                largest = load(dx, (ins + n[k]) * columns + i)
                s = s + where(largest == own, load(dy, n[k] * columns + i), 0.0)
            store(dx, r * columns + i, s)


def max_map_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """y as it is; dx by the number of windows whose largest an element is."""
    outs, ins = n[0], n[1]
    entry = 4 + outs + ins
    for i in range(0, columns, LANES):
        find_largest(x, y, dx, i, columns, n, 3 * ins)
        for w in range(outs):
            value = load(y, w * columns + i)
            store(y, (outs + w) * columns + i, splat(0.0))
            store(y, (2 * outs + w) * columns + i, where(value == 0.0, 1.0, 0.0))
        for r in range(ins):
            own = splat(float(r))
            s = splat(0.0)
            for k in range(entry + n[3 + outs + r], entry + n[4 + outs + r]):
                largest = load(dx, (3 * ins + n[k]) * columns + i)
                s = s + where(largest == own, 1.0, splat(0.0))
            store(dx, r * columns + i, s * dy[0])
            store(dx, (ins + r) * columns + i, s * dy[1])
            store(dx, (2 * ins + r) * columns + i, where(s == 0.0, 1.0, splat(dy[2])))


def less_one(v: Any, squarings: int) -> Any:
    """v^(p − 1) for p = 2^squarings: 1 + 2 + … + p/2 = p − 1."""
    product = splat(1.0)
    power = v
    for _ in range(squarings):
        product = product * power
        power = power * power
    return product


def add_powers(
    x: Any, y: Any, slopes: Any, i: int, columns: int, n: Any, c: Any, scratch: int
) -> None:
    """y = (f·Σ xᵖ)^(1/p) with p = 2^h, and in scratch f/y^(p−1), or 0 for y = 0.

    n[0] is h, and c has f. An element's slope is that of the window times x^(p−1).
    """
    squarings, outs, entry = n[0], n[1], 5 + n[1] + n[2]
    for w in range(outs):
        s = splat(0.0)
        for k in range(entry + n[3 + w], entry + n[4 + w]):
            power = load(x, n[k] * columns + i)
            for _ in range(squarings):
                power = power * power
            s = s + power
        s = s * c[w]
        for _ in range(squarings):
            s = sqrt(s)
        store(y, w * columns + i, s)
        inverse = where(s == 0.0, 0.0, 1.0 / s)
        store(slopes, (scratch + w) * columns + i, c[w] * less_one(inverse, squarings))


def lp_map(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """dx = x^(p−1) · Σ dy·f/y^(p−1) over the windows of an element."""
    squarings, outs, ins = n[0], n[1], n[2]
    entry = 5 + outs + ins
    for i in range(0, columns, LANES):
        add_powers(x, y, dx, i, columns, n, c, ins)
        for w in range(outs):
            at = (ins + w) * columns + i
            store(dx, at, load(dx, at) * load(dy, w * columns + i))
        for r in range(ins):
            s = splat(0.0)
            for k in range(entry + n[4 + outs + r], entry + n[5 + outs + r]):
                s = s + load(dx, (ins + n[k]) * columns + i)
            store(dx, r * columns + i, s * less_one(load(x, r * columns + i), squarings))


def lp_map_expected(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """y as it is; dx is a sum of dy's with slopes that x fixes."""
    squarings, outs, ins = n[0], n[1], n[2]
    entry = 5 + outs + ins
    for i in range(0, columns, LANES):
        add_powers(x, y, dx, i, columns, n, c, 3 * ins)
        for w in range(outs):
            value = load(y, w * columns + i)
            store(y, (outs + w) * columns + i, splat(0.0))
            store(y, (2 * outs + w) * columns + i, where(value == 0.0, 1.0, 0.0))
        for r in range(ins):
            power = less_one(load(x, r * columns + i), squarings)
            first = splat(0.0)
            second = splat(0.0)
            for k in range(entry + n[4 + outs + r], entry + n[5 + outs + r]):
                slope = power * load(dx, (3 * ins + n[k]) * columns + i)
                first = first + slope
                second = second + slope * slope
            store(dx, r * columns + i, first * dy[0])
            store(dx, (ins + r) * columns + i, second * dy[1])
            store(dx, (2 * ins + r) * columns + i, where(second == 0.0, 1.0, splat(dy[2])))
