"""What a run returns: plain, typed, immutable data."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from normstats.frozen import Frozen
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run


@dataclass(frozen=True)
class Estimate:
    """One measured number: value, its standard error, the exact value if known.

    ``se`` is None where one sample gives none, ``exact`` is None where no exact value is known.
    ``precision`` bounds the error that is not from sampling: of the arithmetic, in absolute terms.
    ``heavy`` says that there is no error because the tails are too heavy for one.
    """

    value: float
    se: float | None
    exact: float | None = None
    precision: float = 0.0
    heavy: bool = False

    @property
    def z(self) -> float | None:
        """Deviation from the exact value in standard errors; None if either is unknown.

        The arithmetic's precision counts as an error, too, so that a statistic that does not vary
        is not judged by its last digit. One without any error gives 0 if it equals the exact value
        and the largest finite float with the sign of the deviation if it does not.
        """
        if self.se is None or self.exact is None:
            return None
        deviation = self.value - self.exact
        error = math.hypot(self.se, self.precision)
        if not (math.isfinite(deviation) and math.isfinite(error)):
            return None
        if error > 0.0:
            return deviation / error
        return math.copysign(sys.float_info.max, deviation) if deviation else 0.0


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


NO_VERSIONS: Frozen[str] = Frozen()


@dataclass(frozen=True)
class Result:
    """What came of a run: statistics of each quantity, "forward" of y and "backward" of dx.

    ``samples`` are those that were drawn: what the run's method and target made of its own, or
    fewer after an interruption. ``units`` are the independent ones among them.
    """

    run: Run
    samples: int
    threads: int
    elapsed_s: float
    interrupted: bool
    statistics: Mapping[str, Statistics]
    unit: str = "sample"
    units: int = 0
    versions: Mapping[str, str] = NO_VERSIONS
    notes: tuple[str, ...] = ()

    @property
    def layer(self) -> str:
        """The layer's name."""
        return self.run.call.layer

    @property
    def params(self) -> Mapping[str, Any]:
        """All its parameters."""
        return self.run.call.params

    @property
    def inputs(self) -> Inputs:
        """What x and dy were drawn from."""
        return self.run.inputs

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.run.seed

    @property
    def stream(self) -> int:
        """The version of the random stream."""
        return self.run.stream

    @property
    def method(self) -> str:
        """plain, antithetic or rqmc, then conditional if it was."""
        return str(self.run.method)

    @property
    def forward(self) -> Statistics:
        """Of y."""
        return self.statistics["forward"]

    @property
    def backward(self) -> Statistics:
        """Of dx."""
        return self.statistics["backward"]
