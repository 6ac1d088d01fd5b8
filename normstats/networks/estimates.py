"""What sums over networks say of each number of the layout: means, stds, growth, with errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

from normstats.networks.sums import (
    CROSS_AT,
    DEAD,
    EXPONENT,
    LN2,
    MEAN,
    OWN_AT,
    PIVOT,
    SATURATED,
    ZERO,
    A,
    B,
    L,
    NetworkSums,
)
from normstats.values import Array


@dataclass(frozen=True)
class Estimated:
    """A natural logarithm with its standard error, None for one network; -inf is that of 0."""

    log: float
    se: float | None


class Estimates:
    """Of some networks; places are those of the layout."""

    def __init__(self, sums: NetworkSums) -> None:
        self._sums, self._numbers = sums, sums.numbers
        self.layout, self.networks = sums.layout, sums.networks
        self._mean = sums.numbers[MEAN]
        self._own, self._cross = sums.numbers[OWN_AT], sums.numbers[CROSS_AT]

    def mean(self, at: int) -> tuple[float, float | None, int]:
        """Of all elements: value and error, both times 2**(the exponent)."""
        value = float(self._numbers[PIVOT, at] + self._mean[A, at])
        return value, self._error(self._own[0][at]), int(self._numbers[EXPONENT, at])

    def std(self, at: int) -> Estimated:
        """ln of the std of all elements of all networks together."""
        square = self._square(at)
        if not square > 0.0:
            return Estimated(-math.inf if square == 0.0 else math.nan, None)
        log = 0.5 * math.log(square) + float(self._numbers[EXPONENT, at]) * LN2
        to_a, to_b = self._changes_of(at)
        own = self._own[:, at]
        scatter = to_a * to_a * own[0] + 2.0 * to_a * to_b * own[1] + to_b * to_b * own[2]
        return Estimated(log, self._error(scatter))

    def rms(self, at: int) -> Estimated:
        """ln of the rms of all elements of all networks together."""
        a, b = float(self._mean[A, at]), float(self._mean[B, at])
        p = float(self._numbers[PIVOT, at])
        square = b + 2.0 * p * a + p * p
        if not square > 0.0:
            return Estimated(-math.inf if square == 0.0 else math.nan, None)
        own = self._own[:, at]
        error = self._error(own[2] + 4.0 * p * own[1] + 4.0 * p * p * own[0])
        log = 0.5 * math.log(square) + float(self._numbers[EXPONENT, at]) * LN2
        return Estimated(log, None if error is None else 0.5 * error / square)

    def typical(self, at: int) -> Estimated:
        """The mean over networks of ln std: of a typical network, where a few decide the former."""
        if self._numbers[ZERO, at]:
            return Estimated(-math.inf, None)
        return Estimated(float(self._mean[L, at]), self._error(self._own[3][at]))

    def growth(self, at: int, weight: float = 1.0) -> Estimated:
        """ln of std over that of what it is compared with, which is multiplied by ``weight``."""
        other = int(self.layout.compared[at])
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
        if self._sums.lost:
            return Estimated(math.nan if backward else math.inf, None)
        start, end = self.layout.ends[at]
        if self._numbers[ZERO, end] and not self._numbers[ZERO, start]:
            return Estimated(-math.inf, None)
        return Estimated(*self._of(self._sums.changes[:, at]))

    def share(self, which: str, at: int) -> tuple[float, float | None] | None:
        """Of dead or of saturated units of a layer; None where there is no such thing."""
        row = {"dead": DEAD, "saturated": SATURATED}[which]
        mean, error = self._of(self._sums.shares[row : row + 2, at])
        return None if math.isnan(mean) else (mean, error)

    def spread(self, at: int) -> float:
        """The std over networks of ln std."""
        return math.sqrt(max(self._own[3][at], 0.0) / max(self.networks - 1, 1))

    def _of(self, pair: Array) -> tuple[float, float | None]:
        """A mean over networks, and its error from the scatter."""
        return float(pair[0]), self._error(float(pair[1]))

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
