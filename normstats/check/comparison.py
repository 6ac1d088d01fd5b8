"""A number compared with another: how far off, in standard errors, and whether that is too far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from normstats.check.noise import SILENT, Noise
from normstats.check.threshold import quantile, widened
from normstats.numerals.digits import significant
from normstats.numerals.quantities import count
from normstats.reports.model import Case

# Exact values are good to this part of the larger of mean and std.
ACCURACY = 1e-12

# 95 % of normal deviates are below this.
ONE_SIDED = 1.645

BLIND = "a few large values decide it, so the measurement cannot tell"


@dataclass(frozen=True)
class Comparison:
    """``value`` against ``reference``, with its name and what it rests on.

    ``noise`` is that of the value, which is of ``samples`` samples, and of the reference if that is
    of ``others``; ``precision`` bounds what is not from sampling. ``words`` say what the two are.
    ``std`` is that of the direction, in which a drift is told. ``independent``: no other comparison
    of the same statistic has the same random numbers, so its z counts in z as a whole.
    """

    value: float
    reference: float
    noise: Noise = SILENT
    samples: int = 0
    others: int = 0
    precision: float = 0.0
    group: str = ""
    name: str = ""
    call: str = ""
    quantity: str = ""
    seed: int | None = None
    words: tuple[str, str] = ("measured", "exact")
    std: float | None = None
    independent: bool = False
    elapsed_s: float = 0.0

    @property
    def deviation(self) -> float:
        """Value − reference."""
        return self.value - self.reference

    @property
    def relative(self) -> float | None:
        """The deviation as a part of the reference; None where that is 0."""
        return self.deviation / abs(self.reference) if self.reference else None

    @property
    def se(self) -> float:
        """The standard error of the deviation."""
        errors = [self.noise.se(n) for n in (self.samples, self.others) if n]
        return math.hypot(*errors)

    @property
    def largest(self) -> float:
        """The most that one sample can move the deviation, in standard errors."""
        return self.noise.largest / (self._fewest * self.se) if self.se > 0.0 else 0.0

    @property
    def freedom(self) -> float:
        """The degrees of freedom of the error: never more than the noisier of the two has."""
        return self.noise.freedom * self._fewest

    @property
    def _fewest(self) -> int:
        return min(self.samples, self.others or self.samples)

    @property
    def is_random(self) -> bool:
        """Whether sampling decides it; otherwise it is compared by its precision."""
        return math.isfinite(self.se) and self.se > self.precision

    @property
    def is_blind(self) -> bool:
        """Whether nothing is known of its error: any finite value agrees then."""
        return math.isinf(self.se)

    @property
    def se_from(self) -> str | None:
        """How the standard error is known, if it counts."""
        return self.noise.known_from if self.is_random else None

    @property
    def z(self) -> float | None:
        """The deviation in standard errors; None where there are none."""
        return self.deviation / math.hypot(self.se, self.precision) if self.is_random else None

    @property
    def remark(self) -> str:
        """What people are told below all comparisons, if anything."""
        return ""

    def threshold(self, chance: float) -> float | None:
        """What |z| exceeds by chance with this probability; None where nothing is random."""
        if not self.is_random:
            return None
        return widened(quantile(chance, self.freedom), self.largest)

    def drift(self, chance: float) -> float:
        """The deviation that is just not accepted."""
        if self.is_blind:
            return math.inf
        threshold = self.threshold(chance)
        return self.precision if threshold is None else threshold * self.se

    def seen(self, chance: float) -> float:
        """The deviation that is found 19 times of 20, or always where no chance is in it."""
        return self.drift(chance) + (ONE_SIDED * self.se if self.is_random else self.precision)

    def passes(self, chance: float) -> bool:
        """Whether the two agree."""
        if not math.isfinite(self.deviation):
            return self.value == self.reference
        threshold = self.threshold(chance)
        if threshold is None or self.z is None:
            return self.is_blind or abs(self.deviation) <= self.precision
        return abs(self.z) <= threshold

    def case(self, chance: float) -> Case:
        """What is reported of it, at this chance of a false alarm."""
        passed, numbers = self.passes(chance), self.numbers(chance)
        return Case(self.group, self.name, passed, self.sentence(chance), numbers, self.elapsed_s)

    def numbers(self, chance: float) -> dict[str, Any]:
        """Everything that machines read."""
        drift = None if self.is_blind else self.drift(chance)
        reference = abs(self.reference)
        return {
            "layer": self.call,
            "quantity": self.quantity,
            "value": self.value,
            "reference": self.reference,
            "deviation": self.deviation,
            "relative": self.relative,
            "se": self.se if self.is_random else None,
            "se_from": self.se_from,
            "z": self.z,
            "threshold": self.threshold(chance),
            "precision": self.precision,
            "drift": drift,
            "drift_relative": drift / reference if drift is not None and reference else None,
            "drift_in_std": drift / self.std if drift is not None and self.std else None,
            "samples": self.samples or None,
            "seed": self.seed,
        }

    def sentence(self, chance: float) -> str:
        """The same in words, all numbers in it."""
        what, other = self.words
        sampled = f" (n = {count(self.samples)}, seed {self.seed})" if self.samples else ""
        text = f"{what} {significant(self.value)}{sampled}, {other} {significant(self.reference)}, "
        text += f"off by {self.deviation:+.3g}"
        if self.relative is not None:
            text += f" ({self.relative:+.2%})"
        if self.is_blind:
            return f"{text}; {BLIND}"
        limit = self.threshold(chance)
        if self.z is None or limit is None:
            return f"{text}, allowed ±{self.precision:.2g}"
        text += f", SE of that {self.se:.3g} from {self.se_from}"
        return f"{text}, z = {self.z:+.2f}, allowed ±{limit:.2f}"
