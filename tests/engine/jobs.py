"""Jobs as the tests run them: from a layer as it is typed to its sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from normstats.engine.job import Blocks, Job, Worker
from normstats.engine.method import Method
from normstats.engine.threads import Outcome, run
from normstats.kernels.build import Kernel
from normstats.layers import registry
from normstats.layers.base import Layer, Params
from normstats.moments.merge import Moments
from normstats.result import Inputs


def parse(layer: str | Layer, params: Params | None = None) -> tuple[Layer, Params]:
    """A layer, typed or as an object, and its complete parameters."""
    if isinstance(layer, str):
        return registry.parse_call(layer, params or {})
    return layer, layer.parse(params or {})


def job_of(
    layer: str | Layer,
    samples: int,
    seed: int = 0,
    inputs: Inputs | None = None,
    params: Params | None = None,
) -> Job:
    """The job of a layer, by plain Monte Carlo or as it says: ``relu @ rqmc conditional``."""
    name, conditional = "plain", False
    if isinstance(layer, str) and " @ " in layer:
        layer, _, method = layer.partition(" @ ")
        name, conditional = method.split()[0], method.endswith("conditional")
    found, values = parse(layer, params)
    return found.job(values, inputs or Inputs(), seed, samples, Method(name, conditional))


def outcome(layer: str | Layer, samples: int, threads: int = 1, **more: Any) -> Outcome:
    """A whole run."""
    return run(job_of(layer, samples, **more), threads)


def hexes(moments: Moments) -> list[str]:
    """All that sums hold, to the last bit."""
    numbers = [moments.pivot, *moments.total, *moments.scatter]
    return [str(moments.units), str(moments.elements), *(float(v).hex() for v in numbers)]


def bits(layer: str | Layer, samples: int, threads: int = 1, **more: Any) -> list[str]:
    """The sums of y and of dx of a run."""
    done = outcome(layer, samples, threads, **more)
    return hexes(done.forward) + hexes(done.backward)


@dataclass(frozen=True)
class Wrapped(Job):
    """Another job, whose worker does something of its own about each block."""

    job: Job
    around: Callable[[Worker, int], tuple[Moments, Moments]]

    @property
    def unit(self) -> str:  # type: ignore[override]
        return self.job.unit

    @property
    def blocks(self) -> Blocks:
        return self.job.blocks

    @property
    def kernels(self) -> list[Kernel]:
        return self.job.kernels

    def start(self) -> Callable[[], Worker]:
        make = self.job.start()

        def worker() -> Worker:
            one = make()
            return lambda block: self.around(one, block)

        return worker
