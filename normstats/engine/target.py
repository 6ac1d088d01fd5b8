"""How many samples a wanted standard error takes.

A run with a target is a sequence of complete runs of growing, round sizes. Each is the run that
``samples`` of that number would be, and the last one is the result: it can be reproduced by its
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
from typing import Any, ClassVar, Protocol, TypeVar

from normstats.engine.observer import Interrupted
from normstats.result import Estimate, Result
from normstats.result.result import INTERRUPTION, TARGET, TIME
from normstats.runs.method import RQMC
from normstats.runs.run import Run
from normstats.runs.target import Target
from normstats.runs.work import Work

MISSED = "the target was not reached"
BEYOND = f"{MISSED}, nor can it be: values overflow, or float64 is not that precise"
INFINITE = f"{MISSED}, nor can it be: there is no error where a moment is infinite"

FIRST = 100_000  # samples
_MARGIN = 1.02  # of samples, so that the second guess mostly does


class Measured(Protocol):
    """What a result of any kind of run says of how it went; results are dataclasses."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def size(self) -> int:
        """Samples, or networks, that were drawn."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said beside."""

    @property
    def ended(self) -> str:
        """What came first."""


M = TypeVar("M", bound=Measured)


@dataclass(frozen=True)
class Reached:
    """How far a result is from what is wanted.

    ``excess`` is the largest ratio of an error to what is wanted, inf where that is unknown;
    ``floor`` the same of what no number of draws makes smaller, inf if powers overflow. ``known``
    says whether all errors are, ``never`` whether a moment is infinite, so that there is no error.
    """

    excess: float
    floor: float = 0.0
    known: bool = True
    never: bool = False


def reached(target: Target, result: Result) -> Reached:
    """By a layer's result. Where there is no error, the distance from the exact value counts."""
    each = [one for side in result.statistics.values() for one in (side.mean, side.std)]
    return Reached(
        excess=_largest(target, result, _error),
        floor=_largest(target, result, _floor),
        known=all(one.se is not None for one in each),
        never=any(one.heavy and one.exact is not None and math.isinf(one.exact) for one in each),
    )


def missed(result: Measured) -> bool:
    """Whether the run ended without reaching what was wanted."""
    return any(note in (MISSED, BEYOND) for note in result.notes)


def _largest(target: Target, result: Result, error: Callable[[Estimate], float]) -> float:
    ratios = [0.0]
    for side in result.statistics.values():
        worst = max(error(side.mean), error(side.std))
        if not math.isfinite(side.mean.value + side.std.value):
            return math.inf
        if target.se is not None:
            ratios.append(worst / target.se)
        if target.rel is not None and worst > 0.0:
            std = side.std.value or side.std.exact
            ratios.append(worst / target.rel / std if std else math.inf)
    return max(ratios)


def _error(one: Estimate) -> float:
    if one.se is not None:
        return one.se
    return math.inf if one.exact is None else abs(one.value - one.exact)


def _floor(one: Estimate) -> float:
    return math.inf if one.se is None and one.exact is None else one.precision


def round_up(samples: float) -> int:
    """The next whole number with two significant digits: the checkpoints are these."""
    step = int(10 ** max(math.floor(math.log10(samples)) - 1, 0))
    return math.ceil(samples / step) * step


def run_until(
    run: Work, perform: Callable[[Any], M], judge: Callable[[Target, M], Reached], first: int
) -> M:
    """Larger and larger runs until the target is met, or the samples or the time are over.

    The first one has the size ``first``, which may be where an earlier process was at.
    """
    assert run.target is not None
    size, best = min(first, run.most), None
    while True:
        try:
            result = perform(run.sized(size))
        except Interrupted as stopped:
            if best is None or (stopped.found and stopped.found.size > best.size):
                raise
            raise Interrupted(replace(best, interrupted=True, ended=INTERRUPTION)) from None
        now = judge(run.target, result)
        if now.excess <= 1.0:
            return replace(result, ended=TARGET)
        if result.ended == TIME:
            # Of evenly spread points, a few sequences are not the run of as many samples.
            if best is not None and (_spreads(run) or best.size > result.size):
                result = replace(best, ended=TIME)
            return replace(result, notes=(*result.notes, MISSED))
        if now.never:
            return replace(result, notes=(*result.notes, INFINITE))
        if now.floor > 1.0:
            return replace(result, notes=(*result.notes, BEYOND))
        if result.size >= run.most:
            return replace(result, notes=(*result.notes, MISSED))
        best = result
        # Sequences of points converge faster than independent samples: for them, try four times
        # as many. Where an error is unknown, ten times as many may tell it.
        growth = 4.0 if _spreads(run) else now.excess * now.excess * _MARGIN
        growth = max(1.1, min(growth, 1e6)) if now.known else 10.0
        size = min(round_up(size * growth), run.most)


def _spreads(run: Work) -> bool:
    return isinstance(run, Run) and run.method.name == RQMC
