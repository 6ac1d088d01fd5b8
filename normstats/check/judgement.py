"""One judgement of all comparisons of all sources, with one chance of a false alarm.

alpha is the chance that anything at all is reported although everything is right. It is shared out
equally among the comparisons that sampling decides (Bonferroni, which holds however they are
correlated). Where independent layers are compared, half of it goes to z as a whole: the sum of z²
over the layers, which may be neither too large nor too small. Mean, std, rms and zeros of one layer
are correlated, different layers are independent; so each statistic is tested by itself. A sum that
is too large tells of many small errors, or of standard errors that are too small; one that is too
small tells of standard errors that are too large, behind which a drift could hide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from normstats.check import threshold
from normstats.check.comparison import Comparison
from normstats.reports.model import Case

WHOLE = "z as a whole"
TESTED = ("forward.mean", "forward.std", "backward.mean", "backward.std")

# A statistic that one sample can move by more than half a standard error is not normal enough.
MOST = 0.5


def scores(comparisons: Iterable[Comparison], quantity: str) -> list[float]:
    """The z of one statistic as normal scores, of the layers where they are that."""
    return [
        threshold.normal_score(one.z, one.freedom)
        for one in comparisons
        if one.independent and one.quantity == quantity
        if one.z is not None and one.largest <= MOST
    ]


def whole(quantity: str, zs: Sequence[float], chance: float) -> Case:
    """The sum of z² of one statistic, with this chance of a false alarm at either end together."""
    low, high = threshold.chi_square_between(len(zs), chance / 2.0)
    total = sum(z * z for z in zs)
    passed = low <= total <= high
    message = (
        f"the sum of z² over {len(zs)} layers is {total:.4g}, expected {len(zs)}, "
        f"allowed {low:.4g} to {high:.4g}"
    )
    if not passed:
        message += ": too small" if total < low else ": too large"
    numbers = {
        "quantity": quantity,
        "value": total,
        "reference": len(zs),
        "low": low,
        "high": high,
    }
    return Case(WHOLE, f"{quantity}, Σz²", passed, message, numbers)


@dataclass(frozen=True)
class Judgement:
    """All comparisons, what else the sources found, and the chance of a false alarm at all."""

    alpha: float
    comparisons: Sequence[Comparison]
    settled: Sequence[Case] = ()

    @cached_property
    def random(self) -> Sequence[Comparison]:
        """Those that sampling decides."""
        return [one for one in self.comparisons if one.is_random]

    @cached_property
    def halved(self) -> bool:
        """Whether half of the chance is for z as a whole."""
        return any(one.independent for one in self.comparisons)

    @cached_property
    def chance(self) -> float:
        """That of a false alarm in one of the random comparisons."""
        return threshold.share(self.alpha / (1.0 + self.halved), len(self.random))

    @cached_property
    def wholes(self) -> Sequence[Case]:
        """One test for each statistic that at least one layer has."""
        chance = self.alpha / 2.0 / len(TESTED)
        found = ((quantity, scores(self.comparisons, quantity)) for quantity in TESTED)
        return [whole(quantity, zs, chance) for quantity, zs in found if zs]

    @cached_property
    def cases(self) -> Sequence[Case]:
        """What is reported of each."""
        cases = [one.case(self.chance) for one in self.comparisons]
        return [*cases, *self.wholes, *self.settled]


def judge(found: Iterable[Comparison | Case], alpha: float) -> Judgement:
    """What all sources have found, judged."""
    everything = list(found)
    comparisons = [one for one in everything if isinstance(one, Comparison)]
    return Judgement(alpha, comparisons, [one for one in everything if isinstance(one, Case)])


def largest_z(comparisons: Iterable[Comparison]) -> float:
    """The largest |z| of those that have one; 0 if there are none."""
    found = [abs(one.z) for one in comparisons if one.z is not None and not math.isnan(one.z)]
    return max(found, default=0.0)
