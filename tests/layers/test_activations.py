"""The activations against their textbook definitions in mpmath, and against PyTorch."""

from __future__ import annotations

import importlib.util
import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from normstats.errors import UsageError
from normstats.layer.elementwise import Elementwise
from normstats.registry import find, get
from normstats.runs.inputs import Inputs
from normstats.values import Array
from tests.activation_definitions import CASES, DEFINITIONS, value_and_slope

RNG = np.random.default_rng(7)
POINTS = np.concatenate(
    [
        RNG.normal(size=24),
        RNG.normal(scale=10.0, size=16),
        RNG.uniform(-1e3, 1e3, size=4),
        RNG.normal(scale=1e-4, size=4),
    ]
)
IDS = [f"{name}({', '.join(f'{k}={v}' for k, v in given.items())})" for name, given in CASES]
cases = pytest.mark.parametrize(("name", "given"), CASES, ids=IDS)


def layer_and_params(name: str, given: Mapping[str, Any]) -> tuple[Elementwise, dict[str, Any]]:
    layer = get(name)
    assert isinstance(layer, Elementwise)
    return layer, layer.parse(given)


def run_kernel(layer: Elementwise, params: Mapping[str, Any], x: Array) -> tuple[Array, Array]:
    """f and f′ by the kernel under NumPy; a result that is the same everywhere has eight lanes."""
    c = np.array([*layer.coefficients(params), 0.0])
    with np.errstate(over="ignore"):
        value, slope = layer.activation_for(params)(x, c)
    return np.resize(value, x.shape), np.resize(slope, x.shape)


def close(got: Array, want: Array, tolerance: float = 2e-14) -> None:
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def test_all_are_there() -> None:
    assert [name for name in [*DEFINITIONS, "rrelu"] if find(name) is None] == []


@cases
def test_values_and_slopes(name: str, given: Mapping[str, Any]) -> None:
    layer, params = layer_and_params(name, given)
    x = POINTS[POINTS < 700.0] if name == "exp" else POINTS
    true = [value_and_slope(name, point, params) for point in x]
    value, slope = (np.array([float(pair[i]) for pair in true]) for i in (0, 1))
    for way in (run_kernel(layer, params, x), layer.twin(x, params)):
        close(way[0], value)
        close(way[1], slope)


@cases
def test_kernel_equals_twin(name: str, given: Mapping[str, Any]) -> None:
    layer, params = layer_and_params(name, given)
    kinks = np.array(layer.kinks(params))
    around = [kinks, np.nextafter(kinks, math.inf), np.nextafter(kinks, -math.inf)]
    x = np.concatenate([np.linspace(-30, 30, 1000), [0.0, -0.0, -1e3, 1e3], *around])
    for kernel, twin in zip(run_kernel(layer, params, x), layer.twin(x, params), strict=True):
        close(kernel, twin, 1e-13)


@cases
def test_finite_far_out(name: str, given: Mapping[str, Any]) -> None:
    layer, params = layer_and_params(name, given)
    for side in (-1e3, 1e3):
        value, slope = run_kernel(layer, params, np.full(8, side))
        if name == "exp" and side > 0.0:
            assert np.isinf(value).all()  # as in double precision everywhere
            assert np.isinf(slope).all()
        else:
            assert np.isfinite(value).all()
            assert np.isfinite(slope).all()


# What torch.autograd of PyTorch 2.13 gives, in double precision, at the kinks.
AT_KINKS: list[tuple[str, Mapping[str, Any], float, float]] = [
    ("relu", {}, 0.0, 0.0),
    ("relu6", {}, 0.0, 0.0),
    ("relu6", {}, 6.0, 0.0),
    ("leaky_relu", {"negative_slope": 0.2}, 0.0, 0.2),
    ("prelu", {"weight": 0.25}, 0.0, 0.25),
    ("elu", {"alpha": 0.5}, 0.0, 0.5),
    ("celu", {"alpha": 2.0}, 0.0, 1.0),
    ("selu", {}, 0.0, 1.7580993408473766),
    ("hardtanh", {}, -1.0, 0.0),
    ("hardtanh", {}, 1.0, 0.0),
    ("hardsigmoid", {}, -3.0, 0.0),
    ("hardsigmoid", {}, 3.0, 0.0),
    ("hardswish", {}, -3.0, 0.0),
    ("hardswish", {}, 3.0, 1.0),
    ("hardshrink", {}, -0.5, 0.0),
    ("hardshrink", {}, 0.5, 0.0),
    ("hardshrink", {"lambd": 0.0}, 0.0, 0.0),
    ("softshrink", {}, -0.5, 0.0),
    ("softshrink", {}, 0.5, 0.0),
    ("softshrink", {"lambd": 0.0}, 0.0, 0.0),
    ("softplus", {"threshold": 1.0}, 1.0, 0.7310585786300049),
    ("softsign", {}, 0.0, 1.0),
    ("threshold", {"threshold": 0.5, "value": 7.0}, 0.5, 0.0),
    ("abs", {}, 0.0, 0.0),
    ("relu_squared", {}, 0.0, 0.0),
]


