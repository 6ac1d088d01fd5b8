"""How large an experiment is, and the random numbers of its repetitions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from normstats.values import Array

GROUP = 20  # networks that are held in memory at once


@dataclass(frozen=True)
class Trial:
    """One performance of the experiments.

    The size decides how often an experiment is repeated and nothing else, so that a small one
    measures the same numbers with larger errors. Threads decide nothing.
    """

    size: str = "full"
    seed: int = 0
    threads: int = 1

    def of(self, small: int, full: int) -> int:
        """The number of repetitions, or of samples."""
        return full if self.size == "full" else small

    def generator(self, name: str, repetition: int = 0) -> np.random.Generator:
        """The random numbers of one repetition of what is called so."""
        words = [self.seed, crc32(name.encode()), repetition]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))

    def collect(
        self,
        name: str,
        networks: int,
        measure: Callable[[np.random.Generator, int], Array],
        group: int = GROUP,
    ) -> Array:
        """What ``measure`` finds of so many networks: a row each, group by group.

        Each thread has one group in memory; other groups are other random numbers.
        """
        sizes = [min(group, networks - start) for start in range(0, networks, group)]
        generators = [self.generator(name, number) for number in range(len(sizes))]
        if min(self.threads, len(sizes)) == 1:
            return np.concatenate(list(map(measure, generators, sizes)))
        with ThreadPoolExecutor(min(self.threads, len(sizes))) as threads:
            return np.concatenate(list(threads.map(measure, generators, sizes)))
