"""Does a long run's memory stay flat, and do many short runs on one cold cache agree?

    python -m benchmarks.soak --seconds 600 --runs 1000

Writes benchmarks/soak.md. Not part of `make bench`: it takes as long as it is told to.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.report import machine, table
from normstats import perform, registry
from normstats.engine.observer import Progress
from normstats.engine.terms import Terms
from normstats.networks.run import ChainRun
from normstats.networks.written import MOST_NETWORKS, chain_of
from normstats.parts.checkpoint import Checkpoint, Wanted
from normstats.runs.run import Run
from normstats.runs.work import Work

PAGES = os.sysconf("SC_PAGE_SIZE")
SHORT = ("relu", "--samples", "1e5", "--get", "forward.std", "--quiet")
# Small, so that there are many networks: what a network leaves behind adds up.
CHAIN = "linear(64, init=xavier_normal), tanh"
DEPTH = 10
FILE = Path(__file__).with_name("soak.md")


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
        """Noted at most once a second."""
        if time.monotonic() - self._last >= 1.0:
            self._last = time.monotonic()
            self.seen.append(resident())

    def cells(self) -> list[str]:
        """Memory after a tenth of the time, at half of it, at the end, and at most."""
        count = len(self.seen)
        shown = self.seen[count // 10], self.seen[count // 2], self.seen[-1], max(self.seen)
        return [f"{each / 1e6:.1f} MB" for each in shown]


def timed(run: Work, seconds: float, threads: int, watch: Watch) -> tuple[int, str]:
    """Samples or networks, with a checkpoint, and its size."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "kept.json")
        with Checkpoint(file, [Wanted(run)]) as kept:
            terms = Terms(seconds=seconds, keeper=kept)
            result = perform.perform(run, threads, watch, terms)
        return result.size, f"{os.path.getsize(file) / 1e3:.1f} kB"


RUNS: dict[str, Work] = {
    "`relu`": Run(registry.parse_call("relu"), 10**15),
    f"`{CHAIN}`, {DEPTH} times": ChainRun(chain_of(CHAIN, DEPTH, batch_size=32), MOST_NETWORKS),
}


def long_runs(seconds: float, threads: int) -> str:
    """The memory of one process while it runs."""
    head = ["run", "time", "done", "memory after a tenth", "at half", "at the end", "at most"]
    rows = []
    for name, run in RUNS.items():
        watch = Watch()
        size, kept = timed(run, seconds, threads, watch)
        rows.append([name, f"{seconds:g} s", f"{size:.3g} {run.unit}", *watch.cells(), kept])
        print(" | ".join(rows[-1]), flush=True)
    return table([*head, "checkpoint"], rows)


def short_runs(count: int, at_once: int) -> str:
    """So many processes on one folder of kernels that is empty at first."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NORMSTATS_CACHE_DIR": folder}
        command = [sys.executable, "-m", "normstats", *SHORT]

        def one(_: int) -> tuple[int, str, str]:
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr

        with ThreadPoolExecutor(at_once) as pool:
            ended = list(pool.map(one, range(count)))
    failed = [each for each in ended if each[0] or each[2]]
    for each, often in Counter(failed).items():
        print(f"{often} times: exit code {each[0]}: {each[2]}", file=sys.stderr, flush=True)
    numbers = {out for _, out, _ in ended}
    head = ["processes", "at once", "failed", "different results", "altogether"]
    took = f"{time.monotonic() - begin:.0f} s"
    return table(head, [[str(count), str(at_once), str(len(failed)), str(len(numbers)), took]])


def main(arguments: Sequence[str] | None = None) -> None:
    """Both, as long as is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    long = long_runs(given.seconds, given.threads)
    short = short_runs(given.runs, given.at_once)
    print(short, flush=True)
    parts = [
        "# Soak\n",
        "Made by `python -m benchmarks.soak`; not part of the tests, nor of `make bench`.\n",
        machine(),
        "## Memory of long runs\n",
        f"Runs on {given.threads} thread{'s' * (given.threads > 1)}. Memory is what the process"
        " holds (its resident size). Both should end as they were after a tenth of the time.\n",
        long,
        "## Many short runs on one cold cache\n",
        f"Each is `normstats {' '.join(SHORT)}`. The folder of kernels is empty at first.\n",
        short,
    ]
    FILE.write_text("\n".join(parts))


if __name__ == "__main__":
    main()
