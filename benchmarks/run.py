"""Measures normstats against its peers and writes benchmarks/results.md.

    python -m benchmarks.run [--quick] [--only SECTION ...]

Every figure is the median of some rounds, with the smallest and largest in brackets. What is
compared is run in turns, and a ratio is taken round by round.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.attention import attention, cells
from benchmarks.chains import chains
from benchmarks.convolution import convolutions
from benchmarks.processes import memory, processes
from benchmarks.report import machine, table
from benchmarks.structured import structured
from benchmarks.timing import ROUNDS, SMALL, Rounds, in_turns, ratio
from normstats import registry
from normstats.api import measure

FOLDER = Path(__file__).parent


def ours(call: str, threads: int = 2) -> Callable[[int], object]:
    """A whole measurement, with everything around the sampling."""
    return partial(_measure, call, threads)


def _measure(call: str, threads: int, samples: int) -> object:
    return measure(call, samples=samples, threads=threads, seed=1)


def against_naive() -> str:
    """The usual short script, `np.random.normal` in numba's prange loop, on two threads."""
    rows = []
    for name, run in peers.NAIVE.items():
        peers.use(2)
        size = 10**7 // SMALL // (5 if name == "max_pool2d" else 1)
        times = in_turns({"naive": (run, size), "ours": (ours(name), 10 * size)}, ROUNDS)
        goal = "15" if name == "relu" else "10"
        rows.append(
            [
                name,
                str(times["naive"]),
                str(times["ours"]),
                f"**{ratio(times['naive'], times['ours'])}**",
                goal,
            ]
        )
    head = ["layer", "naive, ns a sample", "normstats, ns a sample", "times as fast", "goal"]
    return table(head, rows)


def on_one_thread() -> str:
    """The same comparisons on one thread each, with the naive numba script."""
    return against_others(1)


GOALS = {"naive numba": 15, "NumPy blocks": 8, "torch.randn and autograd": 8}


