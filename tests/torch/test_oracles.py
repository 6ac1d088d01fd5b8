"""Every layer that names a PyTorch counterpart against it: y, and dx by its autograd.

PyTorch is no dependency: without it this is skipped, and pytest -ra says so.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from normstats import registry
from normstats.runs.inputs import Inputs
from normstats.values import Array
from tests.engine.jobs import parse
from tests.layers.contract import Case, extras, input_shapes, kinks, variants

torch = pytest.importorskip("torch", reason="NOT TESTED: PyTorch is not installed")
pytestmark = pytest.mark.torch

SAMPLES = 600
# Names that differ: PyTorch's prelu is called with its weight, which it creates from init.
RENAMED = {"weight": "init"}
# Their gradients contain 1/6 and alpha in single precision, even for doubles.
SINGLE = {"torch.nn.Hardsigmoid", "torch.nn.CELU"}
# Families with a file of their own, for weights, shapes and other names.
OWN = {"normalisation", "vector", "gated", "loss", "linear", "convolution", "pooling", "resizing"}
OWN |= {"attention", "recurrent"}
LAYERS = [
    layer for layer in registry.all_layers().values() if layer.torch and layer.family not in OWN
]
CASES = [case for layer in LAYERS for case in variants(layer)]


def tensor(values: Array) -> Any:
    return torch.tensor(values, dtype=torch.float64)


def counterpart(case: Case, more: dict[str, Array]) -> Any:
    """A function of x. Random layers are replayed: their mask is put in where they draw it."""
    found = operator.attrgetter(case.layer.torch.removeprefix("torch."))(torch)
    params = dict(case.params)
    if "mask" in more:
        return None
    if not isinstance(found, type):  # a plain function
        return lambda x: found(x, **params)
    named = {RENAMED.get(name, name): value for name, value in params.items()}
    module = found(**named).double()
    if "weight" in params:  # created in single precision
        module.weight.data.fill_(params["weight"])
    return module


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients(case: Case) -> None:
    rng = np.random.default_rng(5)
    x_shape, dy_shape = input_shapes(case)
    more = extras(case, SAMPLES, rng)
    function = counterpart(case, more)
    if function is None:
        pytest.skip("random: compared by its own test below")
    x, dy = (
        3.0 * rng.standard_normal((SAMPLES, *x_shape)),
        rng.standard_normal((SAMPLES, *dy_shape)),
    )
    if not x_shape:  # kinks as well: their conventions are PyTorch's
        special = [0.0, -0.0, 25.0, -25.0, 1e3, -1e3, *kinks(case)]
        x[: len(special)] = special
    given = tensor(x).requires_grad_()
    y = function(given)
    y.backward(tensor(dy).reshape(y.shape))
    got = case.layer.apply(x, dy, case.params, more)
    expected = y.detach().numpy().reshape(dy.shape), given.grad.numpy()
    for name, a, b in zip(("y", "dx"), got, expected, strict=True):
        # PyTorch's own formulas lose digits where they cancel: near 0 of a difference, in tails.
        precision = 1e-6 if case.layer.torch in SINGLE else 1e-11
        np.testing.assert_allclose(a, b, rtol=precision, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_dropout(p: float) -> None:
    """With the mask that PyTorch has drawn."""
    rng = np.random.default_rng(6)
    x, dy = rng.standard_normal((2, 500))
    given = tensor(x).requires_grad_()
    torch.manual_seed(1)
    y = torch.nn.functional.dropout(given, p, training=True)
    y.backward(tensor(dy))
    mask = y.detach().numpy() != 0.0
    assert 0.0 < mask.mean() < 1.0
    layer, params = parse("dropout", {"p": p})
    got = layer.apply(x, dy, params, {"mask": mask})
    np.testing.assert_allclose(got[0], y.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(got[1], given.grad.numpy(), rtol=1e-14)


def test_rrelu() -> None:
    """With the slopes that PyTorch has drawn."""
    rng = np.random.default_rng(6)
    x, dy = rng.standard_normal((2, 500))
    given = tensor(x).requires_grad_()
    torch.manual_seed(1)
    y = torch.nn.functional.rrelu(given, training=True)
    y.backward(tensor(dy))
    slopes = y.detach().numpy() / x
    layer, params = parse("rrelu")
    drawn = slopes[x < 0.0]
    assert params["lower"] <= drawn.min() < drawn.max() <= params["upper"]
    got = layer.apply(x, dy, params, {"mask": slopes})
    np.testing.assert_allclose(got[0], y.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(got[1], given.grad.numpy(), rtol=1e-12)


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
@pytest.mark.parametrize("shape", [(40, 90), (90, 40)])
def test_initialisations(
    init: str, fill: str, arguments: dict[str, Any], shape: tuple[int, int]
) -> None:
    """E[w²] of PyTorch's, from 200 matrices, within five standard errors of ours."""
    torch.manual_seed(2)
    outs, ins = shape
    squares = []
    for _ in range(200):
        w = torch.empty(outs, ins, dtype=torch.float64)
        getattr(torch.nn.init, fill)(w, **arguments)
        squares.append(float((w**2).mean()))
    given = {"in_features": ins, "out_features": outs, "init": init, "init_std": 1.5}
    layer, params = parse("linear", given)
    y, *_ = layer.exact(params, Inputs())
    assert y.std is not None
    error = np.std(squares) / np.sqrt(len(squares))
    assert abs(np.mean(squares) - y.std**2 / ins) <= 5 * error + 1e-12
