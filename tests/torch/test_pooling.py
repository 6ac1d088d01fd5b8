"""Pooling against PyTorch: y, and dx by autograd, over random maps, windows and options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normstats.errors import UsageError
from normstats.layer.base import Layer
from normstats.layer.params import Params
from normstats.values import Array
from tests.engine.jobs import parse

torch = pytest.importorskip("torch", reason="NOT TESTED: PyTorch is not installed")
pytestmark = pytest.mark.torch

SAMPLES = 5


def differentiated(function: Any, x: Array, dy: Array) -> tuple[Array, Array]:
    """y and dx of a PyTorch function that takes a batch and a channel before the map."""
    given_x = torch.tensor(x[:, None], dtype=torch.float64).requires_grad_()
    y = function(given_x)
    y.backward(torch.tensor(dy.reshape(y.shape), dtype=torch.float64))
    return y.detach().numpy().reshape(dy.shape), given_x.grad.numpy()[:, 0]


def assert_like_torch(layer: Layer, params: Params, function: Any, x: Array, dy: Array) -> None:
    got = layer.apply(x, dy, params)
    with np.errstate(all="ignore"):
        expected = differentiated(function, x, dy)
    for name, a, b in zip(("y", "dx"), got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12, err_msg=f"{name} of {params}")


def arrays(shapes: Any, seed: int, ties: bool) -> tuple[Array, Array]:
    """Numbers, or whole numbers, most of which are tied."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((SAMPLES, *shapes.x))
    return (np.round(x) if ties else x), rng.standard_normal((SAMPLES, *shapes.y))


def each(low: int, high: int, dimensions: int) -> Any:
    return st.tuples(*[st.integers(low, high)] * dimensions)


@settings(max_examples=150)
@given(st.sampled_from(["max", "avg", "lp"]), st.integers(1, 3), st.booleans(), st.data())
def test_sliding_windows(kind: str, dimensions: int, ceil: bool, data: Any) -> None:
    options: dict[str, Any] = {
        "kernel_size": data.draw(each(1, 4, dimensions)),
        "stride": data.draw(st.none() | each(1, 4, dimensions)),
        "ceil_mode": ceil,
    }
    if kind != "lp":
        options["padding"] = data.draw(each(0, 2, dimensions))
    if kind == "max":
        options["dilation"] = data.draw(each(1, 3, dimensions))
    if kind == "avg":
        options["count_include_pad"] = data.draw(st.booleans())
        if dimensions > 1:
            options["divisor_override"] = data.draw(st.none() | st.integers(1, 7))
    if kind == "lp":
        options["norm_type"] = data.draw(st.sampled_from([1, 2, 4, 8]))
    size = data.draw(each(1, {1: 12, 2: 8, 3: 6}[dimensions], dimensions))
    function = getattr(torch.nn.functional, f"{kind}_pool{dimensions}d")
    if kind == "lp" and dimensions == 1:  # it takes numbers only
        options = {name: v[0] if isinstance(v, tuple) else v for name, v in options.items()}
    try:
        layer, params = parse(f"{kind}_pool{dimensions}d", {**options, "size": size})
    except UsageError as refused:
        refuses_too(function, options, size, refused)
        return
    x, dy = arrays(layer.shapes(params), data.draw(st.integers(0, 2**32)), kind == "max")
    assert_like_torch(layer, params, lambda v: function(v, **options), x, dy)


def refuses_too(function: Any, options: dict[str, Any], size: Any, refused: UsageError) -> None:
    """PyTorch refuses it as well, or has nothing but padding in a window."""
    try:
        y = function(torch.zeros((1, 1, *size), dtype=torch.float64), **options)
    except RuntimeError:
        return
    assert "nothing but padding" in refused.allowed
    assert "dilation" not in options or bool(torch.isinf(y).any())


@settings(max_examples=60)
@given(st.sampled_from(["max", "avg"]), st.integers(1, 3), st.data())
def test_adaptive_windows(kind: str, dimensions: int, data: Any) -> None:
    size, count = data.draw(each(1, 7, dimensions)), data.draw(each(1, 5, dimensions))
    function = getattr(torch.nn.functional, f"adaptive_{kind}_pool{dimensions}d")
    layer, params = parse(
        f"adaptive_{kind}_pool{dimensions}d", {"size": size, "output_size": count}
    )
    x, dy = arrays(layer.shapes(params), data.draw(st.integers(0, 2**32)), kind == "max")
    assert_like_torch(layer, params, lambda v: function(v, count), x, dy)


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_single_windows(kind: str, dimensions: int) -> None:
    layer, params = parse(f"{kind}_pool{dimensions}d", {"kernel_size": (4, 3, 2)[:dimensions]})
    function = getattr(torch.nn.functional, f"{kind}_pool{dimensions}d")
    x, dy = arrays(layer.shapes(params), 1, kind == "max")
    assert_like_torch(layer, params, lambda v: function(v, params["kernel_size"]), x, dy)


@settings(max_examples=150)
@given(st.sampled_from(["max", "avg", "lp"]), st.integers(1, 3), st.booleans(), st.data())
def test_what_pytorch_refuses_is_refused(kind: str, dimensions: int, ceil: bool, data: Any) -> None:
    """And for maxima also windows of padding alone, whose -inf PyTorch lets pass."""
    kernel = data.draw(each(1, 4, dimensions))
    options: dict[str, Any] = {"kernel_size": kernel, "stride": data.draw(each(1, 4, dimensions))}
    if kind != "lp":
        options["padding"] = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    size = data.draw(each(1, 6, dimensions))
    function = getattr(torch.nn.functional, f"{kind}_pool{dimensions}d")
    norm = (2.0,) if kind == "lp" else ()
    own = {name: v if dimensions > 1 else v[0] for name, v in options.items()}
    try:
        y = function(torch.ones(1, 1, *size), *norm, **own, ceil_mode=ceil)
        taken = bool(y.numel()) and bool(torch.isfinite(y).all())
    except (RuntimeError, ValueError):
        taken = False
    given_here = {**options, "size": size, "ceil_mode": ceil}
    if taken:
        parse(f"{kind}_pool{dimensions}d", given_here)
    else:
        with pytest.raises(UsageError):
            parse(f"{kind}_pool{dimensions}d", given_here)
