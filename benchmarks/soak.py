"""Does a long run's memory stay flat, and do many short runs on one cold cache agree?

    python -m benchmarks.soak --seconds 600 --runs 1000

Not part of `make bench`: it takes as long as it is told to.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from normstats import perform, registry
from normstats.engine.observer import Progress
from normstats.engine.terms import Terms
from normstats.parts.checkpoint import Checkpoint, Wanted
from normstats.runs.run import Run

PAGES = os.sysconf("SC_PAGE_SIZE")
SHORT = ("relu", "--samples", "1e5", "--get", "forward.std", "--quiet")


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGES


class Watch:
    """Notes the memory every second."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self._last = 0.0

    def compiling(self, layer: str) -> None:
        """Kernels are compiled."""

    def progress(self, progress: Progress) -> None:
        """Samples are drawn."""
        if time.monotonic() - self._last >= 1.0:
            self._last = time.monotonic()
            self.seen.append(resident())


def long_run(seconds: float) -> str:
    """One run, with a checkpoint; memory after the first tenth and at the end."""
    run = Run(registry.parse_call("relu"), 10**15)
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "kept.json")
        with Checkpoint(file, [Wanted(run)]) as kept:
            terms = Terms(seconds=seconds, keeper=kept)
            result = perform.perform(run, os.cpu_count() or 1, watch, terms)
        size = os.path.getsize(file)
    early = watch.seen[len(watch.seen) // 10]
    return (
        f"{seconds:g} s, {result.samples:.3g} samples: {early / 1e6:.1f} MB after a tenth,"
        f" {watch.seen[-1] / 1e6:.1f} MB at the end, {max(watch.seen) / 1e6:.1f} MB at most;"
        f" checkpoint {size / 1e3:.1f} kB"
    )


def short_runs(count: int, at_once: int) -> str:
    """So many processes on one folder of kernels that is empty at first."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NORMSTATS_CACHE_DIR": folder}
        command = [sys.executable, "-m", "normstats", *SHORT]

        def one(_: int) -> tuple[int, str, str]:
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr

        with ThreadPoolExecutor(at_once) as pool:
            ended = list(pool.map(one, range(count)))
    failed = [each for each in ended if each[0] or each[2]]
    numbers = {out for _, out, _ in ended}
    return (
        f"{count} runs, {at_once} at once: {len(failed)} failed, {len(numbers)} different results"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Both, as long as is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=4)
    given = parser.parse_args(arguments)
    if given.seconds:
        print(long_run(given.seconds), flush=True)
    if given.runs:
        print(short_runs(given.runs, given.at_once), flush=True)


if __name__ == "__main__":
    main()
