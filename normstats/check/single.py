"""Single comparisons of the check, each with its name: what is compared with what."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from normstats import registry
from normstats.check import committed as tables
from normstats.check.committed import DIGITS, Committed, Number
from normstats.check.compare import ACCURACY, Comparison, with_exact, with_measured
from normstats.check.noise import BASE, DIRECTIONS, STATISTICS, Noise, noises
from normstats.published.catalogue import Constant, catalogue
from normstats.published.evaluate import truth
from normstats.published.quantity import transform
from normstats.result import Result, Statistics
from normstats.result.quantity import exact_quantity, from_result
from normstats.runs.inputs import STANDARD
from normstats.runs.run import Run
from normstats.tables.text import rounded

EXACT = "exact values"
MEASURED = "tables, measured"
COMMITTED = "tables against exact"
DIGITS_OF = "tables, digits"

# What the digits of the tables leave out of a number.
ROUNDING = 10.0 ** (1 - DIGITS)


@dataclass(frozen=True)
class Single:
    """A comparison with its name and what it rests on.

    ``std`` is that of the direction, in which a drift is told; ``se_from`` says how the standard
    error is known. ``where`` is the file of a committed number.
    """

    group: str
    name: str
    comparison: Comparison
    quantity: str
    call: str
    samples: int
    seed: int | None
    std: float | None = None
    se_from: str = ""
    where: str = ""
    elapsed_s: float = 0.0
    words: tuple[str, str] = ("measured", "exact")


@dataclass(frozen=True)
class Measured:
    """A finished measurement, with the noise of its statistics."""

    result: Result
    noise: Mapping[str, Noise]

    @property
    def run(self) -> Run:
        """What was measured."""
        return self.result.run


def measured(result: Result) -> Measured:
    """A result with its noise."""
    return Measured(result, noises(result))


def against_exact(found: Measured) -> Iterator[Single]:
    """The eight statistics of a layer against their exact values, as far as there are any.

    Tails that are too heavy for an error leave nothing to judge by.
    """
    result = found.result
    for direction in DIRECTIONS:
        side: Statistics = getattr(result, direction)
        scale = max(abs(side.mean.exact or 0.0), side.std.exact or 0.0)
        for statistic in STATISTICS:
            estimate = getattr(side, statistic)
            noise = found.noise.get(f"{direction}.{statistic}")
            if estimate.exact is None or estimate.heavy or noise is None:
                continue
            precision = estimate.precision
            if statistic != "zeros" and math.isfinite(scale):
                precision += ACCURACY * scale
            yield Single(
                group=EXACT,
                name=f"{found.run.name} {direction}.{statistic}",
                comparison=with_exact(
                    estimate.value, estimate.exact, noise, result.samples, precision
                ),
                quantity=f"{direction}.{statistic}",
                call=found.run.name,
                samples=result.samples,
                seed=result.seed,
                std=side.std.exact,
                se_from=_source(noise),
                elapsed_s=result.elapsed_s / (len(DIRECTIONS) * len(STATISTICS)),
            )


def _source(noise: Noise) -> str:
    return "exact fourth moments" if noise.is_exact else "the samples"


def against_tables(found: Iterable[Measured], committed: Committed) -> Iterator[Single]:
    """The tables' measured numbers against the new ones, and against the exact values of today."""
    results = {str(one.run.call): one for one in found if one.run.inputs == STANDARD}
    constants = _constants()
    for number in committed.numbers:
        one = results.get(number.call)
        if one is not None and number.measured is not None:
            constant = constants.get(number.id)
            if number.id and constant is None:
                continue  # said elsewhere: it is not in the catalogue any more
            yield from _number(number, number.measured, one, committed.runs.get(number.call))


def _number(
    number: Number, old: float, one: Measured, run: tables.Measured | None
) -> Iterator[Single]:
    result = one.result
    value, se, now = from_result(result, number.quantity)
    base = BASE.get(number.quantity, number.quantity)
    noise = one.noise.get(base)
    if value is None or se is None or noise is None or not number.samples:
        return
    # From the statistic to the quantity, and on to the units that it is published in.
    statistic = getattr(getattr(result, base.split(".")[0]), base.split(".")[1])
    shown, shown_se = transform(value, se, number.scale, number.power)
    if shown is None or shown_se is None:
        return
    if statistic.se:
        noise = noise.scaled(shown_se / statistic.se)
    exact, _ = transform(now, None, number.scale, number.power)
    rest = ROUNDING * abs(old) + statistic.precision
    same = run is not None and (run.samples, run.seed, run.stream) == (
        result.samples,
        result.seed,
        result.stream,
    )
    if same:  # the same random numbers: the same digits
        again = rounded(shown, DIGITS)
        comparison = Comparison(shown if again is None else again, old)
    else:
        comparison = with_measured(shown, old, noise, result.samples, number.samples, rest)
    single = Single(
        group=MEASURED,
        name=f"{number.file}: {number.name}",
        comparison=comparison,
        quantity=number.quantity,
        call=number.call,
        samples=result.samples,
        seed=result.seed,
        se_from=_source(noise),
        where=number.file,
        words=("measured", "committed"),
    )
    yield single
    if exact is not None:
        rest += ACCURACY * max(abs(exact), 1.0)
        yield replace(
            single,
            group=COMMITTED,
            comparison=with_exact(old, exact, noise, number.samples, rest),
            samples=number.samples,
            seed=None if run is None else run.seed,
            words=("committed", "exact"),
        )


@cache
def _exact_of(id: str) -> float | None:
    """The exact value of a published constant."""
    return truth(_constants()[id]).exact


def _constants() -> dict[str, Constant]:
    return {constant.id: constant for constant in catalogue()}


def digits(committed: Committed, wanted: Callable[[str], bool]) -> Iterator[Single]:
    """The tables' exact and published numbers against those of the package, digit by digit.

    ``wanted`` tells for a call whether it is looked at; numbers without one have the empty call.
    """
    constants = _constants()
    for number in committed.numbers:
        if not wanted(number.call):
            continue
        constant = constants.get(number.id)
        if constant is not None:
            exact = _exact_of(constant.id)
        elif number.call and not number.id:
            exact = exact_quantity(
                registry.exact(registry.parse_call(number.call)), number.quantity
            )
        else:
            exact = None
        if exact is not None and number.exact is not None:
            yield _same_digits(number, "exact", number.exact, exact)
        if constant is not None and constant.value is not None and number.published is not None:
            yield _same_digits(number, "published", number.published, constant.value)


def _same_digits(number: Number, what: str, old: float, now: float) -> Single:
    precision = ROUNDING * max(abs(old), abs(now), 1e-1)
    return Single(
        DIGITS_OF,
        f"{number.file}: {number.name} ({what})",
        Comparison(old, now, precision=precision),
        quantity=number.quantity,
        call=number.call,
        samples=0,
        seed=None,
        where=number.file,
        words=("committed", "now"),
    )


def missing(committed: Committed) -> tuple[list[Constant], list[str]]:
    """Constants of the catalogue that the tables lack, and ids that the catalogue lacks."""
    absent = [constant for constant in catalogue() if constant.id not in committed.ids]
    return absent, sorted(committed.ids - set(_constants()))


def largest_z(singles: Iterable[Single]) -> float:
    """The largest |z| of the random ones; 0 if there are none."""
    found = [abs(z) for single in singles if (z := single.comparison.z) is not None]
    return max((z for z in found if not math.isnan(z)), default=0.0)
