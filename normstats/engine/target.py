"""How many samples a wanted standard error takes.

A run with a target is a sequence of complete runs of growing, round sizes. Each is the run that
``--samples`` with that number would be, and the last one is the result: it can be reproduced by its
number of samples alone. How large the next one has to be is estimated from the errors of the last.

Optional stopping has a price. The size depends on the data through the estimated errors, and with a
relative target through the std itself; where these go together with the estimates (any skewed
quantity) the result is biased, by a fraction of its own error: 0.2 SE were measured for the std of
exp near 1e5 samples, and it falls as n grows. A run also stops a little sooner where it happens
to underestimate its error, by a share of order 1/√n (for rqmc, with 128 sequences, some 5 %). Who
wants neither repeats the run with the n that was found and another seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from normstats.engine.observer import Interrupted
from normstats.errors import UsageError
from normstats.result import Estimate, Result
from normstats.values import finite_number

MISSED = "the target was not reached"
BEYOND = f"{MISSED}, nor can it be: values overflow, or float64 is not that precise"

FIRST = 100_000
TARGET_SAMPLES = 10**12  # the most, unless a smaller number is given
_MARGIN = 1.02  # of samples, so that the second guess mostly does


@dataclass(frozen=True)
class Target:
    """Standard errors wanted for mean and std of y and dx: absolute, or in units of the std."""

    se: float | None = None
    rel: float | None = None

    def excess(self, result: Result) -> float:
        """The largest ratio of an error to what is wanted; inf where that is unknown.

        Where no standard error is known, but the exact value is, the distance from that counts.
        """
        return self._largest(result, _error)

    def floor(self, result: Result) -> float:
        """The same of what no number of samples makes smaller: inf if powers overflow."""
        return self._largest(result, _floor)

    @staticmethod
    def knows(result: Result) -> bool:
        """Whether there is a standard error for each of them."""
        sides = (result.forward, result.backward)
        return all(one.se is not None for side in sides for one in (side.mean, side.std))

    def _largest(self, result: Result, error: Callable[[Estimate], float]) -> float:
        ratios = [0.0]
        for side in (result.forward, result.backward):
            worst = max(error(side.mean), error(side.std))
            if not math.isfinite(side.mean.value + side.std.value):
                return math.inf
            if self.se is not None:
                ratios.append(worst / self.se)
            if self.rel is not None and worst > 0.0:
                std = side.std.value or side.std.exact
                ratios.append(worst / self.rel / std if std else math.inf)
        return max(ratios)


def _error(one: Estimate) -> float:
    if one.se is not None:
        return one.se
    return math.inf if one.exact is None else abs(one.value - one.exact)


def _floor(one: Estimate) -> float:
    return math.inf if one.se is None and one.exact is None else one.precision


def parse_target(se: Any, rel: Any) -> Target | None:
    """A target from --target-se and --target-rel; None if neither is given."""

    def number(option: str, value: Any) -> float | None:
        if value is None:
            return None
        try:
            result = finite_number(value)
        except (TypeError, ValueError, OverflowError):
            result = 0.0
        if result <= 0.0:
            raise UsageError(option, value, "must be a finite number above 0")
        return result

    target = Target(number("--target-se", se), number("--target-rel", rel))
    return None if target == Target() else target


def round_up(samples: float) -> int:
    """The next whole number with two significant digits: the checkpoints are these."""
    step = int(10 ** max(math.floor(math.log10(samples)) - 1, 0))
    return math.ceil(samples / step) * step


def run_until(target: Target, most: int, run: Callable[[int], Result]) -> Result:
    """Larger and larger runs until the target is met or ``most`` samples are reached."""
    samples, best = min(FIRST, most), None
    while True:
        try:
            result = run(samples)
        except Interrupted as stopped:
            if best is None or (stopped.result and stopped.result.samples > best.samples):
                raise
            raise Interrupted(replace(best, interrupted=True)) from None
        excess = target.excess(result)
        if excess <= 1.0:
            return result
        if target.floor(result) > 1.0:
            return replace(result, notes=(*result.notes, BEYOND))
        if result.samples >= most:
            return replace(result, notes=(*result.notes, MISSED))
        best = result
        # Sequences of points converge faster than independent samples: for them, try four times
        # as many. Where an error is unknown, ten times as many may tell it.
        growth = 4.0 if result.method.startswith("rqmc") else excess * excess * _MARGIN
        growth = max(1.1, min(growth, 1e6)) if target.knows(result) else 10.0
        samples = min(round_up(samples * growth), most)
