"""A whole chain against `np.dot` on its products, and against PyTorch in float64."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

import normstats
from benchmarks import peers
from benchmarks.report import table
from benchmarks.timing import ROUNDS, SMALL, Rounds, in_turns, ratio

WIDTH, BATCH, DEPTH = 512, 128, 50
WORK = 6.0 * WIDTH**2 * BATCH * DEPTH  # multiplications and additions of one network


def _dot(networks: int) -> object:
    """Forward, backward, and the gradient of the weight: the three products of each layer."""
    rng = np.random.default_rng(0)
    w, x, dy = (rng.standard_normal(s) for s in ((WIDTH, WIDTH), (WIDTH, BATCH), (WIDTH, BATCH)))
    for _ in range(networks * DEPTH):
        w @ x
        w.T @ dy
        dy @ x.T
    return None


def _torch() -> Callable[[int], object] | None:
    """Weights drawn, forward, backward, and mean and std of every y, dx and dW."""
    try:
        import torch
    except ImportError:
        return None
    double = torch.float64

    def run(networks: int) -> object:
        sums = []
        for _ in range(networks):
            x = torch.randn(BATCH, WIDTH, dtype=double, requires_grad=True)
            signals, weights = [], []
            v = x
            for _ in range(DEPTH):
                w = torch.randn(WIDTH, WIDTH, dtype=double) * WIDTH**-0.5
                weights.append(w.requires_grad_())
                for step in (lambda v, w=w: v @ w.T, torch.tanh):
                    v = step(v)
                    v.retain_grad()
                    signals.append(v)
            v.backward(torch.randn(BATCH, WIDTH, dtype=double))
            found = [x.grad, *weights]
            for one in signals:
                found += [one.detach(), one.grad]
            values = [one.grad if one.grad is not None else one for one in found]
            sums.append([torch.stack(torch.std_mean(one)) for one in values])
        return sums

    return run


def _ours(networks: int) -> object:
    text = f"linear({WIDTH}, init=xavier_normal), tanh"
    return normstats.chain(text, repeat=DEPTH, batch_size=BATCH, networks=networks, threads=1)


def on_one_thread(rounds: int, networks: int) -> None:
    """Prints the rounds of each, in processor time, for ``chains``."""
    peers.use(1)
    jobs: dict[str, tuple[Callable[[int], object], int]] = {
        "np.dot": (_dot, networks),
        "ours": (_ours, networks),
    }
    torch = _torch()
    if torch:
        jobs["torch"] = (torch, networks)
    times = in_turns(jobs, rounds, time.process_time)
    print(json.dumps({name: one.rounds for name, one in times.items()}))


def chains() -> str:
    """50 linear layers of 512 with tanh, batches of 128, on one thread each; processor time."""
    code = f"from benchmarks import chains; chains.on_one_thread({ROUNDS}, {max(4 // SMALL, 1)})"
    # Libraries of matrix products start their threads with the process.
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, "1")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    times = {name: Rounds(tuple(rounds)) for name, rounds in json.loads(done.stdout).items()}
    rates = [f"{WORK / times[name].median:.1f}" for name in ("np.dot", "ours")]
    there = "torch" in times
    beside = f"**{ratio(times['torch'], times['ours'])}**" if there else "not installed"
    head = ["np.dot, GFLOP/s", "normstats, all included, GFLOP/s", "ratio (goal: 0.6)"]
    return table(
        [*head, "times as fast as torch (goal: 1.3)"],
        [[*rates, f"**{ratio(times['np.dot'], times['ours'])}**", beside]],
    )
