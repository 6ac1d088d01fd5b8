"""The sampler's normals, ten thousand million of them: their first eight moments.

    python -m benchmarks.quality [PAIRS]

Writes benchmarks/quality.md. z is the deviation from the normal distribution's moment in standard
errors, which are exact: Var[xᵏ] = E[x²ᵏ] − E[xᵏ]².
"""

from __future__ import annotations

import math
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES, splat, store, total
from normstats.kernels.lanes import load as load_lanes
from normstats.kernels.run import load
from normstats.sampling.bits import START, STATE_WORDS, STREAMS
from normstats.sampling.fill import FILL_NORMALS
from normstats.sampling.streams import SAMPLES, stream_number

CHUNK = 512
PAIRS_PER_BLOCK = 2**20
THREADS = 2
MOMENTS = 8
# The sums: of the powers of x, of those of y, of x·y, x²·y², and of each value with the next.
COUNT = 2 * MOMENTS + 4


def power_sums(
    state: Any, numbers: Any, streams: int, seed: int, stream: int, block: int, purpose: int,
    work: Any, sums: Any, out: Any, chunks: int,
) -> None:  # fmt: skip
    """Adds a block's sums to ``out``."""
    START(state, numbers, streams, seed, stream, block, purpose)
    for k in range(COUNT):
        store(sums, k * LANES, splat(0.0))
    for _ in range(chunks):
        FILL_NORMALS(state, work, 0, CHUNK, CHUNK, 0.0, 1.0, 0.0, 1.0)
        for i in range(0, CHUNK, LANES):
            x = load_lanes(work, i)
            y = load_lanes(work, CHUNK + i)
            p = x
            q = y
            for k in range(MOMENTS):
                store(sums, k * LANES, load_lanes(sums, k * LANES) + p)
                at = (MOMENTS + k) * LANES
                store(sums, at, load_lanes(sums, at) + q)
                p = p * x
                q = q * y
            at = 2 * MOMENTS * LANES
            store(sums, at, load_lanes(sums, at) + x * y)
            store(sums, at + LANES, load_lanes(sums, at + LANES) + (x * x) * (y * y))
            if i >= LANES:
                before = load_lanes(work, i - LANES)
                store(sums, at + 2 * LANES, load_lanes(sums, at + 2 * LANES) + x * before)
            shifted = load_lanes(work, i + 1)
            if i < CHUNK - LANES:
                store(sums, at + 3 * LANES, load_lanes(sums, at + 3 * LANES) + x * shifted)
    for k in range(COUNT):
        out[k] += total(load_lanes(sums, k * LANES))


def moment(k: int) -> float:
    """E[zᵏ] of a standard normal."""
    return 0.0 if k % 2 else float(math.prod(range(1, k, 2)))


def measure(pairs: int) -> tuple[int, list[tuple[str, float, float, float]]]:
    """Name, mean, expectation and z of every sum."""
    w, f, s = build.WORDS, build.FLOATS, build.SIZE
    run = load(Kernel(power_sums, (w, w, s, *(build.WORD,) * 4, f, f, f, s)))
    blocks = -(-pairs // PAIRS_PER_BLOCK)
    stream = stream_number("relu")
    totals = [np.zeros((blocks, COUNT)) for _ in range(THREADS)]

    def work(thread: int) -> None:
        numbers = np.arange(STREAMS, dtype=np.uint64)
        state = np.empty(STATE_WORDS, np.uint64)
        values, sums = np.zeros(2 * CHUNK), np.zeros(COUNT * LANES)
        for block in range(thread, blocks, THREADS):
            run(state, numbers, STREAMS, 0, stream, block, SAMPLES, values, sums,
                totals[thread][block], PAIRS_PER_BLOCK // CHUNK)  # fmt: skip

    pool = [threading.Thread(target=work, args=(k,)) for k in range(THREADS)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    sums = [math.fsum(column) for column in np.concatenate(totals).T]
    n = blocks * PAIRS_PER_BLOCK
    rows = []
    for k in range(1, MOMENTS + 1):
        error = math.sqrt((moment(2 * k) - moment(k) ** 2) / n)
        for at, name in ((k - 1, "x"), (MOMENTS + k - 1, "y")):
            value = sums[at] / n
            rows.append((f"{name}^{k}", value, moment(k), (value - moment(k)) / error))
    inner = n - n // CHUNK * LANES
    for name, at, count, expected, variance in (
        ("x·y", 0, n, 0.0, 1.0), ("x²·y²", 1, n, 1.0, 8.0),
        ("x with that of the lane before", 2, inner, 0.0, 1.0),
        ("x with the next", 3, inner, 0.0, 1.0),
    ):  # fmt: skip
        value = sums[2 * MOMENTS + at] / count
        rows.append((name, value, expected, (value - expected) / math.sqrt(variance / count)))
    return n, rows


def main() -> None:
    """Measure and write the page."""
    n, rows = measure(int(float(sys.argv[1])) if len(sys.argv) > 1 else 5 * 10**9)
    lines = [
        "# The sampler's normals\n",
        f"Made by `python -m benchmarks.quality`: {2 * n:.4g} normals, seed 0. z is the deviation",
        "in standard errors; x and y are independent, different powers are not.\n",
        "| mean of | measured | normal distribution | z |\n| --- | --- | --- | --- |",
        *(
            f"| {name} | {value:.9g} | {expected:g} | {z:+.2f} |"
            for name, value, expected, z in rows
        ),
        "",
    ]
    page = Path(__file__).with_name("quality.md")
    battery = Path(__file__).with_name("battery.md")
    page.write_text("\n".join(lines) + ("\n" + battery.read_text() if battery.exists() else ""))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
