"""The work of a chain's run, for the engine: a block is one network."""

from __future__ import annotations

import math
from collections.abc import Callable

from normstats.engine.job import Blocks, Job, Sums, Worker
from normstats.kernels.build import Kernel
from normstats.networks import memory
from normstats.networks.estimates import Estimated, Estimates
from normstats.networks.layout import layout
from normstats.networks.propagate import Network
from normstats.networks.result import Number
from normstats.networks.run import ChainRun
from normstats.networks.sums import NetworkSums
from normstats.result import Estimate, Statistics

_UNKNOWN = Estimate(math.nan, None)


class ChainJob(Job):
    """Networks one after the other, each with the memory of one."""

    counted = "networks"

    def __init__(self, run: ChainRun) -> None:
        self._run = run
        self._first: Network | None = None

    @property
    def unit(self) -> str:
        return "network"

    @property
    def blocks(self) -> Blocks:
        return Blocks(self._run.networks, 1)

    @property
    def kernels(self) -> list[Kernel]:
        self._first = self._first or Network(self._run)
        return self._first.kernels

    def check(self, threads: int) -> None:
        memory.refuse(self._run.chain, min(threads, self._run.networks))

    def start(self) -> Callable[[], Worker]:
        own = layout(self._run.chain)
        # The memory that the kernels were found with is that of the first worker.
        spare = [one for one in (self._first,) if one is not None]
        self._first = None

        def make() -> Worker:
            try:
                network = spare.pop()
            except IndexError:
                network = Network(self._run)

            def one(number: int) -> Sums:
                return (NetworkSums.of_row(own, network.measure(number)),)

            return one

        return make

    def so_far(self, sums: Sums) -> tuple[Statistics, Statistics]:
        (one,) = sums
        assert isinstance(one, NetworkSums)
        found, places = Estimates(one), one.layout.places
        return _statistics(found.std(places[-1].y)), _statistics(found.std(places[0].dx))


def _statistics(found: Estimated) -> Statistics:
    """With nothing but the std."""
    number = Number.of_log(found)
    value = math.nan if number.value is None else number.value
    return Statistics(_UNKNOWN, Estimate(value, number.se), _UNKNOWN, _UNKNOWN)