@pytest.mark.parametrize(("name", "given", "x", "slope"), AT_KINKS)
def test_slope_at_a_kink(name: str, given: Mapping[str, Any], x: float, slope: float) -> None:
    layer, params = layer_and_params(name, given)
    point = np.full(8, x)
    close(run_kernel(layer, params, point)[1], np.full(8, slope), 1e-15)
    close(layer.twin(point, params)[1], np.full(8, slope), 1e-15)


@cases
def test_zero_intervals(name: str, given: Mapping[str, Any]) -> None:
    """f and f′ are 0 inside the intervals and nowhere else, in kernel and twin."""
    layer, params = layer_and_params(name, given)
    x = np.concatenate([RNG.normal(scale=4.0, size=400), np.array(layer.kinks(params))])
    declared = (layer.zero_value(params), layer.zero_slope(params))
    ways = (run_kernel(layer, params, x), layer.twin(x, params))
    for intervals, *found in zip(declared, *ways, strict=True):
        inside = np.zeros(len(x), bool)
        for low, high in intervals:
            inside |= (low <= x) & (x <= high)
        points = set(layer.kinks(params)) - {end for pair in intervals for end in pair}
        for values in found:
            differ = (values == 0.0) != inside
            assert set(x[differ]) <= points  # a single point where f or f′ is 0


@cases
def test_tails_do_not_become_zero(name: str, given: Mapping[str, Any]) -> None:
    """Where f or f′ fades out it stays above 0, so that no zero is counted that is not there."""
    layer, params = layer_and_params(name, given)
    x = np.array([-1e3, -300.0, -50.0, -38.0, 38.0, 50.0, 300.0, 1e3])
    declared = (layer.zero_value(params), layer.zero_slope(params))
    for intervals, values in zip(declared, run_kernel(layer, params, x), strict=True):
        inside = [any(low <= point <= high for low, high in intervals) for point in x]
        assert ((values == 0.0) == inside).all()


@pytest.mark.parametrize(
    ("name", "given", "argument"),
    [
        ("hardtanh", {"min_val": 1.0, "max_val": 1.0}, "max_val"),
        ("hardshrink", {"lambd": -0.5}, "lambd"),
        ("softshrink", {"lambd": "nan"}, "lambd"),
        ("celu", {"alpha": 0.0}, "alpha"),
        ("softplus", {"beta": 0.0}, "beta"),
        ("squareplus", {"b": 0.0}, "b"),
        ("gelu", {"approximate": "erf"}, "approximate"),
        ("rrelu", {"lower": 0.5, "upper": 0.25}, "upper"),
        ("relu", {"negative_slope": 0.1}, "negative_slope"),
    ],
)
def test_bad_parameters(name: str, given: Mapping[str, Any], argument: str) -> None:
    with pytest.raises(UsageError) as caught:
        get(name).parse(given)
    assert caught.value.name == argument


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("swish", "silu"),
        ("log-sigmoid", "logsigmoid"),
        ("hard_tanh", "hardtanh"),
        ("relu2", "relu_squared"),
    ],
)
def test_aliases(alias: str, name: str) -> None:
    assert get(alias).name == name


# rrelu


@pytest.mark.parametrize("given", [{}, {"lower": 0.0, "upper": 0.0}, {"lower": -0.5, "upper": 1.0}])
@pytest.mark.parametrize("inputs", [Inputs(), Inputs(0.5, 2.0, -1.0, 0.5), Inputs(-30.0, 1.0)])
def test_rrelu_exact(given: Mapping[str, Any], inputs: Inputs) -> None:
    """Against the same integrals over x and the slope, on grids."""
    layer = get("rrelu")
    params = layer.parse(given)
    forward, backward = layer.exact(params, inputs)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    kink = -inputs.x_mean / inputs.x_std
    ends = np.unique(np.clip([*np.arange(-12.0, 13.0), kink], -12.0, 12.0))
    z = np.concatenate([a + (b - a) * (nodes + 1) / 2 for a, b in itertools.pairwise(ends)])
    w = np.concatenate([(b - a) / 2 * weights for a, b in itertools.pairwise(ends)])
    w = w * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    x = (inputs.x_mean + inputs.x_std * z)[:, None]
    slopes = params["lower"] + (params["upper"] - params["lower"]) * (nodes + 1) / 2
    weight = w[:, None] * weights / 2
    a = np.where(x > 0.0, 1.0, slopes)
    mean, square = (weight * x * a).sum(), (weight * (x * a) ** 2).sum()
    assert forward.mean == pytest.approx(mean, abs=1e-12)
    assert forward.std == pytest.approx(math.sqrt(square - mean**2), abs=1e-11)
    mean_a, square_a = (weight * a).sum(), (weight * a**2).sum()
    rms = math.sqrt(square_a) * math.hypot(inputs.dy_mean, inputs.dy_std)
    assert backward.mean == pytest.approx(inputs.dy_mean * mean_a, abs=1e-12)
    assert backward.rms == pytest.approx(rms, abs=1e-12)
    flat = params["upper"] == params["lower"] == 0.0
    zeros = (weight * (x <= 0.0)).sum() if flat else 0.0
    assert forward.zeros == pytest.approx(zeros, abs=1e-12)
    assert backward.zeros == pytest.approx(zeros, abs=1e-12)


