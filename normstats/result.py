"""What a run returns: plain, typed, immutable data."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Inputs:
    """Means and standard deviations of the normal inputs x and dy."""

    x_mean: float = 0.0
    x_std: float = 1.0
    dy_mean: float = 0.0
    dy_std: float = 1.0


@dataclass(frozen=True)
class Estimate:
    """One measured number: value, its standard error, the exact value if known.

    ``se`` is None where one sample gives none, ``exact`` is None where no exact value is known.
    ``precision`` bounds the error that is not from sampling: of the arithmetic, in absolute terms.
    """

    value: float
    se: float | None
    exact: float | None = None
    precision: float = 0.0

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
    """Exact values of one direction; None where there is none."""

    mean: float | None = None
    std: float | None = None
    rms: float | None = None
    zeros: float | None = None


@dataclass(frozen=True)
class Result:
    """One measured layer: ``forward`` is y, ``backward`` is dx."""

    layer: str
    params: Mapping[str, Any]
    inputs: Inputs
    samples: int
    seed: int
    stream: int
    threads: int
    elapsed_s: float
    interrupted: bool
    forward: Statistics
    backward: Statistics
    method: str = "plain"
    unit: str = "sample"
    units: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """For copies and for other processes, which do not take a read-only view of a dict."""
        return {**vars(self), "params": dict(self.params), "versions": dict(self.versions)}
