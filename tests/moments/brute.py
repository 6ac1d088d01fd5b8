"""Moments of given numbers, straight from the definitions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from normstats.moments.merge import PAIRS, Moments

Unit = Sequence[float]


def unit_sums(unit: Unit, pivot: float) -> tuple[float, float, float]:
    """s1, s2 and z of a unit."""
    return (
        math.fsum(v - pivot for v in unit),
        math.fsum((v - pivot) ** 2 for v in unit),
        float(sum(v == 0.0 for v in unit)),
    )


def of_units(units: Sequence[Unit], pivot: float) -> Moments:
    """Of units that may differ in size."""
    rows = [unit_sums(unit, pivot) for unit in units]
    return Moments.of_units(pivot, [len(unit) for unit in units], rows)


def of_equal_units(units: Sequence[Unit], pivot: float) -> Moments:
    """Of units of one size, by the seven sums of the kernel."""
    s1, s2, z = np.array([unit_sums(unit, pivot) for unit in units]).T
    sums = [s1, s2, z, s1 * s1, s1 * s2, s2 * s2, z * z]
    return Moments.of_equal_units(
        pivot, len(units), len(units[0]), [math.fsum(each) for each in sums]
    )


def assert_same(a: Moments, b: Moments, precision: float = 1e-9, moved: float = 0.0) -> None:
    """Equal up to rounding, relative to the size of what is summed up.

    Sums about a pivot that was ``moved`` so far have been that much larger before, and rounded.
    """
    assert (a.pivot, a.units, a.elements) == (b.pivot, b.units, b.elements)
    # s1 and s2 are differences of terms as large as the number of elements times the largest value.
    top = math.sqrt(max(b.total[2], a.total[2], 1e-300) * max(a.elements, 1))
    scale = np.array([a.elements, top, max(b.total[2], a.total[2]), a.elements]) + 1e-300
    scale += 1e-14 / precision * a.elements * np.array([0.0, moved, moved * moved, 0.0])
    assert np.all(np.abs(np.subtract(a.total, b.total)) <= precision * scale)
    off = np.abs(np.subtract(a.scatter, b.scatter))
    assert np.all(off <= precision * np.array([scale[i] * scale[j] for i, j in PAIRS]))
