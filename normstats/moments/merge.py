"""Mergeable sums of one quantity (y or dx) and the tree that merges them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


def product(a: Vector, b: Vector) -> Vector:
    """The matrix product, summed in order: a BLAS library gives other bits on other processors."""
    result: Vector = (a[:, :, None] * b[None, :, :]).sum(axis=1)
    return result


@dataclass(frozen=True)
class Moments:
    """What is kept of the units of independence; see ``accumulate.py`` for s1, s2 and z of a unit.

    A unit is the vector (e, s1, s2, z), e its number of elements. ``total`` is the sum of these
    vectors, ``scatter`` the sum of the products of their deviations from their mean, as a matrix.
    (The products of z with s1 and s2 are not needed, and are 0 where they were not taken.)
    ``units`` and ``elements`` = Σe are whole numbers and never lose precision.
    """

    pivot: float
    units: int
    elements: int
    total: Vector
    scatter: Vector

    @classmethod
    def of_equal_units(cls, pivot: float, units: int, size: int, sums: Vector) -> Moments:
        """From the seven sums of ``accumulate.py`` over ``units`` units of ``size`` elements."""
        s1, s2, z, s11, s12, s22, zz = sums
        scatter = np.zeros((4, 4))
        scatter[1, 1] = s11 - s1 * s1 / units
        scatter[1, 2] = scatter[2, 1] = s12 - s1 * s2 / units
        scatter[2, 2] = s22 - s2 * s2 / units
        scatter[3, 3] = zz - z * z / units
        return cls(pivot, units, units * size, np.array([units * size, s1, s2, z]), scatter)

    @classmethod
    def of_units(cls, pivot: float, sizes: list[int], rows: Vector) -> Moments:
        """From the number of elements of each unit, and its (s1, s2, z) in a row."""
        vectors = np.column_stack([np.array(sizes, np.float64), rows])
        deviations = vectors - vectors.mean(axis=0)
        scatter = (deviations[:, :, None] * deviations[:, None, :]).sum(axis=0)
        return cls(pivot, len(sizes), sum(sizes), vectors.sum(axis=0), scatter)

    @classmethod
    def empty(cls, pivot: float) -> Moments:
        """No units at all: what merging starts from."""
        return cls(pivot, 0, 0, np.zeros(4), np.zeros((4, 4)))

    def about(self, pivot: float) -> Moments:
        """The same data with another pivot: s1′ = s1 − d·e, s2′ = s2 − 2d·s1 + d²·e."""
        d = pivot - self.pivot
        change = np.eye(4)
        change[1, 0] = -d
        change[2, 0], change[2, 1] = d * d, -2.0 * d
        scatter = product(product(change, self.scatter), change.T)
        total = product(change, self.total[:, None])[:, 0]
        return Moments(pivot, self.units, self.elements, total, scatter)

    def __add__(self, other: Moments) -> Moments:
        """Both data sets together, about this one's pivot.

        The scatter is merged as in Chan, Golub, LeVeque (The American Statistician 37, 1983).
        """
        if other.pivot != self.pivot:
            other = other.about(self.pivot)
        if not self.units:
            return other
        if not other.units:
            return self
        units = self.units + other.units
        apart = other.total / other.units - self.total / self.units
        between = np.outer(apart, apart) * (self.units * (other.units / units))
        between[3, 1:3] = between[1:3, 3] = 0.0
        return Moments(
            self.pivot,
            units,
            self.elements + other.elements,
            self.total + other.total,
            self.scatter + other.scatter + between,
        )


class MergeTree:
    """Merges a long sequence pairwise, keeping one entry a level.

    The tree depends only on the number of entries, and rounding grows with its depth: 1e15 samples
    make a tree of some 30 levels.
    """

    def __init__(self) -> None:
        self._levels: list[Moments | None] = []

    def push(self, entry: Moments) -> None:
        """Add the next entry of the sequence."""
        self._levels = self.pushed(entry)._levels

    def pushed(self, entry: Moments) -> MergeTree:
        """The tree with the next entry of the sequence; this one stays as it is."""
        tree = MergeTree()
        tree._levels = list(self._levels)
        for level, waiting in enumerate(self._levels):
            if waiting is None:
                tree._levels[level] = entry
                return tree
            tree._levels[level] = None
            entry = waiting + entry
        tree._levels.append(entry)
        return tree

    def _parts(self) -> Iterator[Moments]:
        return (entry for entry in self._levels if entry is not None)

    def total(self, pivot: float) -> Moments:
        """Everything so far."""
        result = Moments.empty(pivot)
        for entry in self._parts():
            result = entry + result
        return result
