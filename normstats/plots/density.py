"""What a picture shows of many numbers: their density, and single values with a probability.

A histogram of the numbers that a picture has room for. A value such as ReLU's 0 has a probability
of its own, which no density can show: it is taken out, and stands beside the histogram as a mass.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from normstats.values import Array

BINS = 100
# A value is a mass if so large a share of the numbers have it, and at least so many.
LEAST_SHARE, LEAST_COUNT = 1e-3, 10
MOST_MASSES = 6
ROUNDING = 2e-15  # of the scale: values this near are one, told apart by rounding alone
NEAR = 1e-9  # of the scale: of values this near, one is a mass if it has half of all their shares
CROWD = 0.9  # a bar with so much of what is shown is all that is seen
NEGLIGIBLE = 1e-3  # of the std: nearer to the median than this is no farther than it
# What may be cut off at each end, where the whole would be too wide to see anything.
TAILS = (0.0, 0.0005, 0.005, 0.02, 0.05, 0.1, 0.2)
FARTHER = 2.0  # times as far from the median as the next end: then a tail is too long


@dataclass(frozen=True)
class Mass:
    """A value and its probability; or that of all values nearer to it than ``within``."""

    value: float
    share: float
    within: float = 0.0


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
        exact = Mass(0.0, zeros)
        masses = tuple(exact if (m.value, m.within) == (0.0, 0.0) else m for m in masses)
    crowd = _crowd(rest, finite, total)
    if crowd is not None:
        others = [mass for mass in masses if not _near(mass.value, crowd)]
        masses = tuple(sorted((*others, crowd), key=lambda mass: mass.value))
        rest = rest[~_near(rest, crowd)]
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
    rounding = _round(ROUNDING * scale)
    masses: list[Mass] = []
    for group in _groups(found[heavy], NEAR * scale):
        first = np.searchsorted(values, group[0] - rounding, side="left")
        end = np.searchsorted(values, group[-1] + rounding, side="right")
        masses += _masses_of(values[first:end], total, rounding)
    masses.sort(key=lambda mass: -mass.share)
    kept = tuple(sorted(masses[:MOST_MASSES], key=lambda mass: mass.value))
    rest = values
    for mass in kept:
        rest = rest[~_near(rest, mass)]
    return kept, rest


def _groups(values: Array, near: float) -> list[Array]:
    """Sorted values, cut where two of them are farther apart than this."""
    return np.split(values, np.flatnonzero(np.diff(values) > near) + 1)


def _masses_of(values: Array, total: int, rounding: float) -> list[Mass]:
    """Values with half of the shares of a group: where it has many, they are dense, and no mass."""
    masses: list[Mass] = []
    found, counts = np.unique(values, return_counts=True)
    for i in np.argsort(-counts, kind="stable").tolist():
        if any(_near(found[i], mass) for mass in masses):
            continue
        around = Mass(float(found[i]), 0.0, rounding)
        there = found[_near(found, around)]
        one = Mass(around.value, 0.0, around.within if len(there) > 1 else 0.0)
        count = int(counts[_near(found, one)].sum())
        if 2 * count < len(values):
            break
        masses.append(Mass(one.value, count / total, one.within))
    return masses


def _near(values: Array | float, mass: Mass) -> Any:
    """Whether a value, or which of them, belong to a mass."""
    away = np.abs(values - mass.value)
    return away < mass.within if mass.within else away == 0.0


def _round(width: float) -> float:
    """To the one digit that is printed of it."""
    return float(f"{width:.0e}")


def _crowd(rest: Array, finite: Array, total: int) -> Mass | None:
    """Numbers that are as good as one beside the std, where nothing else could be seen.

    Saturated units have gradients of any size, down to 1e-300: their middle is nothing beside the
    few larger ones, and too many to be cut off as tails.
    """
    if len(rest) < LEAST_COUNT:
        return None
    low, high = shown_range(rest)
    counts, _ = np.histogram(rest, np.linspace(low, high, BINS + 1))
    scale = float(np.abs(finite).max())
    std = float(np.std(finite / scale)) * scale if scale else 0.0  # squares may be too large
    if counts.sum() == len(rest) or counts.max() < CROWD * counts.sum():
        return None
    middle, within = float(np.median(rest)), _round(NEGLIGIBLE * std)
    if abs(middle) < within:
        middle = 0.0
    crowd = Mass(middle, 0.0, within)
    count = int(np.count_nonzero(_near(finite, crowd)))
    return replace(crowd, share=count / total) if within else None


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
