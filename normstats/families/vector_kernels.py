"""Kernels of softmax and its kin: x in n[0] rows, times c[0], which is 1 or −1.

Powers are taken of x less its maximum. What a sum has beside its largest term, which is 1, is
summed up by itself: so nothing is lost where that term is nearly all.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.elementary import exp_negative, log1p
from normstats.kernels.lanes import LANES, Lane, fma, load, splat, store, where


def peak(x: Any, rows: int, columns: int, i: int, sign: float) -> tuple[Lane, Lane]:
    """The largest of the rows times the sign, and the row where it is first."""
    largest = load(x, i) * sign
    at = splat(0.0)
    for r in range(1, rows):
        value = load(x, r * columns + i) * sign
        larger = value > largest
        largest = where(larger, value, largest)
        at = where(larger, splat(float(r)), at)
    return largest, at


def powers(x: Any, rows: int, columns: int, i: int, sign: float, out: Any) -> tuple[Lane, Lane]:
    """e^(x − max) into the rows of out; the largest x, and the sum of all other powers."""
    largest, at = peak(x, rows, columns, i, sign)
    rest = splat(0.0)
    for r in range(rows):
        e = exp_negative(fma(load(x, r * columns + i), splat(sign), -largest))
        store(out, r * columns + i, e)
        rest = rest + where(at == splat(float(r)), 0.0, e)
    return largest, rest


def softmax(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """dx = y(dy − ⟨y, dy⟩); both less dy where x is largest, so that it does not cancel there."""
    rows = n[0]
    for i in range(0, columns, LANES):
        largest = load(x, i) * c[0]
        own = load(dy, i)
        for r in range(1, rows):
            value = load(x, r * columns + i) * c[0]
            larger = value > largest
            largest = where(larger, value, largest)
            own = where(larger, load(dy, r * columns + i), own)
        total = splat(0.0)
        product = splat(0.0)
        for r in range(rows):
            at = r * columns + i
            e = exp_negative(fma(load(x, at), splat(c[0]), -largest))
            store(y, at, e)
            total = total + e
            product = fma(e, load(dy, at) - own, product)
        scale = 1.0 / total
        mean = product * scale
        for r in range(rows):
            at = r * columns + i
            value = load(y, at) * scale
            store(y, at, value)
            store(dx, at, (value * c[0]) * ((load(dy, at) - own) - mean))


def softmax_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """y as it is. E[dx] = 0 for any E[dy]; Var[dx] = Var[dy] y²((1 − y)² + Σ of others' y²)."""
    rows = n[0]
    second = rows * columns
    for i in range(0, columns, LANES):
        _, rest = powers(x, rows, columns, i, c[0], y)
        scale = 1.0 / (1.0 + rest)
        squares = splat(0.0)
        for r in range(rows):
            value = load(y, r * columns + i) * scale
            store(y, r * columns + i, value)
            squares = fma(value, value, squares)
        for at in range(i, second, columns):
            value = load(y, at)
            store(y, second + at, splat(0.0))
            store(y, 2 * second + at, where(value == 0.0, 1.0, 0.0))
            store(dx, at, splat(0.0))
            store(dx, second + at, value * value * ((1.0 - 2.0 * value) + squares) * dy[1])
            store(dx, 2 * second + at, splat(dy[2]))


def log_softmax(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """dx = dy − softmax(x) Σ dy."""
    rows = n[0]
    for i in range(0, columns, LANES):
        largest, rest = powers(x, rows, columns, i, c[0], dx)
        log = log1p(rest)
        total = splat(0.0)
        for r in range(rows):
            total = total + load(dy, r * columns + i)
        share = total / (1.0 + rest)
        for r in range(rows):
            place = r * columns + i
            store(y, place, fma(load(x, place), splat(c[0]), -largest) - log)
            store(dx, place, (load(dy, place) - load(dx, place) * share) * c[0])


def log_softmax_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """With s = softmax(x): E[dx] = E[dy](1 − n s), Var[dx] = Var[dy](1 − 2s + n s²)."""
    rows = n[0]
    count = float(rows)
    second = rows * columns
    for i in range(0, columns, LANES):
        largest, rest = powers(x, rows, columns, i, c[0], dx)
        log = log1p(rest)
        scale = 1.0 / (1.0 + rest)
        for place in range(i, second, columns):
            value = fma(load(x, place), splat(c[0]), -largest) - log
            share = load(dx, place) * scale
            store(y, place, value)
            store(y, second + place, splat(0.0))
            store(y, 2 * second + place, where(value == 0.0, 1.0, 0.0))
            store(dx, place, (1.0 - count * share) * (dy[0] * c[0]))
            store(dx, second + place, (share * (count * share - 2.0) + 1.0) * dy[1])
            store(dx, 2 * second + place, splat(dy[2]))


def logsumexp(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """dx = dy softmax(x)."""
    rows = n[0]
    for i in range(0, columns, LANES):
        largest, rest = powers(x, rows, columns, i, c[0], dx)
        store(y, i, largest + log1p(rest))
        share = load(dy, i) / (1.0 + rest)
        for r in range(rows):
            place = r * columns + i
            store(dx, place, load(dx, place) * share)


def logsumexp_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """y as it is; dx is dy times a known share."""
    rows = n[0]
    second = rows * columns
    for i in range(0, columns, LANES):
        largest, rest = powers(x, rows, columns, i, c[0], dx)
        value = largest + log1p(rest)
        store(y, i, value)
        store(y, columns + i, splat(0.0))
        store(y, 2 * columns + i, where(value == 0.0, 1.0, 0.0))
        scale = 1.0 / (1.0 + rest)
        for place in range(i, second, columns):
            share = load(dx, place) * scale
            store(dx, place, share * dy[0])
            store(dx, second + place, share * share * dy[1])
            store(dx, 2 * second + place, splat(dy[2]))
