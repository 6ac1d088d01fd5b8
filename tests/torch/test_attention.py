"""Attention against PyTorch: y, and the gradients of q, k and v by its autograd."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import normstats

torch = pytest.importorskip("torch", reason="NOT TESTED: PyTorch is not installed")
pytestmark = pytest.mark.torch


@given(
    st.integers(1, 4),
    st.integers(1, 40),
    st.integers(1, 20),
    st.booleans(),
    st.sampled_from([None, 0.3, -1.0, 4.0]),
    st.integers(1, 10),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=40)
def test_attention(
    heads: int, length: int, size: int, causal: bool, scale: float | None, samples: int, seed: int
) -> None:
    if causal and scale is not None:
        scale = abs(scale)  # of −∞ times a negative scale PyTorch makes nan
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((samples, 3, heads, length, size))
    dy = rng.standard_normal((samples, heads, length, size))
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    function = torch.nn.functional.scaled_dot_product_attention
    q, k, v = (leaf[:, part] for part in range(3))
    y = function(q, k, v, is_causal=causal, scale=scale)
    y.backward(torch.tensor(dy, dtype=torch.float64))
    got = normstats.apply(
        "scaled_dot_product_attention",
        x,
        dy,
        num_heads=heads,
        length=length,
        head_dim=size,
        is_causal="true" if causal else "false",
        scale=scale,
    )
    for a, b in zip(got, (y.detach().numpy(), leaf.grad.numpy()), strict=True):
        assert a.shape == b.shape
        assert np.abs(a - b).max() <= 1e-10 * max(1.0, float(np.abs(b).max()))
