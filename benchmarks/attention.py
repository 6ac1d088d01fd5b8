"""Attention and recurrent cells against NumPy's products, and against PyTorch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.report import table
from benchmarks.timing import ROUNDS, SMALL, in_turns, ratio
from normstats import registry
from normstats.api import measure

Run = Callable[[int], object]
ATTENTION = (
    "attention",
    "attention(length=64, head_dim=64)",
    "attention(length=256, head_dim=64)",
)
CELLS = (
    "rnn_cell",
    "rnn_cell(input_size=256, hidden_size=256)",
    "lstm_cell",
    "lstm_cell(input_size=256, hidden_size=256)",
    "gru_cell",
    "gru_cell(input_size=256, hidden_size=256)",
)
HEADS = 64  # heads at a time, for the others
GROUP = 512  # samples of a cell at a time, for the others


def _ours(call: str) -> Run:
    return lambda samples: measure(call, samples=samples, threads=1, seed=1)


def _sums(values: Any) -> None:
    """What the statistics take."""
    for one in values:
        one.sum()
        (one * one).sum()


def _products(length: int, size: int) -> tuple[Run, Run]:
    """The six products of a head by `np.dot`, and by `np.matmul` of many heads at once."""
    rng = np.random.default_rng(0)
    q, p = (rng.standard_normal((HEADS, length, n)) for n in (size, length))
    k = rng.standard_normal((HEADS, size, length))

    def dot(samples: int) -> object:
        for _ in range(samples):
            for _ in range(2):
                np.dot(q[0], k[0])
                np.dot(p[0], q[0])
                np.dot(p[0], q[0])
        return None

    def matmul(samples: int) -> object:
        for _ in range(samples // HEADS):
            for _ in range(2):
                np.matmul(q, k)
                np.matmul(p, q)
                np.matmul(p, q)
        return None

    return dot, matmul


def _torch_attention(length: int, size: int) -> Run | None:
    """torch.randn, the function, its backward pass, and sums of values and squares."""
    try:
        import torch
    except ImportError:
        return None
    shape = HEADS, length, size

    def run(samples: int) -> object:
        for _ in range(samples // HEADS):
            given = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for _ in range(3)]
            y = torch.nn.functional.scaled_dot_product_attention(*given)
            y.backward(torch.randn(shape, dtype=torch.float64))
            _sums([y.detach(), *(value.grad for value in given)])
        return None

    return run


def _alone(function: Callable[[], str]) -> str:
    """What a function returns in a process of its own, whose NumPy multiplies on one thread."""
    code = f"from benchmarks.attention import {function.__name__} as f; print(f(), end='')"
    quick = [word for word in sys.argv if word == "--quick"]
    settings = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *quick],
        stdout=subprocess.PIPE, text=True, check=True, env=settings,
    ).stdout  # fmt: skip


def attention() -> str:
    """Whole runs, drawing and softmax included, on one thread; GFLOP/s of the six products."""
    return _alone(attention_table)


def attention_table() -> str:
    """What ``attention`` gives, where NumPy has one thread."""
    peers.use(1)
    rows = []
    for call in ATTENTION:
        params = registry.parse_call(call).params
        length, size = params["length"], params["head_dim"]
        work = 12.0 * length * length * size
        samples = max(int(2e9 / work) // SMALL // HEADS * HEADS, 4 * HEADS)
        dot, matmul = _products(length, size)
        jobs = {"dot": (dot, samples), "matmul": (matmul, samples), "ours": (_ours(call), samples)}
        torch = _torch_attention(length, size)
        if torch:
            jobs["torch"] = (torch, max(samples // 8 // HEADS * HEADS, HEADS))
        times = in_turns(jobs, ROUNDS)
        rates = [f"{work / times[name].median:.1f}" for name in ("dot", "matmul", "ours")]
        beside = [f"**{ratio(times[name], times['ours'])}**" for name in ("dot", "matmul")]
        last = f"**{ratio(times['torch'], times['ours'])}**" if torch else "not installed"
        rows.append([f"`{call}`", *rates, *beside, last])
    head = ["layer", "np.dot, GFLOP/s", f"np.matmul, {HEADS} heads at once", "normstats"]
    head += ["ratio to np.dot (goal: 0.6)", "to np.matmul"]
    return table([*head, "times as fast as torch (goal: 5 for the first, else 1)"], rows)


def _cell_products(gates: int, ins: int, hidden: int) -> Run:
    """W x, W h and the same two with the transposes, of a group of samples, by `np.dot`."""
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((gates * hidden, n)) for n in (ins, hidden)]
    inside = [rng.standard_normal((n, GROUP)) for n in (ins, hidden)]
    outside = rng.standard_normal((gates * hidden, GROUP))

    def run(samples: int) -> object:
        for _ in range(samples // GROUP):
            for w, x in zip(weights, inside, strict=True):
                np.dot(w, x)
                np.dot(w.T, outside)
        return None

    return run


def _torch_cell(name: str, ins: int, hidden: int) -> Run | None:
    """New weights, torch.randn, a step, its backward pass, and sums of values and squares."""
    try:
        import torch
    except ImportError:
        return None
    modules = {"rnn_cell": "RNNCell", "lstm_cell": "LSTMCell", "gru_cell": "GRUCell"}
    module = getattr(torch.nn, modules[name])(ins, hidden, dtype=torch.float64)
    double = {"dtype": torch.float64, "requires_grad": True}

    def run(samples: int) -> object:
        for _ in range(samples // GROUP):
            module.reset_parameters()
            module.zero_grad()
            x = torch.randn(GROUP, ins, **double)
            state = [torch.randn(GROUP, hidden, **double) for _ in range(1 + (name == "lstm_cell"))]
            y = torch.cat(module(x, tuple(state)), 1) if len(state) == 2 else module(x, *state)
            y.backward(torch.randn_like(y))
            gradients = [value.grad for value in (x, *state, *module.parameters())]
            _sums([y.detach(), *gradients])
        return None

    return run


def cells() -> str:
    """Whole runs, with weights drawn and all gradients, on one thread; GFLOP/s of four products.

    PyTorch sums the gradients of weights over a batch; normstats takes those of each sample.
    """
    return _alone(cells_table)


def cells_table() -> str:
    """What ``cells`` gives, where NumPy has one thread."""
    peers.use(1)
    rows = []
    for call in CELLS:
        found = registry.parse_call(call)
        layer: Any = registry.layer_of(found)
        ins, hidden = found.params["input_size"], found.params["hidden_size"]
        work = 4.0 * layer.gates * hidden * (ins + hidden)
        samples = max(int(4e9 / work) // SMALL // (64 * GROUP) * (64 * GROUP), 64 * GROUP)
        jobs = {
            "dot": (_cell_products(layer.gates, ins, hidden), samples // 4),
            "ours": (_ours(call), samples),
        }
        torch = _torch_cell(found.layer, ins, hidden)
        if torch:
            jobs["torch"] = (torch, samples // 8)
        times = in_turns(jobs, ROUNDS)
        rates = [f"{work / times[name].median:.1f}" for name in ("dot", "ours")]
        last = f"**{ratio(times['torch'], times['ours'])}**" if torch else "not installed"
        rows.append([f"`{call}`", *rates, f"**{ratio(times['dot'], times['ours'])}**", last])
    head = ["layer", "np.dot, GFLOP/s", "normstats, all included", "ratio (goal: 0.6)"]
    return table([*head, "times as fast as torch (goal: 1)"], rows)
