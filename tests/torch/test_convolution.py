"""Convolutions and linear layers against PyTorch: y, and all gradients by its autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normstats.errors import UsageError
from normstats.runs.inputs import Inputs
from normstats.values import Array
from tests.engine.jobs import parse

torch = pytest.importorskip("torch", reason="NOT TESTED: PyTorch is not installed")
pytestmark = pytest.mark.torch

FEW = settings(max_examples=40)


def tensor(values: Array) -> Any:
    return torch.tensor(values, dtype=torch.float64)


def compare(layer: str, params: dict[str, Any], samples: int, function: Any) -> None:
    """y, dx, and the sums over samples of the gradients of weight and bias."""
    found, values = parse(layer, params)
    shapes = found.shapes(values)
    rng = np.random.default_rng(7)
    x, dy = (rng.standard_normal((samples, *shape)) for shape in (shapes.x, shapes.y))
    more = {name: extra.example(rng, extra.shape) for name, extra in shapes.extras.items()}
    leaves = {"x": tensor(x), **{name: tensor(value) for name, value in more.items()}}
    for leaf in leaves.values():
        leaf.requires_grad_()
    y = function(leaves["x"], leaves["weight"], leaves["bias"])
    y.backward(tensor(dy))
    got = found.apply(x, dy, values, more)
    expected = [y.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves.values())]
    for k, (a, b) in enumerate(zip(got, expected, strict=True)):
        summed = a if k < 2 else a.sum(axis=0)
        scale = max(float(np.abs(b).max(initial=0.0)), 1.0)
        assert summed.shape == b.shape
        assert np.abs(summed - b).max(initial=0.0) <= 1e-10 * scale


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[str, dict[str, Any], int]:
    """Any small one: odd and even sizes, strides beyond the kernel, padding beyond its reach."""
    dimensions, transposed = draw(st.integers(1, 3)), draw(st.booleans())
    top = 4 if dimensions == 3 else 7

    def each(low: int, high: int) -> tuple[int, ...]:
        return draw(st.tuples(*[st.integers(low, high)] * dimensions))

    groups = draw(st.integers(1, 3))
    params: dict[str, Any] = {
        "in_channels": groups * draw(st.integers(1, 5)),
        "out_channels": groups * draw(st.integers(1, 5)),
        "groups": groups,
        "kernel_size": each(1, min(top, 5)),
        "stride": each(1, 3),
        "padding": each(0, 3),
        "dilation": each(1, 3),
        "size": each(1, top),
    }
    name = f"conv{'_transpose' if transposed else ''}{dimensions}d"
    if transposed:
        params["output_padding"] = each(0, 2)
    return name, params, draw(st.integers(1, 9))


@FEW
@given(convolutions())
def test_convolutions(case: tuple[str, dict[str, Any], int]) -> None:
    name, params, samples = case
    names = ("stride", "padding", "output_padding", "dilation", "groups")
    options = {name: params[name] for name in names if name in params}
    function = getattr(torch.nn.functional, name)

    def run(x: Any, weight: Any, bias: Any) -> Any:
        return function(x, weight, bias, **options)

    try:
        parse(name, params)
    except UsageError:  # what is refused here, PyTorch refuses as well
        rng = np.random.default_rng(1)
        ins, outs, groups = (params[n] for n in ("in_channels", "out_channels", "groups"))
        channels = (ins, outs // groups) if "transpose" in name else (outs, ins // groups)
        x = tensor(rng.standard_normal((1, ins, *params["size"])))
        w = tensor(rng.standard_normal((*channels, *params["kernel_size"])))
        with pytest.raises(RuntimeError):
            run(x, w, None)
        return
    compare(name, params, samples, run)


@pytest.mark.parametrize(
    "params",
    [
        {"in_channels": 70, "out_channels": 100, "kernel_size": 5, "size": (9, 7), "padding": 2},
        {"in_channels": 300, "out_channels": 8, "kernel_size": 1, "size": 6},
        {"in_channels": 3, "out_channels": 20, "kernel_size": 9, "size": 20, "padding": 4},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["conv2d", "conv_transpose2d"])
def test_about_the_sizes_of_blocks(name: str, params: dict[str, Any]) -> None:
    """More than 96 rows, 256 of depth, 64 positions, gaps of many taps at the borders."""
    function = getattr(torch.nn.functional, name)
    padding = params.get("padding", 0)
    compare(name, params, 3, lambda x, w, b: function(x, w, b, padding=padding))


@FEW
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 9), st.integers(1, 9))
def test_linear(ins: int, outs: int, batch: int, samples: int) -> None:
    params = {"in_features": ins, "out_features": outs, "batch_size": batch}
    compare("linear", params, samples, torch.nn.functional.linear)


@pytest.mark.parametrize(
    ("init", "fill", "arguments"),
    [
        ("xavier_normal", "xavier_normal_", {}),
        ("xavier_uniform", "xavier_uniform_", {}),
        ("kaiming_normal", "kaiming_normal_", {"nonlinearity": "relu"}),
        ("kaiming_uniform", "kaiming_uniform_", {"nonlinearity": "relu"}),
        ("lecun_normal", "kaiming_normal_", {"nonlinearity": "linear"}),
        ("orthogonal", "orthogonal_", {}),
        ("trunc_normal", "trunc_normal_", {"std": 1.5}),
        ("normal", "normal_", {"std": 1.5}),
    ],
)
@pytest.mark.parametrize("transposed", [False, True])
def test_initialisations(init: str, fill: str, arguments: dict[str, Any], transposed: bool) -> None:
    """E[w²] of PyTorch's, in groups and with its fans, within five standard errors of ours."""
    torch.manual_seed(2)
    name = "ConvTranspose2d" if transposed else "Conv2d"
    squares = []
    for _ in range(100):
        module = getattr(torch.nn, name)(12, 18, (3, 2), groups=3, dtype=torch.float64)
        getattr(torch.nn.init, fill)(module.weight, **arguments)
        squares.append(float((module.weight.detach() ** 2).mean()))
    given = {"in_channels": 12, "out_channels": 18, "kernel_size": "3x2", "groups": 3}
    layer, params = parse(name.replace("T", "_t").lower(), {**given, "init": init, "init_std": 1.5})
    counts = layer.maps(params).counts(not transposed)  # type: ignore[attr-defined]
    y = layer.exact(params, Inputs())[0]
    assert y.std is not None
    ours = y.std**2 / (12 / 3) / counts.mean
    error = np.std(squares) / np.sqrt(len(squares))
    assert abs(np.mean(squares) - ours) <= 5 * error + 1e-12