def test_rrelu_kernel_equals_twin() -> None:
    layer: Any = get("rrelu")
    params = layer.parse({})
    x, dy = RNG.normal(size=64), RNG.normal(size=64)
    x[0] = 0.0
    slopes = RNG.uniform(params["lower"], params["upper"], size=64)
    u = layer.mask_to_uniforms(slopes, params)
    y, dx = np.empty(64), np.empty(64)
    c = np.array(layer.coefficients_for(params))
    layer.kernel_for(params).function(x, dy, u, y, dx, 64, 1, c)
    want = layer.twin(x, dy, params, slopes)
    close(y, want[0], 1e-15)
    close(dx, want[1], 1e-15)
    assert dx[0] == pytest.approx(dy[0] * slopes[0], rel=1e-14)


def test_rrelu_expected() -> None:
    """The kernel for expectations against the twin, averaged over a grid of slopes."""
    layer: Any = get("rrelu")
    params = layer.parse({"lower": -0.5, "upper": 1.0})
    x = np.append(RNG.normal(size=7), 0.0)
    y, dx, nothing = np.empty(24), np.empty(24), np.empty(0)
    dy = np.array([0.5, 1.0, 0.0])  # E[dy], Var[dy], whether it is always 0
    c = np.array(layer.coefficients_for(params))
    layer.conditional_kernel_for(params).function(x, dy, nothing, y, dx, 8, 1, c)
    nodes, weights = np.polynomial.legendre.leggauss(3)
    slopes = -0.5 + 1.5 * (nodes + 1.0) / 2.0
    value, slope = (
        np.stack(row)
        for row in zip(
            *(layer.twin(x, np.ones(8), params, np.full(8, a)) for a in slopes), strict=True
        )
    )
    close(y[:8], weights @ value / 2.0)
    close(y[8:16], weights @ value**2 / 2.0 - y[:8] ** 2)
    close(y[16:], (x == 0.0).astype(float))
    close(dx[:8], 0.5 * (weights @ slope / 2.0))
    close(dx[8:16], 1.25 * (weights @ slope**2 / 2.0) - dx[:8] ** 2)
    close(dx[16:], np.zeros(8))


# PyTorch


# Where PyTorch's derivative is off, as it holds a constant in single precision: hardsigmoid
# multiplies by float32(1/6), celu by float32(1/alpha).
SINGLE = {"hardsigmoid": 1e-8, "celu": 1e-7}


def torch_function(layer: Elementwise, params: Mapping[str, Any]) -> Any:
    import torch

    module, name = layer.torch.rsplit(".", 1)
    if module == "torch":
        return getattr(torch, name)
    if name == "PReLU":
        return torch.nn.PReLU(init=params["weight"]).double()
    return getattr(torch.nn, name)(**params)


@pytest.mark.torch
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs PyTorch")
@pytest.mark.parametrize(
    ("name", "given"), [case for case in CASES if get(case[0]).torch], ids=lambda value: str(value)
)
def test_equal_to_pytorch(name: str, given: Mapping[str, Any]) -> None:
    import torch

    layer, params = layer_and_params(name, given)
    kinks = np.array(layer.kinks(params))
    around = [kinks, np.nextafter(kinks, math.inf), np.nextafter(kinks, -math.inf)]
    x = np.concatenate([POINTS, np.linspace(-1e3, 1e3, 101), [0.0, -0.0], *around])
    given_x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y = torch_function(layer, params)(given_x)
    y.backward(torch.ones_like(y))
    for way in (run_kernel(layer, params, x), layer.twin(x, params)):
        close(way[0], y.detach().numpy(), 1e-12)
        close(way[1], given_x.grad.numpy(), SINGLE.get(name, 1e-12))


@pytest.mark.torch
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs PyTorch")
def test_rrelu_equal_to_pytorch() -> None:
    import torch

    layer: Any = get("rrelu")
    params = layer.parse({})
    x = torch.tensor(np.append(POINTS, 0.0), requires_grad=True)
    y = torch.nn.RReLU(**params)(x)
    (slopes,) = torch.autograd.grad(y.sum(), x)
    inside = slopes[x <= 0.0]
    assert ((inside >= params["lower"]) & (inside <= params["upper"])).all()
    twin = layer.twin(x.detach().numpy(), np.ones(len(x)), params, slopes.numpy())
    close(twin[0], y.detach().numpy(), 1e-15)
    close(twin[1], slopes.numpy(), 1e-15)
