"""The dropout family against PyTorch, with the masks that PyTorch has drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from normstats.values import Array
from tests.engine.jobs import parse

torch = pytest.importorskip("torch", reason="NOT TESTED: PyTorch is not installed")
pytestmark = pytest.mark.torch

CHANNELS = 60


def drawn(function: Any, shape: tuple[int, ...]) -> tuple[Array, Array, Array, Array]:
    """x, dy and PyTorch's y and dx, for a batch of one with a channel in each row of x."""
    rng = np.random.default_rng(7)
    x, dy = rng.standard_normal((2, CHANNELS, *shape))
    given = torch.tensor(x).requires_grad_()
    torch.manual_seed(1)
    y = function(given[None])
    y.backward(torch.tensor(dy)[None])
    return x, dy, y.detach().numpy()[0], given.grad.numpy()


def assert_same(call: str, mask: Array, found: tuple[Array, Array, Array, Array]) -> None:
    x, dy, y, dx = found
    assert 0.0 < mask.mean() < 1.0
    layer, params = parse(call)
    got = layer.apply(x, dy, params, {"mask": mask})
    np.testing.assert_allclose(got[0], y, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(got[1], dx, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("p", [0.1, 0.5])
@pytest.mark.parametrize(("dimensions", "size"), [(1, (5,)), (2, (3, 4)), (3, (2, 3, 2))])
def test_channels(dimensions: int, size: tuple[int, ...], p: float) -> None:
    function = getattr(torch.nn.functional, f"dropout{dimensions}d")
    found = drawn(lambda x: function(x, p, training=True), size)
    mask = (found[2] != 0.0).reshape(CHANNELS, -1).all(axis=1)
    text = "x".join(map(str, size))
    assert_same(f"dropout{dimensions}d(p={p}, size={text})", mask, found)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_alpha(p: float) -> None:
    found = drawn(lambda x: torch.nn.functional.alpha_dropout(x, p, training=True), ())
    assert_same(f"alpha_dropout(p={p})", found[3] != 0.0, found)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_feature_alpha(p: float) -> None:
    found = drawn(lambda x: torch.nn.functional.feature_alpha_dropout(x, p, training=True), (3, 4))
    mask = (found[3] != 0.0).reshape(CHANNELS, -1).all(axis=1)
    assert_same(f"feature_alpha_dropout(p={p}, size=3x4)", mask, found)


def test_dropconnect() -> None:
    """A linear layer whose weight is masked; dW by autograd, of each sample."""
    layer, params = parse("dropconnect(p=0.3, in_features=5, out_features=4)")
    rng = np.random.default_rng(8)
    x, dy, w = rng.standard_normal((6, 5)), rng.standard_normal((6, 4)), rng.standard_normal((4, 5))
    mask = rng.random((6, 4, 5)) > 0.3
    got = layer.apply(x, dy, params, {"mask": mask, "weight": w})
    for one in range(6):
        given = torch.tensor(x[one]).requires_grad_()
        weight = torch.tensor(w).requires_grad_()
        y = torch.nn.functional.linear(given, weight * torch.tensor(mask[one]) / 0.7)
        y.backward(torch.tensor(dy[one]))
        expected = y.detach().numpy(), given.grad.numpy(), weight.grad.numpy()
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a[one], b, rtol=1e-12, atol=1e-13)
