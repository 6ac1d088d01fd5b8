"""z as a whole: the sum of z² over the layers, which may be neither too large nor too small.

Mean, std, rms and zeros of one layer are correlated, different layers are independent, because
every layer has random numbers of its own. So each statistic is tested by itself, over the layers.
A sum that is too large tells of many small errors, or of standard errors that are too small; one
that is too small tells of standard errors that are too large, behind which a drift could hide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from normstats.check.single import Single
from normstats.check.threshold import chi_square_between, normal_score

TESTED = ("forward.mean", "forward.std", "backward.mean", "backward.std")

# A statistic that one sample can move by more than half a standard error is not normal enough.
MOST = 0.5


@dataclass(frozen=True)
class Whole:
    """The sum of z² of one statistic over so many layers, and what it should lie between."""

    quantity: str
    layers: int
    total: float
    low: float
    high: float

    @property
    def passed(self) -> bool:
        """Whether it does."""
        return self.low <= self.total <= self.high

    @property
    def message(self) -> str:
        """One sentence with the numbers."""
        sides = "too small" if self.total < self.low else "too large"
        return (
            f"the sum of z² over {self.layers} layers is {self.total:.4g}, expected {self.layers}, "
            f"allowed {self.low:.4g} to {self.high:.4g}" + ("" if self.passed else f": {sides}")
        )


def scores(singles: Iterable[Single], quantity: str) -> list[float]:
    """The z of one statistic as normal scores, of the layers where they are that."""
    found = []
    for single in singles:
        comparison = single.comparison
        z = comparison.z
        if single.quantity == quantity and z is not None and comparison.largest <= MOST:
            found.append(normal_score(z, comparison.freedom))
    return found


def test(quantity: str, zs: Sequence[float], chance: float) -> Whole:
    """``chance`` is that of a false alarm, at either end together."""
    low, high = chi_square_between(len(zs), chance / 2.0)
    return Whole(quantity, len(zs), sum(z * z for z in zs), low, high)


def tests(singles: Sequence[Single], chance: float) -> list[Whole]:
    """One test for each statistic that at least one layer has; ``chance`` is shared among them."""
    return [
        test(quantity, zs, chance / len(TESTED))
        for quantity in TESTED
        if (zs := scores(singles, quantity))
    ]