def against_others(count: int = 2) -> str:
    """A whole ReLU run, on two threads; of MKL only the drawing of its two normals."""
    peers.use(count)
    size = 2**24 // SMALL
    jobs: dict[str, tuple[Callable[[int], object], int]] = {"ours": (ours("relu", count), 4 * size)}
    if count == 1:
        jobs["naive numba"] = (peers.NAIVE["relu"], size // 2)
    jobs["NumPy blocks"] = (peers.numpy_blocks, size)
    jobs["NumPy, tuned: SFC64, no allocations"] = (peers.numpy_tuned, size)
    torch = peers.torch_autograd()
    if torch:
        jobs["torch.randn and autograd"] = (torch, size)
    engines = peers.mkl_normals()
    if engines:
        trial = in_turns({name: (run, 2**22 // SMALL) for name, run in engines.items()}, 3)
        best = min(trial, key=lambda name: min(trial[name].rounds))
        label = f"MKL, two bare normals ({best}, its fastest here)"
        jobs[label] = (engines[best], 4 * size)
    times = in_turns(jobs, ROUNDS)
    rows = []
    for name in [name for name in jobs if name != "ours"]:
        if name.startswith("MKL"):
            said = f"{ratio(times['ours'], times[name])} of its time (goal: at most 1.25)"
        else:
            goal = GOALS.get(name)
            said = f"{ratio(times[name], times['ours'])} times as fast"
            said += f" (goal: {goal})" if goal else ""
        rows.append([name, str(times[name]), str(times["ours"]), f"**{said}**"])
    head = [
        "peer",
        "its time, ns a sample",
        "a whole ReLU run, ns a sample",
        "normstats beside it",
    ]
    missing = [
        f"{name} is not installed here and was left out.\n"
        for name, there in (("PyTorch", torch), ("mkl_random", engines))
        if not there
    ]
    return table(head, rows) + "\n" + "".join(missing)


SCALING = {
    "normstats": "1.85",
    "normstats, two processes of one thread side by side": "",
    "naive numba": "",
}


def threads() -> str:
    """What a second thread gives; the other two rows tell how much the machine allows."""
    # Each in a process of its own: the threads of others, and numba's, do not always sleep.
    rows = []
    for name, goal in SCALING.items():
        code = f"from benchmarks.run import scaling; scaling({name!r}, {ROUNDS}, {SMALL})"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        one, two = (Rounds(tuple(values)) for values in json.loads(done.stdout))
        rows.append([name, str(one), str(two), f"**{ratio(one, two)}**", goal])
    return table(["ReLU", "one thread, ns a sample", "two threads", "times as fast", "goal"], rows)


def scaling(name: str, rounds: int, small: int) -> None:
    """Prints the rounds on one thread and on two, for ``threads``."""

    def naive(count: int) -> Callable[[int], object]:
        def run(samples: int) -> object:
            peers.use(count)
            return peers.NAIVE["relu"](samples)

        return run

    def processes(count: int) -> Callable[[int], object]:
        pool = ProcessPoolExecutor(count)
        return lambda n: list(pool.map(ours("relu", 1), [n // count] * count))

    run, samples = {
        "normstats": (partial(ours, "relu"), 10**8),
        "naive numba": (naive, 2 * 10**7),
    }.get(name, (processes, 10**8))
    jobs = {str(count): (run(count), samples // small) for count in (1, 2)}
    times = in_turns(jobs, 4 * rounds)
    print(json.dumps([times[count].rounds for count in ("1", "2")]))


def matrices() -> str:
    """A whole run of linear, which draws weights, too, against `np.dot`, which only multiplies."""
    rng = np.random.default_rng(0)
    features, batch = 512, 512
    w, x, dy = (rng.standard_normal((features, batch)) for _ in range(3))

    def dot(samples: int) -> object:
        for _ in range(samples // batch):
            w @ x
            w.T @ dy
        return None

    call = f"linear(in_features={features}, out_features={features})"
    rows = []
    work = 4 * features**2
    for init in ("fan_in_rows", "kaiming_normal", "orthogonal"):
        jobs = {
            "np.dot": (dot, 2**15 // SMALL),
            "ours": (ours(call.replace(")", f", init={init})")), 2**15 // SMALL),
        }
        times = in_turns(jobs, ROUNDS)
        done = ratio(times["np.dot"], times["ours"])
        rates = [f"{work / times[name].median:.1f}" for name in jobs]
        rows.append([init, *rates, f"**{done}**", "0.7"])
    head = [
        "linear 512 x 512",
        "np.dot, GFLOP/s",
        "normstats, all included, GFLOP/s",
        "ratio",
        "goal",
    ]
    return table(head, rows)


def whitening() -> str:
    """A batch of 32 examples: each feature normalised by itself, and all whitened together."""
    rows = []
    for features in (2, 4, 8, 16):
        size = 2**19 // features**2 // SMALL
        jobs = {
            # A sample of batch_norm is the batch of one feature.
            "batch_norm": (ours("batch_norm"), features * size),
            "zca": (ours(f"zca(num_features={features})"), size),
        }
        times = in_turns(jobs, ROUNDS)
        alone = ratio(times["batch_norm"], Rounds((1.0,) * ROUNDS), features / 1000)
        whitened = ratio(times["zca"], Rounds((1.0,) * ROUNDS), 1 / 1000)
        rows.append([str(features), str(alone), str(whitened), f"**{ratio(whitened, alone)}**"])
    head = ["features", "batch_norm, µs a batch", "zca, µs a batch", "times as long"]
    return table(head, rows)


def precision() -> str:
    """How long each method takes until the standard error of the std of dx is 1e-6."""
    goal = 1e-6
    rows = []
    for name in ("sigmoid", "relu", "gelu", "max_pool2d"):
        plain_time = math.nan
        for method, conditional in (
            ("plain", False), ("plain", True), ("antithetic", False),
            ("rqmc", False), ("rqmc", True),
        ):  # fmt: skip
            samples = 10**8 if method != "rqmc" else 2**10
            while True:
                run = partial(measure, name, method=method, conditional=conditional, threads=2)
                result = min((run(samples=samples) for _ in range(5)), key=lambda r: r.elapsed_s)
                known = result.backward.std.se
                se = math.inf if known is None else known
                if method != "rqmc" or se <= goal or samples >= 2**26:
                    break
                samples *= 2
            reached = method != "rqmc" or se <= goal
            needed = result.elapsed_s * (max(se / goal, 1e-300) ** 2 if method != "rqmc" else 1.0)
            needed = needed if reached else math.inf
            if method == "plain" and not conditional:
                plain_time = needed
            label = method + (" --conditional" if conditional else "")
            shown = "no error left" if se < 1e-12 else f"{se:.1e}"
            gain = plain_time / needed if needed > 0 else math.inf
            speed = "exact" if se < 1e-12 else f"{gain:.3g}"
            rows.append(
                [
                    name,
                    label,
                    f"{result.samples:.3g}",
                    shown,
                    f"{needed:.3g} s" if se > 1e-12 else "—",
                    speed,
                ]
            )
    head = [
        "layer",
        "method",
        "samples",
        "SE of the backward std",
        "time to 1e-6 (extrapolated if plain)",
        "times as fast as plain",
    ]
    return table(head, rows)


def layers() -> str:
    """Nanoseconds a sample of every layer, so that a slow one shows."""
    rows = []
    for name, layer in registry.all_layers().items():
        size = layer.default_samples(layer.parse({})) or 2 * 10**6
        timing = in_turns({name: (ours(name), size)}, 3)[name]
        rows.append([name, layer.family, f"{min(timing.rounds):.2f}"])
    return table(["layer", "family", "ns a sample, two threads, best of 3 (short runs)"], rows)


SECTIONS: dict[str, Callable[[], str]] = {
    "Against naive numba": against_naive,
    "Against NumPy, PyTorch and MKL": against_others,
    "On one thread": on_one_thread,
    "Threads": threads,
    "Whole processes": processes,
    "Memory": memory,
    "Matrix products": matrices,
    "Convolutions": convolutions,
    "Chains": chains,
    "Structured layers": structured,
    "Attention": attention,
    "Recurrent cells": cells,
    "Whitening": whitening,
    "Time to a precision": precision,
    "All layers": layers,
}


HEAD = """# Benchmarks

Made by `make bench`; not part of the tests. Median of the rounds (smallest to largest); what is \
compared was run in turns. A goal is what the project asked of itself beforehand: at least so \
much, unless it says at most. A section that was measured later, elsewhere, ends with its machine.

"""
_AS_IT_IS = argparse.RawDescriptionHelpFormatter


def _sections(report: str) -> tuple[dict[str, str], str]:
    """The text of each section of a report by its title, and the machine of the whole."""
    head, *sections = report.split("\n## ")
    split = (section.partition("\n") for section in sections)
    machine_there = "Machine:" + head.partition("Machine:")[2]
    return {title: text.strip("\n") + "\n" for title, _, text in split}, machine_there


def said_of(section: Callable[[], str]) -> str:
    """The sentence that a section of the report begins with."""
    return (section.__doc__ or "").partition("\n")[0]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all sections, or those of these names, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AS_IT_IS)
    parser.add_argument("--quick", action="store_true", help="short runs, and no file is written")
    parser.add_argument("--only", nargs="+", metavar="SECTION", choices=SECTIONS, default=[])
    given = parser.parse_args(arguments)
    target = FOLDER / "results.md"
    before, there = _sections(target.read_text()) if given.only else ({}, machine())
    found: dict[str, str] = {}
    for title, section in SECTIONS.items():
        if given.only and title not in given.only:
            found[title] = before[title]
            continue
        print(title, file=sys.stderr, flush=True)
        text = section()
        print(text, flush=True)
        own = f"{text}\n{machine()}" if given.only and machine() != there else text
        found[title] = f"{said_of(section)}\n\n{own}"
    if not given.quick:
        parts = [HEAD + there, *(f"## {title}\n\n{t}" for title, t in found.items())]
        temporary = target.with_suffix(".new")
        temporary.write_text("\n".join(parts))
        os.replace(temporary, target)
    print(
        f"peak memory here: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
