"""Two files of results against each other: how far apart, in the standard errors of both.

Runs of different seeds are independent, and judged as a family with one chance of a false alarm.
Of the same seed, inputs, method and number of samples the numbers have to be the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from normstats.check.comparison import Comparison
from normstats.check.noise import UNKNOWN, Noise, noises
from normstats.check.report import Document
from normstats.check.two_files import document
from normstats.errors import UsageError
from normstats.parts.saved import Saved
from normstats.reports.model import Case
from normstats.result import Estimate, Result
from normstats.result.document import estimates
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs
from normstats.runs.work import difference


def compared(one: Saved, other: Saved, alpha: float) -> Document:
    """The comparison of all layers that both have; UsageError if there are none."""
    pairs = list(_pairs(one, other))
    if not pairs:
        raise UsageError(
            "FILE", other.file, f"has no run that {one.file} has{_nearest(one, other)}"
        )
    found = [each for pair in pairs for each in _comparisons(*pair, (one.file, other.file))]
    alone = list(_alone(one, other, pairs))
    return document((one.file, other.file), len(pairs), found, alpha, _remarks(pairs), alone)


def _nearest(one: Saved, other: Saved) -> str:
    """How runs of the same layer differ, if there are any."""
    for a in one.results:
        for b in other.results:
            if a.layer == b.layer:
                return f": {a.layer} there has {difference(a.run, b.run, sizes=False)}"
    return ""


def _key(result: Result) -> tuple[Call, Inputs]:
    return result.run.call, result.inputs


def _pairs(one: Saved, other: Saved) -> Iterator[tuple[Result, Result]]:
    """The same layer with the same inputs; of several, the first with the first."""
    left = list(other.results)
    for result in one.results:
        match = next((each for each in left if _key(each) == _key(result)), None)
        if match is not None:
            left.remove(match)
            yield result, match


def is_same_run(a: Result, b: Result) -> bool:
    """Whether the same random numbers were taken in the same way: then all digits are the same."""
    ours, theirs = ((one.seed, one.stream, one.samples, one.method) for one in (a, b))
    return ours == theirs and not ({a.ended, b.ended} & {"partial"})


def _comparisons(a: Result, b: Result, words: tuple[str, str]) -> Iterator[Comparison]:
    same = is_same_run(a, b)
    plain = a.run.method.is_plain and b.run.method.is_plain
    exact = {name: one for name, one in noises(a).items() if one.is_exact} if plain else {}
    theirs = {(of, name): estimate for of, name, estimate in estimates(b)}
    for direction, statistic, ours in estimates(a):
        other = theirs.get((direction, statistic))
        quantity = f"{direction}.{statistic}"
        if other is None or (math.isnan(ours.value) and math.isnan(other.value)):
            continue
        known = exact.get(quantity)
        noise = known or _estimated(ours, other, a, b)
        yield Comparison(
            value=ours.value,
            reference=other.value,
            noise=Noise(0.0) if same else noise,
            samples=a.samples,
            others=b.samples if known and not same else 0,
            precision=0.0 if same else ours.precision + other.precision,
            group=a.run.name,
            name=f"{a.run.name} {quantity}",
            call=str(a.run.call),
            quantity=quantity,
            seed=a.seed,
            words=words,
        )


def _estimated(ours: Estimate, other: Estimate, a: Result, b: Result) -> Noise:
    """As that of one run of as many samples as the first."""
    if ours.se is None or other.se is None:
        return UNKNOWN
    freedom = max(min(a.units or a.samples, b.units or b.samples) - 1, 1)
    unit_se = math.hypot(ours.se, other.se) * math.sqrt(a.samples)
    return Noise(unit_se, freedom=freedom / a.samples)


def _remarks(pairs: Sequence[tuple[Result, Result]]) -> Iterator[str]:
    if any(is_same_run(*pair) for pair in pairs):
        yield "Of the same seed, method and number of samples all digits must be the same."
    if any(a.seed == b.seed and not is_same_run(a, b) for a, b in pairs):
        yield (
            "The same seed with other samples: the runs share random numbers, and are nearer to"
            " each other than their errors say. Another seed makes them independent."
        )


def _alone(one: Saved, other: Saved, pairs: Sequence[tuple[Result, Result]]) -> Iterator[Case]:
    """What only one of them has: nobody can say that it agrees."""
    for at, saved in enumerate((one, other)):
        for result in saved.results:
            if not any(pair[at] is result for pair in pairs):
                name = result.run.name
                yield Case(name, name, False, f"is only in {saved.file}: nothing to compare with")
