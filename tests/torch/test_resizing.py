"""Upsampling, rearranging and embedding against PyTorch: y, and dx by autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.jobs import parse

torch = pytest.importorskip("torch", reason="NOT TESTED: PyTorch is not installed")
pytestmark = pytest.mark.torch

SAMPLES = 4


def assert_like_torch(call: str, options: dict[str, Any], function: Any, seed: int) -> None:
    """``function`` maps a batch of samples, as tensors, to their y."""
    layer, params = parse(call, options)
    shapes = layer.shapes(params)
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((SAMPLES, *shapes.x))
    dy = rng.standard_normal((SAMPLES, *shapes.y))
    given_x = torch.tensor(x, dtype=torch.float64).requires_grad_()
    y = function(given_x)
    y.backward(torch.tensor(dy).reshape(y.shape))
    got = layer.apply(x, dy, params)
    np.testing.assert_allclose(got[0], y.detach().numpy().reshape(dy.shape), atol=1e-12)
    np.testing.assert_allclose(got[1], given_x.grad.numpy(), atol=1e-12)


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=3),
    st.integers(1, 4),
    st.sampled_from(["nearest", "linear", "aligned"]),
    st.integers(0, 2**32),
)
def test_upsample(size: list[int], scale: int, mode: str, seed: int) -> None:
    name = "nearest" if mode == "nearest" else ("linear", "bilinear", "trilinear")[len(size) - 1]
    aligned = mode == "aligned"
    options = {"size": size, "scale_factor": scale, "mode": name, "align_corners": aligned}
    module = torch.nn.Upsample(
        scale_factor=scale, mode=name, align_corners=None if mode == "nearest" else aligned
    )
    assert_like_torch("upsample", options, lambda x: module(x[:, None]), seed)


@settings(max_examples=20)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4))
def test_pixel_shuffle(factor: int, channels: int, height: int, width: int) -> None:
    options = {"upscale_factor": factor, "channels": channels, "size": (height, width)}
    assert_like_torch("pixel_shuffle", options, torch.nn.PixelShuffle(factor), 1)


def test_cat() -> None:
    options = {"first_features": 3, "second_features": 5, "first_scale": 0.5, "second_scale": -2}
    assert_like_torch(
        "cat", options, lambda x: torch.cat([0.5 * x[:, :3], -2.0 * x[:, 3:]], dim=1), 2
    )


def test_embedding() -> None:
    """The gradient of the table, by torch.nn.functional.embedding."""
    layer, params = parse("embedding(num_embeddings=5, embedding_dim=3, tokens=9)")
    rng = np.random.default_rng(3)
    table, dy = rng.standard_normal((SAMPLES, 5, 3)), rng.standard_normal((SAMPLES, 9, 3))
    numbers = rng.integers(0, 5, (SAMPLES, 9))
    y, dx = layer.apply(table, dy, params, {"mask": numbers})
    for one in range(SAMPLES):
        weight = torch.tensor(table[one], dtype=torch.float64).requires_grad_()
        expected = torch.nn.functional.embedding(torch.tensor(numbers[one]), weight)
        expected.backward(torch.tensor(dy[one]))
        np.testing.assert_array_equal(y[one], expected.detach().numpy())
        np.testing.assert_allclose(dx[one], weight.grad.numpy(), atol=1e-13)
