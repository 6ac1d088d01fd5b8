"""What is done to whole arrays between the layers of a chain: statistics, sums, factors."""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import (
    LANES,
    count,
    fma,
    lane_numbers,
    load,
    splat,
    store,
    total,
    where,
)


def spread_of(values: Any, rows: int, columns: int, distance: int, out: Any) -> None:
    """Mean and mean square about it of the first ``columns`` of each row, at ``out[0:2]``.

    Two passes: a mean far above the spread costs no digits.
    """
    whole = columns // LANES * LANES
    rest = splat(float(columns - whole))
    s0 = splat(0.0)
    s1 = splat(0.0)
    for r in range(rows):
        at = r * distance
        pairs = at + columns // (2 * LANES) * 2 * LANES
        for j in range(at, pairs, 2 * LANES):
            s0 = s0 + load(values, j)
            s1 = s1 + load(values, j + LANES)
        for j in range(pairs, at + whole, LANES):
            s0 = s0 + load(values, j)
        if whole < columns:
            s1 = s1 + where(lane_numbers() < rest, load(values, at + whole), 0.0)
    number = float(rows) * float(columns)
    mean = total(s0 + s1) / number
    centre = splat(mean)
    s0 = splat(0.0)
    s1 = splat(0.0)
    for r in range(rows):
        at = r * distance
        pairs = at + columns // (2 * LANES) * 2 * LANES
        for j in range(at, pairs, 2 * LANES):
            d = load(values, j) - centre
            e = load(values, j + LANES) - centre
            s0 = fma(d, d, s0)
            s1 = fma(e, e, s1)
        for j in range(pairs, at + whole, LANES):
            d = load(values, j) - centre
            s0 = fma(d, d, s0)
        if whole < columns:
            d = where(lane_numbers() < rest, load(values, at + whole) - centre, 0.0)
            s1 = fma(d, d, s1)
    out[0] = mean
    out[1] = total(s0 + s1) / number


def multiplied(a: Any, b: Any, out: Any, size: int) -> None:
    """out = a·b; ``size`` is a multiple of LANES, here and below."""
    for i in range(0, size, LANES):
        store(out, i, load(a, i) * load(b, i))


def shifted_scaled(a: Any, out: Any, size: int, scale: float, shift: float) -> None:
    """out = a·scale + shift."""
    factor = splat(scale)
    constant = splat(shift)
    for i in range(0, size, LANES):
        store(out, i, fma(load(a, i), factor, constant))


def combined(a: Any, b: Any, out: Any, size: int, of_a: float, of_b: float) -> None:
    """out = of_a·a + of_b·b, as the residual layer does it."""
    for i in range(0, size, LANES):
        store(out, i, fma(load(a, i), splat(of_a), load(b, i) * of_b))


def row_sums(values: Any, rows: int, columns: int, distance: int, out: Any) -> None:
    """The sum of the first ``columns`` of each row."""
    whole = columns // LANES * LANES
    rest = splat(float(columns - whole))
    for r in range(rows):
        s = splat(0.0)
        at = r * distance
        for j in range(at, at + whole, LANES):
            s = s + load(values, j)
        if whole < columns:
            s = s + where(lane_numbers() < rest, load(values, at + whole), 0.0)
        out[r] = total(s)


def flagged(
    values: Any, slopes: Any, rows: int, columns: int, distance: int, flat: float, out: Any
) -> None:
    """Rows whose values and slopes are all 0, at ``out[0]``; slopes within ±``flat``: ``out[1]``.

    A row is a unit, its columns the examples of the batch.
    """
    whole = columns // LANES * LANES
    left = columns - whole
    rest = splat(float(left))
    least = splat(flat)
    dead = 0
    small = 0
    for r in range(rows):
        at = r * distance
        alive = 0
        for j in range(at, at + whole, LANES):
            s = load(slopes, j)
            v = load(values, j)
            small += count(where(s < 0.0, -s, s) < least)
            alive += count(where(v == 0.0, where(s == 0.0, 0.0, 1.0), 1.0) > 0.0)
        if left > 0:
            s = load(slopes, at + whole)
            v = load(values, at + whole)
            held = lane_numbers() < rest
            small += count(where(held, where(s < 0.0, -s, s), least) < least)
            live = where(v == 0.0, where(s == 0.0, 0.0, 1.0), 1.0)
            alive += count(where(held, live, 0.0) > 0.0)
        dead += 1 if alive == 0 else 0
    out[0] = float(dead)
    out[1] = float(small)


_F, _S, _N = build.FLOATS, build.SIZE, build.FLOAT
SPREAD_OF = Kernel(spread_of, (_F, _S, _S, _S, _F))
MULTIPLIED = Kernel(multiplied, (_F, _F, _F, _S))
SHIFTED_SCALED = Kernel(shifted_scaled, (_F, _F, _S, _N, _N))
COMBINED = Kernel(combined, (_F, _F, _F, _S, _N, _N))
ROW_SUMS = Kernel(row_sums, (_F, _S, _S, _S, _F))
FLAGGED = Kernel(flagged, (_F, _F, _S, _S, _S, _N, _F))
ALL = (SPREAD_OF, MULTIPLIED, SHIFTED_SCALED, COMBINED, ROW_SUMS, FLAGGED)
