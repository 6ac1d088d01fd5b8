"""What can be run: a sequence of blocks, any of which may be done by any thread at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from normstats.errors import UsageError
from normstats.kernels.build import Kernel
from normstats.moments.merge import Moments
from normstats.moments.span import Sums as Sums
from normstats.moments.statistics import statistics
from normstats.result import Statistics
from normstats.sampling.streams import MOST_BLOCKS
from normstats.values import Array

Worker = Callable[[int], Sums]


@dataclass(frozen=True)
class Blocks:
    """``samples`` cut into blocks of ``full`` samples; the last may be shorter.

    Where they are of other sizes, ``sizes`` has them all.
    """

    samples: int
    full: int
    sizes: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        return len(self.sizes) or -(-self.samples // self.full)

    def size(self, block: int) -> int:
        """Samples of this block."""
        if self.sizes:
            return self.sizes[block]
        return min(self.full, self.samples - block * self.full)

    def samples_of(self, first: int, end: int) -> int:
        """Samples of the blocks from ``first`` to before ``end``."""
        if self.sizes:
            return sum(self.sizes[first:end])
        return min(end * self.full, self.samples) - min(first * self.full, self.samples)

    def is_short(self, block: int) -> bool:
        """Whether a longer run has more samples in this block."""
        return not self.sizes and self.size(block) < self.full

    def refuse_beyond(self) -> None:
        """UsageError for more blocks than the random numbers have counters: none may repeat."""
        if self.count > MOST_BLOCKS:
            allowed = f"would take {self.count} blocks; there are random numbers for {MOST_BLOCKS}"
            raise UsageError("`samples`", self.samples, allowed)


class Job(ABC):
    """The work of one run, whatever it is a run of. Threads are none of it.

    ``counted`` is what ``blocks`` count: the draws that a user asks for.
    """

    counted = "samples"

    @property
    @abstractmethod
    def unit(self) -> str:
        """What is independent, in words: a sample, or some group of them."""

    @property
    @abstractmethod
    def blocks(self) -> Blocks:
        """How the samples are cut."""

    @property
    @abstractmethod
    def kernels(self) -> list[Kernel]:
        """The kernels that have to be loaded before ``start``."""

    def check(self, threads: int) -> None:
        """UsageError if so many threads cannot run it on this machine."""
        return None

    @abstractmethod
    def start(self) -> Callable[[], Worker]:
        """Settle what all threads share; each then calls the result for a worker of its own.

        A worker turns a block's number into its sums.
        """

    @abstractmethod
    def so_far(self, sums: Sums) -> tuple[Statistics, ...]:
        """Of y, of dx, and of what else there is, to be shown while it lasts."""


class LayerJob(Job):
    """The work of a run of a layer: sums are the moments of y, of dx and of what else there is."""

    def so_far(self, sums: Sums) -> tuple[Statistics, ...]:
        return tuple(map(statistics, moments_of(sums)))

    @abstractmethod
    def values(self, wanted: int) -> tuple[Array, Array]:
        """y and dx of the first samples of the run, the very ones that are summed up.

        So many samples that neither has more than ``wanted`` numbers, but one at least. The method
        has to be plain.
        """


def moments_of(sums: Sums) -> tuple[Moments, ...]:
    """The sums of a layer's quantities as what they are."""
    return tuple(one for one in sums if isinstance(one, Moments))
