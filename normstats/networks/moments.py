"""Sums over independent networks: what means of mean squares, their ratios, and errors need.

For every number of the layout the vector (a, b, l) of a network is kept: a is the mean beyond that
of the first network, b the mean square about that same point, both in one power of two, which is
that of the first network until a far larger one comes, and l = ln std. Means and scatter are
updated network by network (Welford), in the order of the networks, so that the bits do not depend
on threads, and memory not on the number of networks. The scatter of a quantity with the one that it
is compared with gives errors of ratios.
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
_OWN = ((A, A), (A, B), (B, B), (L, L))
_CROSS = ((A, A), (A, B), (B, A), (B, B), (L, L))
_POWERS = 1, 2, 0  # of a factor on all values, by which a, b and l change
_APART = 64  # octaves: above the power of two of the sums by more, a network brings its own


@dataclass(frozen=True)
class Estimated:
    """A natural logarithm with its standard error, None for one network; -inf is that of 0."""

    log: float
    se: float | None


class Sums:
    """Of the networks so far."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.networks = 0
        self.exponent = np.zeros(layout.size)
        self._pivot = np.zeros(layout.size)
        self._mean = np.zeros((3, layout.size))
        self._own = np.zeros((len(_OWN), layout.size))
        self._cross = np.zeros((len(_CROSS), layout.size))
        self._compared = np.array(layout.compared)
        ends = layout.checkpoints[0], layout.checkpoints[-1]
        self._ends = (ends[0].y, ends[1].y), (ends[1].dx, ends[0].dx)
        self._change = np.zeros(2)
        self._changes = np.zeros(2)
        self._zero = np.zeros(layout.size, np.bool_)  # whether all was equal in some network
        self._lost = False  # whether y left float64 at the last checkpoint, in some network
        self.dead = np.zeros((2, len(layout.places)))
        self.saturated = np.zeros((2, len(layout.places)))

    def add(self, row: Row) -> None:
        """The next network."""
        self.networks += 1
        with np.errstate(all="ignore"):
            if self.networks == 1:
                self.exponent, self._pivot = row.exponent.copy(), row.mean.copy()
            scale = np.exp2(self._beyond(row))
            a = row.mean * scale - self._pivot
            logs = 0.5 * np.log(row.variance) + row.exponent * LN2
            vector = np.stack([a, row.variance * scale * scale + a * a, logs])
            before = vector - self._mean
            self._mean += before / self.networks
            after = vector - self._mean
            for k, (i, j) in enumerate(_OWN):
                self._own[k] += before[i] * after[j]
            other = after[:, self._compared]
            for k, (i, j) in enumerate(_CROSS):
                self._cross[k] += before[i] * other[j]
            change = np.array([logs[end] - logs[start] for start, end in self._ends])
            self._zero |= row.variance == 0.0
            # What is no number forward has left float64.
            self._lost |= not math.isfinite(row.variance[self._ends[0][1]])
            off = change - self._change
            self._change += off / self.networks
            self._changes += off * (change - self._change)
            for sums, values in ((self.dead, row.dead), (self.saturated, row.saturated)):
                step = values - sums[0]
                sums[0] += step / self.networks
                sums[1] += step * (values - sums[0])

    def _beyond(self, row: Row) -> Array:
        """The octaves of a network above the sums, whose power of two becomes its, if far less."""
        nothing = (row.mean == 0.0) & (row.variance == 0.0)  # 0 has no power of two
        more = np.where(nothing, 0.0, row.exponent - self.exponent)
        empty = (self._pivot == 0.0) & (self._mean[B] == 0.0)
        off = np.where((more > _APART) | empty, more, 0.0)
        if off.any():
            down = -off.astype(np.int64)
            beside = down[self._compared]
            self._pivot = np.ldexp(self._pivot, down)
            for k, power in enumerate(_POWERS):
                self._mean[k] = np.ldexp(self._mean[k], power * down)
            for k, (i, j) in enumerate(_OWN):
                self._own[k] = np.ldexp(self._own[k], (_POWERS[i] + _POWERS[j]) * down)
            for k, (i, j) in enumerate(_CROSS):
                both = _POWERS[i] * down + _POWERS[j] * beside
                self._cross[k] = np.ldexp(self._cross[k], both)
            self.exponent = self.exponent + off
        beyond: Array = more - off
        return beyond

    def mean(self, at: int) -> tuple[float, float | None, int]:
        """Of all elements: value and error, both times 2**(the exponent)."""
        value = float(self._pivot[at] + self._mean[A, at])
        return value, self._error(self._own[0][at]), int(self.exponent[at])

    def std(self, at: int) -> Estimated:
        """ln of the std of all elements of all networks together."""
        square = self._square(at)
        if not square > 0.0:
            return Estimated(-math.inf if square == 0.0 else math.nan, None)
        log = 0.5 * math.log(square) + float(self.exponent[at]) * LN2
        to_a, to_b = self._changes_of(at)
        own = self._own[:, at]
        scatter = to_a * to_a * own[0] + 2.0 * to_a * to_b * own[1] + to_b * to_b * own[2]
        return Estimated(log, self._error(scatter))

    def rms(self, at: int) -> Estimated:
        """ln of the rms of all elements of all networks together."""
        a, b, p = float(self._mean[A, at]), float(self._mean[B, at]), float(self._pivot[at])
        square = b + 2.0 * p * a + p * p
        if not square > 0.0:
            return Estimated(-math.inf if square == 0.0 else math.nan, None)
        own = self._own[:, at]
        error = self._error(own[2] + 4.0 * p * own[1] + 4.0 * p * p * own[0])
        log = 0.5 * math.log(square) + float(self.exponent[at]) * LN2
        return Estimated(log, None if error is None else 0.5 * error / square)

    def typical(self, at: int) -> Estimated:
        """The mean over networks of ln std: of a typical network, where a few decide the former."""
        if self._zero[at]:
            return Estimated(-math.inf, None)
        return Estimated(float(self._mean[L, at]), self._error(self._own[3][at]))

    def growth(self, at: int, weight: float = 1.0) -> Estimated:
        """ln of std over that of what it is compared with, which is multiplied by ``weight``."""
        other = int(self._compared[at])
        own, before = self.std(at), self.std(other)
        if weight == 0.0 or not (math.isfinite(own.log) and math.isfinite(before.log)):
            return Estimated(math.nan, None)
        log = own.log - before.log - math.log(abs(weight))
        (a, b), (p, q) = self._changes_of(at), self._changes_of(other)
        one, two, both = self._own[:, at], self._own[:, other], self._cross[:, at]
        scatter = a * a * one[0] + 2.0 * a * b * one[1] + b * b * one[2]
        scatter += p * p * two[0] + 2.0 * p * q * two[1] + q * q * two[2]
        scatter -= 2.0 * (a * p * both[0] + a * q * both[1] + b * p * both[2] + b * q * both[3])
        return Estimated(log, self._error(scatter))

    def change(self, backward: bool) -> Estimated:
        """The mean over networks of ln std at the one end of the checkpoints less at the other."""
        at = int(backward)
        if self._lost:
            return Estimated(math.nan if backward else math.inf, None)
        start, end = self._ends[at]
        if self._zero[end] and not self._zero[start]:
            return Estimated(-math.inf, None)
        return Estimated(float(self._change[at]), self._error(float(self._changes[at])))

    def share(self, which: str, at: int) -> tuple[float, float | None] | None:
        """Of dead or of saturated units of a layer; None where there is no such thing."""
        mean, scatter = getattr(self, which)[:, at]
        return None if math.isnan(mean) else (float(mean), self._error(scatter))

    def spread(self, at: int) -> float:
        """The std over networks of ln std."""
        return math.sqrt(max(self._own[3][at], 0.0) / max(self.networks - 1, 1))

    def _square(self, at: int) -> float:
        """The variance of all elements: with the means' own scatter, n/(n − 1) is corrected for."""
        a, b = float(self._mean[A, at]), float(self._mean[B, at])
        n = self.networks
        more = float(self._own[0][at]) / (n * (n - 1)) if n > 1 else 0.0
        return b - a * a + more

    def _changes_of(self, at: int) -> tuple[float, float]:
        """How ln std changes with the means of a and of b."""
        square = self._square(at)
        return -float(self._mean[A, at]) / square, 0.5 / square

    def _error(self, scatter: float) -> float | None:
        n = self.networks
        if n < 2 or not math.isfinite(scatter):
            return None
        return math.sqrt(max(float(scatter), 0.0) / (n * (n - 1)))
