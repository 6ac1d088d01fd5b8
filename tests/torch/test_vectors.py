"""Functions of vectors, gated units and losses against PyTorch's autograd, on the same arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import normstats
from normstats.values import Array

torch = pytest.importorskip("torch", reason="NOT TESTED: PyTorch is not installed")
pytestmark = pytest.mark.torch

F = torch.nn.functional
VECTORS: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda x: F.softmax(x, -1),
    "softmin": lambda x: F.softmin(x, -1),
    "log_softmax": lambda x: F.log_softmax(x, -1),
    "logsumexp": lambda x: torch.logsumexp(x, -1),
    "maxout": lambda x: x.max(-1).values,
    "glu": lambda x: F.glu(x, -1),
    "swiglu": lambda x: (lambda a, b: a * F.silu(b))(*x.chunk(2, -1)),
    "geglu": lambda x: (lambda a, b: a * F.gelu(b))(*x.chunk(2, -1)),
    "reglu": lambda x: (lambda a, b: a * F.relu(b))(*x.chunk(2, -1)),
}
SIZES = st.integers(2, 40)
SCALES = st.sampled_from([0.01, 1.0, 5.0])
SEEDS = st.integers(0, 2**32 - 1)
few = settings(max_examples=12)


def tensor(values: Array) -> Any:
    return torch.tensor(values, dtype=torch.float64)


def assert_equal(name: str, function: Any, x: Array, rng: Any, **given_: Any) -> None:
    """y and dx to 1e-10 for a random dy."""
    mine = tensor(x).requires_grad_()
    y = function(mine)
    dy = rng.standard_normal(tuple(y.shape))
    y.backward(tensor(dy))
    got = normstats.apply(name, x, dy, **given_)
    for a, b in zip(got, (y.detach().numpy(), mine.grad.numpy()), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", VECTORS)
@given(SIZES, SCALES, st.integers(1, 3), SEEDS)
@few
def test_vectors(name: str, size: int, scale: float, batch: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    size += size % 2 if name.endswith("glu") else 0
    x = scale * rng.standard_normal((batch, 5, size))
    assert_equal(name, VECTORS[name], x, rng, features=size)


@given(st.floats(-3, 3), st.floats(-3, 3), SEEDS)
@few
def test_residual(skip: float, branch: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((6, 2))
    assert_equal(
        "residual",
        lambda x: skip * x[:, 0] + branch * x[:, 1],
        x,
        rng,
        skip=skip,
        branch=branch,
    )


@given(SIZES, st.integers(1, 9), st.sampled_from(["mean", "sum", "none"]), SCALES, SEEDS)
@few
def test_cross_entropy(classes: int, rows: int, reduction: str, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = scale * rng.standard_normal((3, rows, classes))
    target = rng.integers(0, classes, (3, rows))

    def function(x: Any) -> Any:
        each = zip(x, torch.tensor(target), strict=True)
        return torch.stack([F.cross_entropy(a, t, reduction=reduction) for a, t in each])

    params = {"features": classes, "batch_size": rows, "reduction": reduction}
    assert_equal("cross_entropy", function, x, rng, mask=target, **params)


@given(st.integers(1, 40), st.sampled_from(["mean", "sum", "none"]), SEEDS)
@few
def test_mse_loss(size: int, reduction: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3, 2, size))

    def function(x: Any) -> Any:
        return torch.stack([F.mse_loss(a, b, reduction=reduction) for a, b in x])

    assert_equal("mse_loss", function, x, rng, features=size, reduction=reduction)
