"""A number compared with another: how far off, in standard errors, and whether that is too far."""

from __future__ import annotations

import math
from dataclasses import dataclass

from normstats.check.noise import Noise
from normstats.check.threshold import quantile, widened

# Exact values are good to this part of the larger of mean and std.
ACCURACY = 1e-12


@dataclass(frozen=True)
class Comparison:
    """``value`` against ``reference``, whose difference has the standard error ``se``.

    ``precision`` bounds what is not from sampling. ``largest`` is the most that one sample can
    move the difference, in standard errors.
    """

    value: float
    reference: float
    se: float = 0.0
    precision: float = 0.0
    largest: float = 0.0
    freedom: float = math.inf

    @property
    def deviation(self) -> float:
        """Value − reference."""
        return self.value - self.reference

    @property
    def is_random(self) -> bool:
        """Whether sampling decides it; otherwise it is compared by its precision."""
        return self.se > self.precision

    @property
    def z(self) -> float | None:
        """The deviation in standard errors; None where there are none."""
        return self.deviation / math.hypot(self.se, self.precision) if self.is_random else None

    def threshold(self, chance: float) -> float | None:
        """What |z| exceeds by chance with this probability; None where nothing is random."""
        if not self.is_random:
            return None
        return widened(quantile(chance, self.freedom), self.largest)

    def drift(self, chance: float) -> float:
        """The deviation that is just not accepted."""
        threshold = self.threshold(chance)
        return self.precision if threshold is None else threshold * self.se

    def passes(self, chance: float) -> bool:
        """Whether the two agree."""
        threshold = self.threshold(chance)
        if not math.isfinite(self.deviation):
            return self.value == self.reference
        if threshold is None or self.z is None:
            return abs(self.deviation) <= self.precision
        return abs(self.z) <= threshold


def with_exact(
    value: float, exact: float, noise: Noise, samples: int, precision: float = 0.0
) -> Comparison:
    """A measured value against one without noise."""
    se = noise.se(samples)
    return Comparison(
        value,
        exact,
        se,
        precision,
        largest=noise.largest / (samples * se) if se > 0.0 else 0.0,
        freedom=noise.freedom * samples,
    )


def with_measured(
    value: float, other: float, noise: Noise, samples: int, others: int, precision: float = 0.0
) -> Comparison:
    """Two independent measurements of the same quantity, of ``samples`` and ``others`` samples."""
    errors = noise.se(samples), noise.se(others)
    se = math.hypot(*errors)
    fewest = min(samples, others)
    return Comparison(
        value,
        other,
        se,
        precision,
        largest=noise.largest / (fewest * se) if se > 0.0 else 0.0,
        # Never more freedom than the noisier of the two has.
        freedom=noise.freedom * fewest,
    )
