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
from dataclasses import replace

from normstats.engine.observer import Interrupted
from normstats.result import Estimate, Result
from normstats.result.result import INTERRUPTION, TARGET, TIME
from normstats.runs.method import RQMC
from normstats.runs.run import Run
from normstats.runs.target import Target

MISSED = "the target was not reached"
BEYOND = f"{MISSED}, nor can it be: values overflow, or float64 is not that precise"
INFINITE = f"{MISSED}, nor can it be: there is no error where a moment is infinite"

FIRST = 100_000
_MARGIN = 1.02  # of samples, so that the second guess mostly does


def excess(target: Target, result: Result) -> float:
    """The largest ratio of an error to what is wanted; inf where that is unknown.

    Where no standard error is known, but the exact value is, the distance from that counts.
    """
    return _largest(target, result, _error)


def floor(target: Target, result: Result) -> float:
    """The same of what no number of samples makes smaller: inf if powers overflow."""
    return _largest(target, result, _floor)


def missed(result: Result) -> bool:
    """Whether the run ended without reaching what was wanted."""
    return any(note in (MISSED, BEYOND) for note in result.notes)


def knows(result: Result) -> bool:
    """Whether there is a standard error for each mean and std."""
    sides = result.statistics.values()
    return all(one.se is not None for side in sides for one in (side.mean, side.std))


def never(result: Result) -> bool:
    """Whether a mean or std is infinite, so that no number of samples gives it an error."""
    sides = result.statistics.values()
    each = (one for side in sides for one in (side.mean, side.std))
    return any(one.heavy and one.exact is not None and math.isinf(one.exact) for one in each)


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
    run: Run, target: Target, perform: Callable[[Run], Result], begun: int | None = None
) -> Result:
    """Larger and larger runs until the target is met, or the samples or the time are over.

    ``begun`` is the size of the run that an earlier process was at.
    """
    most = run.method.samples_within(run.samples)
    samples, best = min(begun or FIRST, most), None
    while True:
        try:
            result = perform(replace(run, samples=samples, target=None))
        except Interrupted as stopped:
            if best is None or (stopped.result and stopped.result.samples > best.samples):
                raise
            raise Interrupted(replace(best, interrupted=True, ended=INTERRUPTION)) from None
        now = excess(target, result)
        if now <= 1.0:
            return replace(result, ended=TARGET)
        if result.ended == TIME:
            # Of evenly spread points, a few sequences are not the run of as many samples.
            sequences = run.method.name == RQMC
            if best is not None and (sequences or best.samples > result.samples):
                result = replace(best, ended=TIME)
            return replace(result, notes=(*result.notes, MISSED))
        if never(result):
            return replace(result, notes=(*result.notes, INFINITE))
        if floor(target, result) > 1.0:
            return replace(result, notes=(*result.notes, BEYOND))
        if result.samples >= most:
            return replace(result, notes=(*result.notes, MISSED))
        best = result
        # Sequences of points converge faster than independent samples: for them, try four times
        # as many. Where an error is unknown, ten times as many may tell it.
        growth = 4.0 if run.method.name == RQMC else now * now * _MARGIN
        growth = max(1.1, min(growth, 1e6)) if knows(result) else 10.0
        samples = min(round_up(samples * growth), most)
