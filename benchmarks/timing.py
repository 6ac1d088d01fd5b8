"""Times things against each other: in turns, so that a noisy machine is noisy for all of them."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# --quick: fewer and smaller rounds, to try the benchmark itself.
ROUNDS = 2 if "--quick" in sys.argv else 7
SMALL = 4 if "--quick" in sys.argv else 1


@dataclass(frozen=True)
class Rounds:
    """A figure round by round: nanoseconds a sample, or a ratio of two such."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.rounds):.2f} to {max(self.rounds):.2f})"


def ratio(above: Rounds, below: Rounds, factor: float = 1.0) -> Rounds:
    """Round by round, so that both sides of a quotient saw the same machine; times ``factor``."""
    return Rounds(tuple(factor * a / b for a, b in zip(above.rounds, below.rounds, strict=True)))


def in_turns(
    jobs: Mapping[str, tuple[Callable[[int], object], int]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Rounds]:
    """Run each job on its number of samples, all in turns; the first round only warms up."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for lap in range(rounds + 1):
        for name, (run, samples) in jobs.items():
            begin = clock()
            run(samples)
            if lap:
                times[name].append((clock() - begin) / samples * 1e9)
    return {name: Rounds(tuple(values)) for name, values in times.items()}
