"""Whole processes, from the shell: their time and their memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import table
from benchmarks.timing import ROUNDS, Rounds, in_turns, ratio

FOLDER = Path(__file__).parent


def _process(arguments: list[str], **environment: str) -> Callable[[int], object]:
    def run(_: int) -> object:
        return subprocess.run(
            [sys.executable, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )

    return run


def processes() -> str:
    """From the shell: a run with its start-up, help, and the first runs, which compile kernels."""
    relu = ["-m", "normstats", "relu", "--quiet", "--samples"]
    jobs = {
        "naive": (_process([str(FOLDER / "naive_script.py")], NUMBA_NUM_THREADS="2"), 1),
        "ours": (_process([*relu, "1e8"]), 1),
        "start": (_process([*relu, "1000"]), 1),
        "help": (_process(["-m", "normstats", "--help"]), 1),
        "list": (_process(["-m", "normstats", "list"]), 1),
    }
    times = in_turns(jobs, max(3, ROUNDS - 2))
    seconds = {name: Rounds(tuple(value * 1e-9 for value in t.rounds)) for name, t in times.items()}
    rows = [
        ["naive script, 1e8 ReLU samples", f"{seconds['naive']} s", ""],
        ["`normstats relu --samples 1e8`", f"{seconds['ours']} s", ""],
        ["ratio", f"**{ratio(times['naive'], times['ours'])}**", "3"],
        ["start-up: the same with 1000 samples", f"**{seconds['start']} s**", "at most 0.6 s"],
        ["`normstats --help`", f"{seconds['help']} s", "at most 0.3 s"],
        ["`normstats list`", f"{seconds['list']} s", "at most 0.3 s"],
    ]
    calls = ("relu", "gelu", "max_pool2d", "dropout", "linear")
    spent: dict[str, list[float]] = {call: [] for call in calls}
    for _ in range(max(1, ROUNDS - 4)):
        with tempfile.TemporaryDirectory() as folder:
            for call in calls:
                begin = time.perf_counter()
                _process(
                    ["-m", "normstats", call, "--quiet", "--samples", "1000"],
                    NORMSTATS_CACHE_DIR=folder,
                )(0)
                spent[call].append(time.perf_counter() - begin)
    for call, times_of in spent.items():
        first = call == "relu"
        what = "very first run, empty cache: " if first else "then the first run of "
        goal = "at most 8 s" if first else "at most 2 s"
        rows.append([f"{what}`normstats {call}`", f"**{Rounds(tuple(times_of))} s**", goal])
    return table(["what", "measured", "goal"], rows)


def memory() -> str:
    """Memory does not grow with the number of samples.

    Read from /proc: what getrusage gives a child begins with its parent's maximum.
    """
    code = (
        "import sys; from normstats.cli.main import main\n"
        "sys.argv = ['normstats', 'relu', '--quiet', '--samples', sys.argv[1]]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "status = open('/proc/self/status').read().partition('VmHWM:')[2]\n"
        "print(int(status.split()[0]) / 1024, file=sys.stderr)\n"
    )
    rows = []
    for samples in ("1e6", "1e8", "3e9"):
        done = subprocess.run(
            [sys.executable, "-c", code, samples], capture_output=True, text=True, check=True
        )
        rows.append([samples, f"**{float(done.stderr.split()[-1]):.0f} MB**", "below 250 MB"])
    return table(["ReLU samples", "largest resident size", "goal"], rows)
