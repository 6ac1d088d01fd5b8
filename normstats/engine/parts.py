"""Sums of groups, taken for several parts of a quantity, as the moments of all of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from normstats.moments.merge import Moments, added
from normstats.values import Array


def pooled_moments(
    parts: Sequence[int],
    elements: Sequence[int],
    pivots: Sequence[float],
    sizes: Sequence[int],
    found: Array,
) -> Moments:
    """Of some parts together, about the mean of their pivots.

    ``elements`` and ``pivots`` are those of every part, ``sizes`` the samples of each group, and
    ``found`` has s1, s2 and z of each group and part.
    """
    counts = [elements[part] for part in parts]
    total = sum(counts)
    pivot = added(e * pivots[p] for e, p in zip(counts, parts, strict=True)) / total
    if len(parts) == 1:
        pivot = pivots[parts[0]]
    rows = np.zeros((len(sizes), 3))
    for part, count in zip(parts, counts, strict=True):
        s1, s2, z = found[:, part].T
        d = pivots[part] - pivot
        e = d * count * np.array(sizes, np.float64)
        rows += np.stack([s1 + e, s2 + 2.0 * d * s1 + d * e, z], axis=1)
    return Moments.of_units(pivot, [size * total for size in sizes], rows.tolist())
