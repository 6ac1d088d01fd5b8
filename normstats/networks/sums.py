"""Sums over independent networks: what means of mean squares, their ratios, and errors need.

For every number of the layout the vector (a, b, l) of a network is kept: a is the mean beyond the
pivot, b the mean square about it, both in one power of two, and l = ln std. Kept are the means of
this vector over networks, the scatter within it, and its scatter with the vector of the quantity
that it is compared with, which gives errors of ratios.

The sums of two sets of networks add up: both are brought to the larger power of two and to the
pivot of the first set, and then merged as in Chan, Golub, LeVeque (The American Statistician 37,
1983). So memory does not depend on the number of networks, and they may be done anywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from normstats.networks.layout import Layout
from normstats.networks.signal import Row
from normstats.values import Array

LN2 = math.log(2.0)
A, B, L = 0, 1, 2
# The products whose scatter is kept: of one quantity, and of it with the one it is compared with.
OWN = ((A, A), (A, B), (B, B), (L, L))
CROSS = ((A, A), (A, B), (B, A), (B, B))
_POWERS = 1, 2, 0  # of a factor on all values, by which a, b and l change

# The rows of ``numbers``: a column for each number of the layout.
EXPONENT, PIVOT, ZERO = 0, 1, 2  # ZERO: whether all was equal in some network
MEAN = slice(3, 6)
OWN_AT = slice(6, 6 + len(OWN))
CROSS_AT = slice(OWN_AT.stop, OWN_AT.stop + len(CROSS))
ROWS = CROSS_AT.stop

# The rows of ``shares``, a column for each layer, and of ``changes``, one for each direction: the
# mean of each, and its scatter.
DEAD, SATURATED = 0, 2
SHARES, CHANGES = 4, 2


@dataclass(frozen=True, eq=False)
class NetworkSums:
    """Of some networks; ``lost``: whether y left float64 at the last checkpoint, in one of them."""

    layout: Layout
    networks: int
    numbers: Array
    shares: Array
    changes: Array
    lost: bool

    @classmethod
    def of_row(cls, layout: Layout, row: Row) -> NetworkSums:
        """Of one network."""
        with np.errstate(all="ignore"):
            logs = 0.5 * np.log(row.variance) + row.exponent * LN2
        numbers = np.zeros((ROWS, layout.size))
        numbers[EXPONENT], numbers[PIVOT] = row.exponent, row.mean
        numbers[ZERO] = row.variance == 0.0
        numbers[MEAN][B], numbers[MEAN][L] = row.variance, logs
        shares = np.zeros((SHARES, len(layout.places)))
        shares[DEAD], shares[SATURATED] = row.dead, row.saturated
        changes = np.zeros((CHANGES, 2))
        forward, backward = layout.ends
        with np.errstate(all="ignore"):
            changes[0] = [logs[end] - logs[start] for start, end in (forward, backward)]
        # What is no number forward has left float64.
        lost = not math.isfinite(row.variance[forward[1]])
        return cls(layout, 1, numbers, shares, changes, lost)

    def __eq__(self, other: object) -> bool:
        """Whether all bits are the same."""
        if not isinstance(other, NetworkSums):
            return NotImplemented
        names = ("numbers", "shares", "changes")
        same = all(getattr(self, n).tobytes() == getattr(other, n).tobytes() for n in names)
        return same and (self.networks, self.lost) == (other.networks, other.lost)

    def __add__(self, other: NetworkSums) -> NetworkSums:
        """Of these networks and the others."""
        with np.errstate(all="ignore"):
            return self._with(other)

    def _with(self, other: NetworkSums) -> NetworkSums:
        counts = self.networks, other.networks
        ours, theirs = _in_one_power(self.numbers, other.numbers, self.layout.compared)
        theirs = _about(theirs, ours[PIVOT], self.layout.compared)
        numbers = ours.copy()
        numbers[ZERO] = np.maximum(ours[ZERO], theirs[ZERO])
        apart = theirs[MEAN] - ours[MEAN]
        share, weight = counts[1] / sum(counts), counts[0] * counts[1] / sum(counts)
        numbers[MEAN] += apart * share
        beside = apart[:, self.layout.compared]
        for k, (i, j) in enumerate(OWN):
            numbers[OWN_AT][k] += theirs[OWN_AT][k] + apart[i] * apart[j] * weight
        for k, (i, j) in enumerate(CROSS):
            numbers[CROSS_AT][k] += theirs[CROSS_AT][k] + apart[i] * beside[j] * weight
        return NetworkSums(
            self.layout,
            sum(counts),
            numbers,
            _merged(self.shares, other.shares, *counts),
            _merged(self.changes, other.changes, *counts),
            self.lost or other.lost,
        )


def _merged(one: Array, other: Array, m: int, n: int) -> Array:
    """Means in the even rows, their scatter in the odd ones."""
    apart = other[::2] - one[::2]
    found = one.copy()
    found[::2] += apart * (n / (m + n))
    found[1::2] += other[1::2] + apart * apart * (m * n / (m + n))
    return found


def _in_one_power(one: Array, other: Array, compared: Array) -> tuple[Array, Array]:
    """Both in the larger power of two; what is 0 has none."""
    if np.array_equal(one[EXPONENT], other[EXPONENT]):
        return one, other
    lowest = -np.inf
    powers = [np.where(_is_nothing(each), lowest, each[EXPONENT]) for each in (one, other)]
    wanted = np.maximum(*powers)
    wanted = np.where(wanted == lowest, one[EXPONENT], wanted)
    return _in_power(one, wanted, compared), _in_power(other, wanted, compared)


def _is_nothing(numbers: Array) -> Array:
    found: Array = (numbers[PIVOT] == 0.0) & (numbers[MEAN][A] == 0.0) & (numbers[MEAN][B] == 0.0)
    return found


def _in_power(numbers: Array, wanted: Array, compared: Array) -> Array:
    """The same with these exponents."""
    up = (numbers[EXPONENT] - wanted).astype(np.int64)
    if not up.any():
        return numbers
    beside = up[compared]
    found = numbers.copy()
    found[EXPONENT] = wanted
    found[PIVOT] = np.ldexp(numbers[PIVOT], up)
    for k, power in enumerate(_POWERS):
        found[MEAN][k] = np.ldexp(numbers[MEAN][k], power * up)
    for k, (i, j) in enumerate(OWN):
        found[OWN_AT][k] = np.ldexp(numbers[OWN_AT][k], (_POWERS[i] + _POWERS[j]) * up)
    for k, (i, j) in enumerate(CROSS):
        both = _POWERS[i] * up + _POWERS[j] * beside
        found[CROSS_AT][k] = np.ldexp(numbers[CROSS_AT][k], both)
    return found


def _about(numbers: Array, pivot: Array, compared: Array) -> Array:
    """The same about another pivot: a′ = a + d, b′ = b + 2·d·a + d²."""
    d = numbers[PIVOT] - pivot
    if not d.any():
        return numbers
    found = numbers.copy()
    found[PIVOT] = pivot
    a, b = numbers[MEAN][A], numbers[MEAN][B]
    found[MEAN][A], found[MEAN][B] = a + d, b + 2.0 * d * a + d * d
    aa, ab, bb, _ = numbers[OWN_AT]
    found[OWN_AT][1] = ab + 2.0 * d * aa
    found[OWN_AT][2] = bb + 4.0 * d * ab + 4.0 * d * d * aa
    aa, ab, ba, bb = numbers[CROSS_AT]
    e = d[compared]
    found[CROSS_AT][1] = ab + 2.0 * e * aa
    found[CROSS_AT][2] = ba + 2.0 * d * aa
    found[CROSS_AT][3] = bb + 2.0 * e * ba + 2.0 * d * ab + 4.0 * d * e * aa
    return found
