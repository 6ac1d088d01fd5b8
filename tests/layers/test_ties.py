"""Windows with equal elements: the first of them gets the gradient, integrated out or drawn."""

from __future__ import annotations

import numpy as np
import pytest

import normstats
from normstats.kernels.run import load
from normstats.layer.arrays import ArrayLayer
from tests.engine.jobs import parse

METHODS = ("plain", "antithetic", "rqmc")


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("name", METHODS)
def test_a_window_of_equals_hands_the_gradient_to_one(name: str, conditional: bool) -> None:
    """x is the same number everywhere: of nine gradients eight are 0, in every sample."""
    for x_mean in (0.0, 2.5):
        result = normstats.measure(
            "max_pool2d(kernel_size=3)", samples=20_000, method=name, conditional=conditional,
            x_mean=x_mean, x_std=0, dy_mean=0.3, dy_std=1.5,
        )  # fmt: skip
        zeros = result.backward.zeros
        assert zeros.value == pytest.approx(8 / 9, rel=1e-14)
        assert (zeros.exact, zeros.se) == (8 / 9, pytest.approx(0.0, abs=1e-12))
        for one in (result.backward.mean, result.backward.std, result.backward.rms):
            assert one.z is not None
            assert abs(one.z) < 5  # 36 of them: a chance of 2e-5, once
        assert result.forward.zeros.value == float(x_mean == 0.0)
        assert (result.forward.mean.value, result.forward.std.value) == (x_mean, 0.0)


@pytest.mark.parametrize("rows", [2, 4, 9])
def test_expectations_are_those_of_the_gradients_that_are_drawn(rows: int) -> None:
    """Windows of small whole numbers, most with ties: E, Var and P(0) at the first of equals."""
    columns, mean, variance = 64, 0.3, 2.25
    x = np.random.default_rng(4).integers(-1, 2, (rows, columns)).astype(float)
    layer, params = parse(f"max_pool1d(kernel_size={rows})")
    assert isinstance(layer, ArrayLayer)
    dy = np.zeros(columns)
    dy[:2] = mean, variance
    y, dx, c = np.empty((3, columns)), np.empty((3, rows, columns)), np.ones(2)
    kernel = load(layer.conditional_kernel_for(params))
    kernel(x, dy, np.zeros(columns), y, dx, columns, np.array([rows]), c)
    at = np.zeros((rows, columns), bool)
    for column in range(columns):
        largest = max(x[:, column])
        at[list(x[:, column]).index(largest), column] = True
    assert (y[0] == x.max(axis=0)).all()
    assert (y[1] == 0.0).all()
    assert (y[2] == (y[0] == 0.0)).all()
    assert (dx[0] == np.where(at, mean, 0.0)).all()
    assert (dx[1] == np.where(at, variance, 0.0)).all()
    assert (dx[2] == np.where(at, 0.0, 1.0)).all()
