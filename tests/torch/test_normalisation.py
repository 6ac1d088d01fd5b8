"""Normalisation against PyTorch: y, and the gradients of x, weight and bias by its autograd."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normstats.values import Array
from tests.engine.jobs import parse

torch = pytest.importorskip("torch", reason="NOT TESTED: PyTorch is not installed")
pytestmark = pytest.mark.torch

PRECISION = 1e-10
SAMPLES = 5
EXAMPLES = settings(max_examples=25)
MAPS = st.lists(st.integers(1, 4), min_size=1, max_size=3)
EPS = st.sampled_from([1e-5, 1e-3, 0.5])
SEEDS = st.integers(0, 2**32)


def tensor(values: Array) -> Any:
    return torch.tensor(values, dtype=torch.float64).requires_grad_()


def compare(layer: str, given: dict[str, Any], seed: int, function: Callable[..., Any]) -> None:
    """``function`` maps one sample and the weights to y, as tensors, shaped as PyTorch has them."""
    rng = np.random.default_rng(seed)
    found, params = parse(layer, given)
    shapes = found.shapes(params)
    spread, centre = 10.0 ** rng.uniform(-2, 2), rng.uniform(-3, 3)
    x = centre + spread * rng.standard_normal((SAMPLES, *shapes.x))
    dy = rng.standard_normal((SAMPLES, *shapes.y))
    more = {name: rng.standard_normal(extra.shape) for name, extra in shapes.extras.items()}
    got = found.apply(x, dy, params, more)
    for sample in range(SAMPLES):
        values = [tensor(x[sample]), *(tensor(each) for each in more.values())]
        y = function(*values)
        gradients = torch.autograd.grad(y, values, tensor(dy[sample]).reshape(y.shape))
        expected = [y.detach(), *gradients]
        names = ("y", "dx", *more)
        for name, mine, theirs in zip(names, got, expected, strict=True):
            other = theirs.numpy().reshape(mine[sample].shape)
            size = (
                max(1.0, float(np.abs(other).max()))
                if name == "y"
                else float(
                    np.abs(other).max()
                    + np.abs(dy[sample]).sum() / (1.0 if name != "dx" else spread)
                )
            )
            np.testing.assert_allclose(
                mine[sample], other, rtol=PRECISION, atol=PRECISION * size, err_msg=name
            )


@given(st.integers(2, 9), MAPS, EPS, SEEDS)
@EXAMPLES
def test_batch_norm(batch: int, size: list[int], eps: float, seed: int) -> None:
    if batch * math.prod(size) < 4:
        batch = 4

    def function(x: Any, weight: Any, bias: Any) -> Any:
        return torch.nn.functional.batch_norm(
            x[:, None], None, None, weight[None], bias[None], training=True, eps=eps
        )

    compare("batch_norm", {"batch_size": batch, "size": size, "eps": eps}, seed, function)


@given(st.integers(1, 9), MAPS, EPS, st.floats(-2, 2), st.floats(0.1, 9), SEEDS)
@EXAMPLES
def test_batch_norm_in_evaluation(
    batch: int, size: list[int], eps: float, mean: float, variance: float, seed: int
) -> None:
    def function(x: Any, weight: Any, bias: Any) -> Any:
        running = (torch.tensor([v], dtype=torch.float64) for v in (mean, variance))
        return torch.nn.functional.batch_norm(
            x[:, None], *running, weight[None], bias[None], training=False, eps=eps
        )

    given_as = {"batch_size": batch, "size": size, "eps": eps, "mode": "eval"}
    given_as |= {"running_mean": mean, "running_var": variance}
    compare("batch_norm", given_as, seed, function)


@given(st.integers(4, 9), MAPS, EPS, SEEDS)
@EXAMPLES
def test_statistics_as_constants(batch: int, size: list[int], eps: float, seed: int) -> None:
    """By detaching them from the graph."""

    def function(x: Any, weight: Any, bias: Any) -> Any:
        mean, variance = x.mean().detach(), x.var(correction=0).detach()
        return (x - mean) / torch.sqrt(variance + eps) * weight + bias

    given_as = {"batch_size": batch, "size": size, "eps": eps, "grad_stats": "constant"}
    compare("batch_norm", given_as, seed, function)


@given(st.lists(st.integers(2, 6), min_size=1, max_size=3), st.integers(1, 4), EPS, SEEDS)
@EXAMPLES
def test_layer_norm(shape: list[int], batch: int, eps: float, seed: int) -> None:
    def function(x: Any, weight: Any, bias: Any) -> Any:
        return torch.nn.functional.layer_norm(x, shape, weight, bias, eps)

    given_as = {"normalized_shape": shape, "batch_size": batch, "eps": eps}
    compare("layer_norm", given_as, seed, function)


@given(st.lists(st.integers(2, 6), min_size=1, max_size=3), st.integers(1, 4), EPS, SEEDS)
@EXAMPLES
def test_rms_norm(shape: list[int], batch: int, eps: float, seed: int) -> None:
    def function(x: Any, weight: Any) -> Any:
        return torch.nn.functional.rms_norm(x, shape, weight, eps)

    given_as = {"normalized_shape": shape, "batch_size": batch, "eps": eps}
    compare("rms_norm", given_as, seed, function)


def test_rms_norm_has_the_default_of_pytorch() -> None:
    compare("rms_norm", {}, 1, lambda x, w: torch.nn.functional.rms_norm(x, (64,), w))


@given(st.integers(1, 4), st.integers(1, 3), MAPS, EPS, SEEDS)
@EXAMPLES
def test_group_norm(groups: int, channels: int, size: list[int], eps: float, seed: int) -> None:
    if channels * math.prod(size) < 2:
        channels = 2

    def function(x: Any, weight: Any, bias: Any) -> Any:
        return torch.nn.functional.group_norm(x[None], groups, weight, bias, eps)

    given_as = {"num_groups": groups, "num_channels": groups * channels, "size": size, "eps": eps}
    compare("group_norm", given_as, seed, function)


@given(MAPS, EPS, SEEDS)
@EXAMPLES
def test_instance_norm(size: list[int], eps: float, seed: int) -> None:
    size = [*size[:-1], size[-1] + 2]

    def function(x: Any, weight: Any, bias: Any) -> Any:
        return torch.nn.functional.instance_norm(
            x[None, None], weight=weight[None], bias=bias[None], eps=eps
        )

    compare("instance_norm", {"size": size, "eps": eps}, seed, function)


@given(st.integers(2, 12), SEEDS)
@EXAMPLES
def test_weight_norm(features: int, seed: int) -> None:
    def function(x: Any, g: Any) -> Any:
        return torch._weight_norm(x[None], g[None, None], 0)

    compare("weight_norm", {"in_features": features}, seed, function)


@given(st.integers(1, 5), st.integers(6, 20), st.sampled_from([0.0, 0.1]), SEEDS)
@EXAMPLES
def test_zca(features: int, more: int, eps: float, seed: int) -> None:
    """By PyTorch's eigenvectors, whose own gradient divides by the gaps between eigenvalues."""
    batch = features + more

    def function(x: Any) -> Any:
        centred = x - x.mean(0)
        eye = eps * torch.eye(features, dtype=torch.float64)
        values, vectors = torch.linalg.eigh(centred.T @ centred / batch + eye)
        return centred @ (vectors / values.sqrt()) @ vectors.T

    compare("zca", {"num_features": features, "batch_size": batch, "eps": eps}, seed, function)
