"""What a check measures: what its sources want, once each, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from normstats import registry
from normstats.check.noise import Noise, noises
from normstats.published.quantity import transform
from normstats.result import Result
from normstats.result.quantity import from_result, rule
from normstats.runs.call import Call
from normstats.runs.counts import SEED_LIMIT
from normstats.runs.run import Run
from normstats.tables.budget import samples_for
from normstats.tables.jobs import Wanted

DEFAULT_SAMPLES = "5e7"
SLOWER = 4  # a point that is evenly spread takes the time of so many samples

Measure = Callable[[Run], Result]


class Quantity(NamedTuple):
    """A quantity of a measured layer; ``se`` is that of the samples, ``noise`` what it ought to be.

    All are None where the quantity does not exist or is not known.
    """

    value: float | None
    se: float | None
    exact: float | None
    noise: Noise
    precision: float


@dataclass(frozen=True)
class Measured:
    """A finished measurement, with the noise of its statistics."""

    result: Result

    @cached_property
    def noise(self) -> Mapping[str, Noise]:
        """The noise of each statistic, "forward.mean" and so on."""
        return noises(self.result)

    @property
    def run(self) -> Run:
        """What was measured."""
        return self.result.run

    @property
    def wanted(self) -> Wanted:
        """What it was measured for."""
        return Wanted.of(self.run)

    def quantity(self, name: str, scale: float = 1.0, power: float = 1.0) -> Quantity:
        """scale · quantity^power of y or dx."""
        value, se, exact = from_result(self.result, name)
        exact, _ = transform(exact, None, scale, power)
        value, se = transform(value, se, scale, power)
        found = rule(name)
        noise = self.noise[found.base]
        of = getattr(self.result.statistics[found.direction], found.statistic)
        if of.se and se is not None:
            noise = noise.scaled(se / of.se)
        return Quantity(value, se, exact, noise, of.precision)


@dataclass(frozen=True)
class Layers:
    """The layers that were measured.

    ``are_all``: nothing is missing. ``interruption`` says that Ctrl-C came first, if it did.
    """

    done: Sequence[Measured]
    are_all: bool
    interruption: str = ""

    @cached_property
    def found(self) -> Mapping[Wanted, Measured]:
        """The layers by what they were measured for."""
        return {one.wanted: one for one in self.done}


def runs(wanted: Iterable[Wanted], samples: int, seed: int) -> list[Run]:
    """Each of them once.

    The same layer with other inputs or by another method would get the same random numbers: it
    gets the next seed.
    """
    found: list[Run] = []
    times: dict[Call, int] = {}
    for call, inputs, method in dict.fromkeys(wanted):
        own = (seed + times.get(call, 0)) % SEED_LIMIT
        times[call] = times.get(call, 0) + 1
        size = samples_for(call, samples if method.is_plain else samples // SLOWER)
        found.append(Run(call, size, own, inputs, method))
    return found


def restricted(wanted: Sequence[Wanted], names: Sequence[str]) -> list[Wanted]:
    """Only what is asked for: everything of a layer by its name, or one by its call.

    A call that is not wanted by anybody is measured all the same. Raises UsageError for what is not
    a layer.
    """
    found: list[Wanted] = []
    for text in names:
        call = registry.parse_call(text)
        listed = [one for one in wanted if one.call.layer == call.layer]
        if "(" in text or not listed:
            listed = [one for one in listed if one.call == call] or [Wanted(call)]
        found += listed
    return found if names else list(wanted)


def measure_all(todo: Sequence[Run], measure: Measure, are_all: bool) -> Layers:
    """Whole layers only; Ctrl-C ends it early. ``are_all``: there are no others.

    Raises KeyboardInterrupt if that came before the first layer was done.
    """
    done: list[Measured] = []
    try:
        for run in todo:
            done.append(Measured(measure(run)))
    except KeyboardInterrupt:
        if not done:
            raise
    if len(done) < len(todo):
        return Layers(done, False, f"INTERRUPTED after {len(done)} of {len(todo)} measurements")
    return Layers(done, are_all)
