"""From independent repetitions, or from a run of the engine, to a number with its error."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from normstats.claims.claim import Measured
from normstats.result import Estimate
from normstats.values import Array

ROUNDING = 1e-12  # relative: repetitions that differ by no more do not differ


def over(values: npt.ArrayLike, step: float = 0.0) -> Measured:
    """The mean over independent repetitions, with its standard error.

    ``step`` is that of a grid on which each was found: it may lie anywhere in its step, so that
    repetitions that all give the same still have an error.
    """
    found = np.asarray(values, np.float64).ravel()
    n = found.size
    mean = float(found.mean())
    spread = math.hypot(float(np.std(found, ddof=1)), step / math.sqrt(12.0)) if n > 1 else math.inf
    se = spread / math.sqrt(n)
    return Measured(mean) if se <= ROUNDING * abs(mean) else Measured(mean, se, n)


def over_first(values: Array) -> list[Measured]:
    """One number for each column of a table whose rows are the repetitions."""
    return [over(column) for column in np.atleast_2d(values).T]


def proportion(hits: npt.ArrayLike) -> Measured:
    """The share of repetitions that something holds in.

    Its error is that of Agresti and Coull, who add two hits and two misses: where it holds in all
    of a few repetitions, the error is not 0.
    """
    found = np.asarray(hits, bool).ravel()
    n = found.size + 4
    share = (int(found.sum()) + 2) / n
    return Measured(float(found.mean()), math.sqrt(share * (1.0 - share) / n), found.size)


def geometric(logs: npt.ArrayLike) -> Measured:
    """The geometric mean of numbers whose logs are given: that of a typical repetition."""
    return exponential(over(logs))


def exponential(log: Measured) -> Measured:
    """The number that a log is of, by the delta method."""
    value = math.exp(log.value)
    return Measured(value, value * log.se, log.units)


def of(estimate: Estimate, units: int) -> Measured:
    """A number of a run; its error rests on as many units as the run says."""
    se = estimate.se or 0.0
    return Measured(estimate.value, math.hypot(se, estimate.precision), units)


def times(measured: Measured, factor: float) -> Measured:
    """Multiplied by a number that is known."""
    return Measured(measured.value * factor, measured.se * abs(factor), measured.units)


def ratio(above: Measured, below: Measured) -> Measured:
    """The quotient of two independent numbers, by the delta method."""
    value = above.value / below.value
    relative = math.hypot(above.se / above.value, below.se / below.value)
    return Measured(value, abs(value) * relative, min(above.units, below.units))


def slope(x: Sequence[float], y: npt.ArrayLike) -> Measured:
    """The slope of a straight line through repetitions (rows) of a curve, one slope for each."""
    place = np.asarray(x, np.float64) - np.mean(x)
    table = np.atleast_2d(np.asarray(y, np.float64))
    return over(table @ place / (place @ place))


def largest(values: npt.ArrayLike) -> Measured:
    """The largest of the repetitions, for differences that are nothing but rounding."""
    return Measured(float(np.max(values)))
