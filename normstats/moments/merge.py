"""Mergeable sums of one quantity (y or dx); ``span.py`` has the tree that merges them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# The products of deviations that are kept, by their places in the vector (e, s1, s2, z). Those of z
# with s1 and s2 are not needed.
PAIRS = ((0, 0), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (2, 2), (3, 3))


@dataclass(frozen=True)
class Moments:
    """What is kept of the units of independence; see ``accumulate.py`` for s1, s2 and z of a unit.

    A unit is the vector (e, s1, s2, z), e its number of elements. ``total`` is the sum of these
    vectors, ``scatter`` the sums of the products of their deviations from their mean, for PAIRS.
    ``units`` and ``elements`` = Σe are whole numbers and never lose precision.

    Plain numbers: for a dozen of them an array costs ten times what the arithmetic does, and
    while one thread merges, the others wait for the interpreter.
    """

    pivot: float
    units: int
    elements: int
    total: tuple[float, ...]
    scatter: tuple[float, ...]

    @classmethod
    def of_equal_units(cls, pivot: float, units: int, size: int, sums: Sequence[float]) -> Moments:
        """From the seven sums of ``accumulate.py`` over ``units`` units of ``size`` elements."""
        s1, s2, z, s11, s12, s22, zz = sums
        scatter = (
            *(0.0,) * 4,
            s11 - s1 * s1 / units,
            s12 - s1 * s2 / units,
            s22 - s2 * s2 / units,
            zz - z * z / units,
        )
        return cls(pivot, units, units * size, (float(units * size), s1, s2, z), scatter)

    @classmethod
    def of_units(
        cls, pivot: float, sizes: Sequence[int], rows: Sequence[Sequence[float]]
    ) -> Moments:
        """From the number of elements of each unit, and its (s1, s2, z) in a row."""
        result = cls.empty(pivot)
        for size, row in zip(sizes, rows, strict=True):
            result += cls(pivot, 1, size, (float(size), *row), (0.0,) * len(PAIRS))
        return result

    @classmethod
    def empty(cls, pivot: float) -> Moments:
        """No units at all: what merging starts from."""
        return cls(pivot, 0, 0, (0.0,) * 4, (0.0,) * len(PAIRS))

    def about(self, pivot: float) -> Moments:
        """The same data with another pivot: s1′ = s1 − d·e, s2′ = s2 − 2d·s1 + d²·e."""
        d = pivot - self.pivot
        rows = (
            ((0, 1.0),),
            ((0, -d), (1, 1.0)),
            ((0, d * d), (1, -2.0 * d), (2, 1.0)),
            ((3, 1.0),),
        )
        kept = dict(zip(PAIRS, self.scatter, strict=True))
        scatter = tuple(
            added(p * q * kept[min(a, b), max(a, b)] for a, p in rows[i] for b, q in rows[j])
            for i, j in PAIRS
        )
        total = tuple(added(p * self.total[a] for a, p in row) for row in rows)
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
        m, n = self.units, other.units
        apart = [b / n - a / m for a, b in zip(self.total, other.total, strict=True)]
        weight = m * (n / (m + n))
        return Moments(
            self.pivot,
            m + n,
            self.elements + other.elements,
            tuple(a + b for a, b in zip(self.total, other.total, strict=True)),
            tuple(
                p + q + apart[i] * apart[j] * weight
                for p, q, (i, j) in zip(self.scatter, other.scatter, PAIRS, strict=True)
            ),
        )


def added(terms: Iterable[float]) -> float:
    """One after the other: from Python 3.12 on, sum() compensates for rounding."""
    result = 0.0
    for term in terms:
        result += term
    return result
