"""Adds a work array's values to running sums, unit by unit.

A unit is what is independent: one sample, with one or more elements. Over the elements of a unit

    s1 = Σ (v − pivot),   s2 = Σ (v − pivot)²,   z = the number of exact zeros,

and over the units the sums of s1, s2, z, s1², s1·s2, s2² and z² are kept, each in eight lanes.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.lanes import (
    LANES,
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


def accumulate(values: Any, rows: int, columns: int, units: int, pivot: float, sums: Any) -> None:
    """Add ``units`` ≤ ``columns`` units of ``rows`` elements; element r of unit j is at r, j."""
    t1 = load(sums, 0)
    t2 = load(sums, LANES)
    tz = load(sums, 2 * LANES)
    t11 = load(sums, 3 * LANES)
    t12 = load(sums, 4 * LANES)
    t22 = load(sums, 5 * LANES)
    tzz = load(sums, 6 * LANES)
    nothing = splat(0.0)
    for i in range(0, units, LANES):
        inside = lane_numbers() < splat(float(units - i))
        s1 = nothing
        s2 = nothing
        z = nothing
        for r in range(rows):
            value = load(values, r * columns + i)
            deviation = where(inside, value - pivot, 0.0)
            s1 = s1 + deviation
            s2 = fma(deviation, deviation, s2)
            z = z + where(inside & (value == 0.0), 1.0, 0.0)
        t1 = t1 + s1
        t2 = t2 + s2
        tz = tz + z
        t11 = fma(s1, s1, t11)
        t12 = fma(s1, s2, t12)
        t22 = fma(s2, s2, t22)
        tzz = fma(z, z, tzz)
    store(sums, 0, t1)
    store(sums, LANES, t2)
    store(sums, 2 * LANES, tz)
    store(sums, 3 * LANES, t11)
    store(sums, 4 * LANES, t12)
    store(sums, 5 * LANES, t22)
    store(sums, 6 * LANES, tzz)


def clear(sums: Any) -> None:
    """All sums to zero."""
    for k in range(COUNT):
        store(sums, k * LANES, splat(0.0))


def collect(sums: Any, out: Any, at: int) -> None:
    """The totals over the lanes at ``out[at:]``, in the order of SUMS."""
    for k in range(COUNT):
        out[at + k] = total(load(sums, k * LANES))
