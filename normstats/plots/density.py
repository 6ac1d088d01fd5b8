"""What a picture shows of many numbers: their density, and single values with a probability.

A histogram of the numbers that a picture has room for. A value such as ReLU's 0 has a probability
of its own, which no density can show: it is taken out, and stands beside the histogram as a mass.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from normstats.values import Array

BINS = 100
# A value is a mass if so large a share of the numbers have it, and at least so many.
LEAST_SHARE, LEAST_COUNT = 1e-3, 10
MOST_MASSES = 6
NEAR = 1e-9  # of the scale: masses this near are one, told apart by rounding alone
# What may be cut off at each end, where the whole would be too wide to see anything.
TAILS = (0.0, 0.0005, 0.005, 0.02, 0.05, 0.1, 0.2)
FARTHER = 2.0  # times as far from the median as the next end: then a tail is too long


@dataclass(frozen=True)
class Mass:
    """A value and its probability."""

    value: float
    share: float


@dataclass(frozen=True)
class Density:
    """A histogram whose bars are density: share of all numbers per unit, masses left out.

    ``below`` and ``above`` are the shares that lie beyond the edges, and ``infinite`` that of
    numbers that are none. The bars, the masses and these add up to 1.
    """

    edges: Array
    heights: Array
    masses: tuple[Mass, ...] = ()
    below: float = 0.0
    above: float = 0.0
    infinite: float = 0.0


def density(values: Array, zeros: float | None = None) -> Density:
    """Of these numbers; ``zeros`` is P(v = 0) from more of them, if it is known."""
    total = len(values)
    finite = np.sort(values[np.isfinite(values)])
    infinite = (total - len(finite)) / total
    masses, rest = _masses(finite, total)
    if zeros is not None:
        masses = tuple(Mass(m.value, zeros) if m.value == 0.0 else m for m in masses)
    if not len(rest):
        return Density(np.zeros(0), np.zeros(0), masses, infinite=infinite)
    low, high = shown_range(rest)
    edges = np.linspace(low, high, BINS + 1)
    counts, _ = np.histogram(rest, edges)
    heights = counts / (total * np.diff(edges))
    below = float(np.count_nonzero(rest < low)) / total
    above = float(np.count_nonzero(rest > high)) / total
    return Density(edges, heights, masses, below, above, infinite)


def _masses(values: Array, total: int) -> tuple[tuple[Mass, ...], Array]:
    """The largest masses of sorted numbers, by their values, and the numbers that are left."""
    least = max(LEAST_SHARE * total, LEAST_COUNT)
    found, counts = np.unique(values, return_counts=True)
    heavy = counts >= least
    if not heavy.any():
        return (), values
    scale = float(np.abs(values).max())
    groups: list[list[int]] = []
    for i in np.flatnonzero(heavy).tolist():
        if groups and found[i] - found[groups[-1][-1]] <= NEAR * scale:
            groups[-1].append(i)
        else:
            groups.append([i])
    groups.sort(key=lambda group: -int(counts[group].sum()))
    kept = sorted(groups[:MOST_MASSES])
    masses = tuple(
        Mass(float(found[max(g, key=lambda i: counts[i])]), float(counts[g].sum()) / total)
        for g in kept
    )
    taken = found[[i for group in kept for i in group]]
    return masses, values[~np.isin(values, taken)]


def shown_range(values: Array) -> tuple[float, float]:
    """From where to where sorted numbers are shown: all of them, or less of heavy tails.

    At each end a tail is cut off as long as it reaches several times as far from the median as what
    is left without the next of ``TAILS``.
    """

    def quantile(share: float) -> float:
        return float(values[round(share * (len(values) - 1))])

    middle = quantile(0.5)
    low = _end([quantile(tail) for tail in TAILS], middle)
    high = _end([quantile(1.0 - tail) for tail in TAILS], middle)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _end(ends: Sequence[float], middle: float) -> float:
    for end, inner in itertools.pairwise(ends):
        if abs(end - middle) <= FARTHER * abs(inner - middle):
            return end
    return ends[-1]
