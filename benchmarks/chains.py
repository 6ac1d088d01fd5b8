"""A whole chain against `np.dot` on its products, and against PyTorch in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import normstats
from benchmarks import peers
from benchmarks.report import table
from benchmarks.timing import ROUNDS, SMALL, in_turns, ratio

WIDTH, BATCH, DEPTH = 512, 128, 50
WORK = 6.0 * WIDTH**2 * BATCH * DEPTH  # multiplications and additions of one network
THREADS = 2


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


def chains() -> str:
    """50 linear layers of 512 with tanh, batches of 128, weights drawn, on two threads; GFLOP/s."""
    peers.use(THREADS)
    text = f"linear({WIDTH}, init=xavier_normal), tanh"

    def ours(networks: int) -> object:
        return normstats.chain(
            text, repeat=DEPTH, batch_size=BATCH, networks=networks, threads=THREADS
        )

    count = max(8 // SMALL, 2)
    jobs: dict[str, tuple[Callable[[int], object], int]] = {
        "np.dot": (_dot, count),
        "ours": (ours, count),
    }
    torch = _torch()
    if torch:
        jobs["torch"] = (torch, count)
    times = in_turns(jobs, ROUNDS)
    rates = [f"{WORK / times[name].median:.1f}" for name in ("np.dot", "ours")]
    beside = f"**{ratio(times['torch'], times['ours'])}**" if torch else "not installed"
    head = ["np.dot, GFLOP/s", "normstats, all included", "ratio (goal: 0.6)"]
    return table(
        [*head, "times as fast as torch (goal: 1.3)"],
        [[*rates, f"**{ratio(times['np.dot'], times['ours'])}**", beside]],
    )
