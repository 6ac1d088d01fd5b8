"""Adds a work array's values to running sums, unit by unit.

A unit is what is independent: one sample, with one or more elements. Over the elements of a unit

    s1 = Σ (v − pivot),   s2 = Σ (v − pivot)²,   z = the number of exact zeros,

and over the units the sums of s1, s2, z, s1², s1·s2, s2² and z² are kept, each in eight lanes.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import (
    LANES,
    Lane,
    count,
    fma,
    lane_numbers,
    load,
    splat,
    store,
    total,
    where,
)

# The order of the sums.
SUMS = ("s1", "s2", "z", "s11", "s12", "s22", "zz")
COUNT = len(SUMS)


def load_sums(sums: Any) -> tuple[Lane, Lane, Lane, Lane, Lane, Lane, Lane]:
    """The running sums, in the order of SUMS."""
    return (
        load(sums, 0),
        load(sums, LANES),
        load(sums, 2 * LANES),
        load(sums, 3 * LANES),
        load(sums, 4 * LANES),
        load(sums, 5 * LANES),
        load(sums, 6 * LANES),
    )


def store_sums(
    sums: Any, t1: Lane, t2: Lane, tz: Lane, t11: Lane, t12: Lane, t22: Lane, tzz: Lane
) -> None:
    """Put the running sums back."""
    store(sums, 0, t1)
    store(sums, LANES, t2)
    store(sums, 2 * LANES, tz)
    store(sums, 3 * LANES, t11)
    store(sums, 4 * LANES, t12)
    store(sums, 5 * LANES, t22)
    store(sums, 6 * LANES, tzz)


def inside(units: int, s1: Lane, s2: Lane, z: Lane) -> tuple[Lane, Lane, Lane]:
    """The sums of the first ``units`` lanes, and 0 in lanes that hold no unit."""
    held = lane_numbers() < splat(float(units))
    return where(held, s1, 0.0), where(held, s2, 0.0), where(held, z, 0.0)


def accumulate_single(values: Any, units: int, pivot: float, sums: Any) -> None:
    """Add units of one element; ``units`` is a multiple of LANES.

    The common case, without what it does not need: s1² is s2, and z² is z.
    """
    t1 = load(sums, 0)
    t12 = load(sums, 4 * LANES)
    t22 = load(sums, 5 * LANES)
    squares = splat(0.0)
    zeros = 0
    for i in range(0, units, LANES):
        value = load(values, i)
        deviation = value - pivot
        square = deviation * deviation
        t1 = t1 + deviation
        squares = squares + square
        t12 = fma(deviation, square, t12)
        t22 = fma(square, square, t22)
        zeros += count(value == 0.0)
    store(sums, 0, t1)
    store(sums, LANES, load(sums, LANES) + squares)
    store(sums, 3 * LANES, load(sums, 3 * LANES) + squares)
    store(sums, 4 * LANES, t12)
    store(sums, 5 * LANES, t22)
    sums[2 * LANES] += float(zeros)
    sums[6 * LANES] += float(zeros)


def accumulate(values: Any, rows: int, columns: int, units: int, pivot: float, sums: Any) -> None:
    """Add ``units`` ≤ ``columns`` units of ``rows`` elements; element r of unit j is at r, j."""
    start = 0
    if rows == 1:
        start = units - units % LANES
        accumulate_single(values, start, pivot, sums)
    if start == units:
        return
    t1, t2, tz, t11, t12, t22, tzz = load_sums(sums)
    nothing = splat(0.0)
    for i in range(start, units, LANES):
        s1 = nothing
        s2 = nothing
        z = nothing
        for r in range(rows):
            value = load(values, r * columns + i)
            deviation = value - pivot
            s1 = s1 + deviation
            s2 = fma(deviation, deviation, s2)
            z = z + where(value == 0.0, 1.0, 0.0)
        s1, s2, z = inside(units - i, s1, s2, z)
        t1 = t1 + s1
        t2 = t2 + s2
        tz = tz + z
        t11 = fma(s1, s1, t11)
        t12 = fma(s1, s2, t12)
        t22 = fma(s2, s2, t22)
        tzz = fma(z, z, tzz)
    store_sums(sums, t1, t2, tz, t11, t12, t22, tzz)


def accumulate_expected(
    values: Any, rows: int, columns: int, units: int, pivot: float, sums: Any
) -> None:
    """The same for values that are known only in expectation.

    ``values`` holds, one after the other, ``rows`` rows each of E[v], Var[v] and P(v = 0); a
    variance, unlike E[v²], keeps its digits when the mean is large.
    """
    t1, t2, tz, t11, t12, t22, tzz = load_sums(sums)
    second = rows * columns
    nothing = splat(0.0)
    for i in range(0, units, LANES):
        s1 = nothing
        s2 = nothing
        z = nothing
        for r in range(rows):
            at = r * columns + i
            deviation = load(values, at) - pivot
            variance = load(values, second + at)
            s1 = s1 + deviation
            s2 = s2 + fma(deviation, deviation, variance)
            z = z + load(values, 2 * second + at)
        s1, s2, z = inside(units - i, s1, s2, z)
        t1 = t1 + s1
        t2 = t2 + s2
        tz = tz + z
        t11 = fma(s1, s1, t11)
        t12 = fma(s1, s2, t12)
        t22 = fma(s2, s2, t22)
        tzz = fma(z, z, tzz)
    store_sums(sums, t1, t2, tz, t11, t12, t22, tzz)


_PARAMETERS = (build.FLOATS, *(build.SIZE,) * 3, build.FLOAT, build.FLOATS)
ACCUMULATE = Kernel(accumulate, _PARAMETERS)
ACCUMULATE_EXPECTED = Kernel(accumulate_expected, _PARAMETERS)


def clear(sums: Any) -> None:
    """All sums to zero."""
    for k in range(COUNT):
        store(sums, k * LANES, splat(0.0))


def collect(sums: Any, out: Any, at: int) -> None:
    """The totals over the lanes at ``out[at:]``, in the order of SUMS."""
    for k in range(COUNT):
        out[at + k] = total(load(sums, k * LANES))
