"""Convolutions against `np.dot` on the same products, and against PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.report import table
from benchmarks.timing import ROUNDS, SMALL, in_turns, ratio
from normstats import registry
from normstats.api import measure

CASES = (
    "conv2d",
    "conv2d(in_channels=64, out_channels=64, size=16, padding=1)",
    "conv2d(in_channels=64, out_channels=128, size=16, padding=1, stride=2)",
    "conv1d(in_channels=32, out_channels=64, kernel_size=5, size=64)",
    "conv_transpose2d(in_channels=64, out_channels=32, stride=2, padding=1, output_padding=1)",
)
GROUP = 64  # maps at a time, for the others


def _products(call: str) -> tuple[float, Callable[[int], object]]:
    """Multiplications and additions of a sample, and the same three products by `np.dot`.

    The windows are there already, as a matrix: it is the product alone that is timed.
    """
    found = registry.parse_call(call)
    layer: Any = registry.layer_of(found)
    sides = layer.sides(found.params)
    taps = sides.maps.taps * sides.big // sides.groups
    rng = np.random.default_rng(0)
    w = rng.standard_normal((sides.small, taps))
    columns = sides.maps.small * GROUP
    windows = rng.standard_normal((taps, columns))
    small = rng.standard_normal((sides.small, columns))

    def run(samples: int) -> object:
        for _ in range(samples // GROUP):
            w @ windows
            w.T @ small
            small @ windows.T
        return None

    return 6.0 * sides.small * taps * sides.maps.small, run


def _torch(call: str) -> Callable[[int], object] | None:
    """torch.randn, the layer with new weights, its backward pass, and means of squares."""
    try:
        import torch
    except ImportError:
        return None
    found = registry.parse_call(call)
    params: Mapping[str, Any] = found.params
    layer = registry.layer_of(found)
    shapes = layer.shapes(params)
    function = getattr(torch.nn.functional, found.layer)
    names = ("stride", "padding", "output_padding", "dilation", "groups")
    options = {name: params[name] for name in names if name in params}
    double = torch.float64

    def run(samples: int) -> object:
        total = torch.zeros(4, 2, dtype=double)
        for _ in range(samples // GROUP):
            w = torch.randn(shapes.extras["weight"].shape, dtype=double, requires_grad=True)
            x = torch.randn(GROUP, *shapes.x, dtype=double, requires_grad=True)
            b = torch.zeros(shapes.y[0], dtype=double, requires_grad=True)
            y = function(x, w, b, **options)
            y.backward(torch.randn(GROUP, *shapes.y, dtype=double))
            values = (y.detach(), x.grad, w.grad, b.grad)
            total += torch.stack([torch.stack([v.sum(), (v * v).sum()]) for v in values])
        return total

    return run


def convolutions() -> str:
    """Whole runs, with weights drawn and all gradients, on two threads; GFLOP/s of y, dx and dW.

    All taps are counted for both, those in the padding as well, which are no work here.
    """
    peers.use(2)
    rows = []
    for call in CASES:
        work, dot = _products(call)
        size = max(int(2e10 / work) // SMALL // GROUP * GROUP, 8 * GROUP)
        jobs: dict[str, tuple[Callable[[int], object], int]] = {
            "np.dot": (dot, size // 4 // GROUP * GROUP),
            "ours": (lambda n, call=call: measure(call, samples=n, threads=2, seed=1), size),
        }
        torch = _torch(call)
        if torch:
            jobs["torch"] = (torch, size // 4 // GROUP * GROUP)
        times = in_turns(jobs, ROUNDS)
        rates = [f"{work / times[name].median:.1f}" for name in ("np.dot", "ours")]
        beside = f"**{ratio(times['torch'], times['ours'])}**" if torch else "not installed"
        rows.append([f"`{call}`", *rates, f"**{ratio(times['np.dot'], times['ours'])}**", beside])
    head = ["layer", "np.dot, GFLOP/s", "normstats, all included", "ratio (goal: 0.6)"]
    return table([*head, "times as fast as torch (goal: 1)"], rows)
