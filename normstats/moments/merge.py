"""Mergeable sums of one quantity (y or dx) and the tree that merges them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Moments:
    """Sums over units of independence; see ``accumulate.py`` for s1, s2 and z of a unit.

    ``units``, ``elements`` = Σe and ``elements_squared`` = Σe², e the number of elements of a unit,
    are whole numbers and never lose precision; ``sums`` holds, in this order, the sums of
    s1, s2, z, s1², s1·s2, s2², z², e·s1, e·s2, e·z.
    """

    pivot: float
    units: int
    elements: int
    elements_squared: int
    sums: npt.NDArray[np.float64]

    @classmethod
    def of_equal_units(
        cls, pivot: float, units: int, size: int, sums: npt.NDArray[np.float64]
    ) -> Moments:
        """From the seven sums over ``units`` units of ``size`` elements each."""
        weighted = np.concatenate([sums, size * sums[:3]])
        return cls(pivot, units, units * size, units * size * size, weighted)

    @classmethod
    def empty(cls, pivot: float) -> Moments:
        """No units at all: what merging starts from."""
        return cls(pivot, 0, 0, 0, np.zeros(10))

    def about(self, pivot: float) -> Moments:
        """The same data with another pivot."""
        d = pivot - self.pivot
        s1, s2, z, s11, s12, s22, zz, es1, es2, ez = self.sums
        e, ee = float(self.elements), float(self.elements_squared)
        # Of a unit: s1′ = s1 − d·e and s2′ = s2 − 2d·s1 + d²·e.
        sums = np.array(
            [
                s1 - d * e,
                s2 - 2 * d * s1 + d * d * e,
                z,
                s11 - 2 * d * es1 + d * d * ee,
                s12 - d * (2 * s11 + es2) + 3 * d * d * es1 - d**3 * ee,
                s22 - 4 * d * s12 + d * d * (4 * s11 + 2 * es2) - 4 * d**3 * es1 + d**4 * ee,
                zz,
                es1 - d * ee,
                es2 - 2 * d * es1 + d * d * ee,
                ez,
            ]
        )
        return Moments(pivot, self.units, self.elements, self.elements_squared, sums)

    def __add__(self, other: Moments) -> Moments:
        """Both data sets together, about this one's pivot."""
        if other.pivot != self.pivot:
            other = other.about(self.pivot)
        return Moments(
            self.pivot,
            self.units + other.units,
            self.elements + other.elements,
            self.elements_squared + other.elements_squared,
            self.sums + other.sums,
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
        for level, waiting in enumerate(self._levels):
            if waiting is None:
                self._levels[level] = entry
                return
            self._levels[level] = None
            entry = waiting + entry
        self._levels.append(entry)

    def _parts(self) -> Iterator[Moments]:
        return (entry for entry in self._levels if entry is not None)

    def total(self, pivot: float) -> Moments:
        """Everything so far."""
        result = Moments.empty(pivot)
        for entry in self._parts():
            result = entry + result
        return result
