"""The numbers of a result: measured with their errors, and exact."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from normstats.numerals.digits import with_error

STATISTICS = ("mean", "std", "rms", "zeros")


@dataclass(frozen=True)
class Estimate:
    """One measured number: value, its standard error, the exact value if known.

    ``se`` is None where one sample gives none, ``exact`` is None where no exact value is known.
    ``precision`` bounds the error that is not from sampling: of the arithmetic, in absolute terms.
    ``heavy`` says that there is no error because the tails are too heavy for one, ``rough`` that a
    few large values decide the number and its error: a deviation in such errors says nothing.
    """

    value: float
    se: float | None
    exact: float | None = None
    precision: float = 0.0
    heavy: bool = False
    rough: bool = False

    @property
    def z(self) -> float | None:
        """Deviation from the exact value in standard errors; None if one is unknown or ``rough``.

        The arithmetic's precision counts as an error, too, so that a statistic that does not vary
        is not judged by its last digit. One without any error gives 0 if it equals the exact value
        and the largest finite float with the sign of the deviation if it does not.
        """
        if self.se is None or self.exact is None or self.rough:
            return None
        deviation = self.value - self.exact
        error = math.hypot(self.se, self.precision)
        if not (math.isfinite(deviation) and math.isfinite(error)):
            return None
        if error > 0.0:
            return deviation / error
        return math.copysign(sys.float_info.max, deviation) if deviation else 0.0

    def __str__(self) -> str:
        """``0.39894 ± 0.00006``."""
        return with_error(self.value, self.se)


@dataclass(frozen=True)
class Statistics:
    """The four statistics of one direction, pooled over elements and samples."""

    mean: Estimate
    std: Estimate
    rms: Estimate
    zeros: Estimate


@dataclass(frozen=True)
class Exact:
    """Exact values of one direction; None where there is none, and inf where that is the value.

    ``mean_from`` and ``std_from`` are numbers of elements: from so many on, a standard error of the
    mean, or of std and rms, means something. They are inf where the moment that such an error is
    estimated from is infinite, and large where only rare samples make it what it is.
    """

    mean: float | None = None
    std: float | None = None
    rms: float | None = None
    zeros: float | None = None
    mean_from: float = 0.0
    std_from: float = 0.0
