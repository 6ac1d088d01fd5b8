"""Layers with structure: how much longer than drawing and summing alone, and PyTorch beside them.

"Alone" is the same job with a kernel that does nothing: it draws the same numbers, and sums up as
many of y, of dx and of the weights' gradients. It may take longer than the whole where the kernel
leaves what is summed up in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from benchmarks import peers
from benchmarks.report import table
from benchmarks.timing import ROUNDS, SMALL, in_turns, ratio
from normstats import registry
from normstats.engine import threads
from normstats.engine.arrayjob import ArrayJob
from normstats.engine.job import Job
from normstats.kernels import run as kernels
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.runs.run import Run

WORK = 1e7  # numbers of x in a round
TORCH = 2**20  # numbers of x in one batch of PyTorch's
EXP = "softmax", "softmax(features=100)", "log_softmax", "logsumexp", "glu"

# PyTorch's functions, of x with the batch in front, and of weight and bias.
PEERS: Mapping[str, Callable[[Any, Any, Any, Any], Any]] = {
    "softmax": lambda F, x, w, b: F.softmax(x, -1),
    "softmax(features=100)": lambda F, x, w, b: F.softmax(x, -1),
    "log_softmax": lambda F, x, w, b: F.log_softmax(x, -1),
    "logsumexp": lambda F, x, w, b: x.logsumexp(-1),
    "glu": lambda F, x, w, b: F.glu(x, -1),
    "maxout": lambda F, x, w, b: x.max(-1).values,
    "batch_norm": lambda F, x, w, b: F.batch_norm(x.T, None, None, w, b, training=True),
    "layer_norm": lambda F, x, w, b: F.layer_norm(x, x.shape[1:], w, b),
    "layer_norm(normalized_shape=1024)": lambda F, x, w, b: F.layer_norm(x, x.shape[1:], w, b),
    "layer_norm(normalized_shape=8192)": lambda F, x, w, b: F.layer_norm(x, x.shape[1:], w, b),
    "rms_norm": lambda F, x, w, b: F.rms_norm(x, x.shape[1:], w),
    "group_norm": lambda F, x, w, b: F.group_norm(x, 2, w, b),
    "max_pool2d(kernel_size=3, stride=2, size=33)": lambda F, x, w, b: F.max_pool2d(x, 3, 2),
    "avg_pool2d(kernel_size=3, stride=2, size=33)": lambda F, x, w, b: F.avg_pool2d(x, 3, 2),
    "adaptive_avg_pool2d": lambda F, x, w, b: F.adaptive_avg_pool2d(x, 1),
    "dropout2d": lambda F, x, w, b: F.dropout2d(x[:, None], 0.5),
    "alpha_dropout": lambda F, x, w, b: F.alpha_dropout(x, 0.5, True),
    "upsample": lambda F, x, w, b: F.interpolate(x[:, None], scale_factor=2),
}


def _nothing(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: Any, n: Any, c: Any) -> None:
    """The kernel of a layer that does nothing."""
    return


NOTHING = Kernel(_nothing, ARRAY_KERNEL)


def _run(job: Job) -> object:
    kernels.prepare(job.kernels, lambda: None)
    return threads.run(job, 1).sums


def _torch(call: str, shape: tuple[int, ...], weighted: int) -> Callable[[int], object] | None:
    """torch.randn, the function, its backward pass, and sums of values and squares."""
    try:
        import torch
    except ImportError:
        return None
    functional, batch = torch.nn.functional, max(TORCH // math.prod(shape), 1)
    own = shape[:1] if call == "group_norm" else shape

    def run(samples: int) -> object:
        for _ in range(max(samples // batch, 1)):
            x = torch.randn((batch, *shape), dtype=torch.float64, requires_grad=True)
            size = (batch,) if call == "batch_norm" else (8,) if call == "group_norm" else own
            weights = [torch.ones(size, dtype=torch.float64, requires_grad=True) for _ in "wb"]
            y = PEERS[call](functional, x, *weights)
            y.backward(torch.randn(y.shape, dtype=torch.float64))
            for one in (y.detach(), x.grad, *(w.grad for w in weights[:weighted])):
                one.sum()
                (one * one).sum()
        return None

    return run


def structured() -> str:
    """Whole runs on one thread, against drawing and summing alone, and against torch in float64."""
    peers.use(1)
    rows = []
    for text in PEERS:
        call = registry.parse_call(text)
        shapes = registry.layer_of(call).shapes(call.params)
        samples = max(int(WORK / math.prod(shapes.x)) // SMALL, 64)
        job = registry.job_of(Run(call, samples))
        assert isinstance(job, ArrayJob)
        alone = replace(job, kernel=NOTHING)
        jobs: dict[str, tuple[Callable[[int], object], int]] = {
            "ours": (lambda _, job=job: _run(job), samples),
            "alone": (lambda _, job=alone: _run(job), samples),
        }
        torch = _torch(text, shapes.x, len(shapes.gradients))
        batch = max(TORCH // math.prod(shapes.x), 1)
        if torch:
            jobs["torch"] = (torch, max(samples // batch // 4, 1) * batch)
        times = in_turns(jobs, ROUNDS)
        beside = f"**{ratio(times['torch'], times['ours'])}**" if torch else "not installed"
        number = times["ours"].median / math.prod(shapes.x)
        over = f"**{ratio(times['ours'], times['alone'])}**"
        rows.append([f"`{text}`", f"{number:.2f}", over, "3" if text in EXP else "2", beside])
    head = ["layer", "ns a number of x", "over drawing and summing alone", "goal: at most"]
    return table([*head, "times as fast as torch (goal: 5)"], rows)
