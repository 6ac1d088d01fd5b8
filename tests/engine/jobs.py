"""Jobs as the tests run them: from a layer as it is typed to its sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from normstats import registry
from normstats.engine.job import Blocks, LayerJob, Sums, Worker
from normstats.engine.threads import Outcome, run
from normstats.kernels.build import Kernel
from normstats.layer.base import Layer
from normstats.layer.params import Params
from normstats.moments.merge import Moments
from normstats.moments.statistics import statistics
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs
from normstats.runs.method import Method
from normstats.runs.run import Run
from normstats.values import Array

MOVED = Inputs(x_mean=0.7, x_std=1.3, dy_mean=-0.4, dy_std=0.5)


def parse(layer: str | Layer, params: Params | None = None) -> tuple[Layer, Params]:
    """A layer, typed or as an object, and its complete parameters."""
    if isinstance(layer, str):
        call = registry.parse_call(layer, params or {})
        return registry.layer_of(call), call.params
    return layer, layer.parse(params or {})


def job_of(
    layer: str | Layer,
    samples: int,
    seed: int = 0,
    inputs: Inputs | None = None,
    params: Params | None = None,
) -> LayerJob:
    """The job of a layer, by plain Monte Carlo with standard inputs or as it says.

    For example ``relu @ rqmc conditional moved``.
    """
    words = ["plain"]
    if isinstance(layer, str) and " @ " in layer:
        layer, _, rest = layer.partition(" @ ")
        words = rest.split()
    found, values = parse(layer, params)
    inputs = inputs or (MOVED if "moved" in words else Inputs())
    method = Method(words[0], "conditional" in words)
    return found.job(Run(Call.of(found.name, values), samples, seed, inputs, method))


def outcome(layer: str | Layer, samples: int, threads: int = 1, **more: Any) -> Outcome:
    """A whole run."""
    return run(job_of(layer, samples, **more), threads)


def hexes(moments: Moments) -> list[str]:
    """All that sums hold, and the errors that come of them, to the last bit."""
    found = statistics(moments)
    errors = [one.se for one in (found.mean, found.std, found.rms, found.zeros)]
    assert None not in errors
    numbers = [moments.pivot, *moments.total, *moments.scatter, *errors]
    return [str(moments.units), str(moments.elements), *(float(v).hex() for v in numbers)]


def bits(layer: str | Layer, samples: int, threads: int = 1, **more: Any) -> list[str]:
    """The sums of y and of dx of a run."""
    done = outcome(layer, samples, threads, **more)
    return hexes(done.forward) + hexes(done.backward)


@dataclass(frozen=True)
class Wrapped(LayerJob):
    """Another job, whose worker does something of its own about each block."""

    job: LayerJob
    around: Callable[[Worker, int], Sums]

    @property
    def unit(self) -> str:  # type: ignore[override]
        return self.job.unit

    @property
    def blocks(self) -> Blocks:
        return self.job.blocks

    @property
    def kernels(self) -> list[Kernel]:
        return self.job.kernels

    def values(self, wanted: int) -> tuple[Array, Array]:
        return self.job.values(wanted)

    def start(self) -> Callable[[], Worker]:
        make = self.job.start()

        def worker() -> Worker:
            one = make()
            return lambda block: self.around(one, block)

        return worker
