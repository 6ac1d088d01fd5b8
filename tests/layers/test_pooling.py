"""Pooling: exact values, which element gets the gradient, and how windows are given."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

import normstats
from normstats import registry
from normstats.errors import UsageError
from normstats.layer.windows import LARGEST_WINDOW
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from tests.engine.jobs import parse

WINDOWS = st.lists(st.integers(1, 40), min_size=1, max_size=3)


def exact(call: str, **inputs: float) -> tuple[Exact, Exact]:
    layer, params = parse(call)
    return layer.exact(params, Inputs(**inputs))


@pytest.mark.parametrize(
    "call", ["max_pool1d(kernel_size=9)", "max_pool2d", "max_pool3d(kernel_size=1x9x1)"]
)
def test_maximum_of_nine(call: str) -> None:
    """By another integral: E max = ∫ (1 − Fⁿ) − ∫ Fⁿ over the halves; dx is 0 in 8 of 9."""
    y, dx = exact(call)
    n = 9

    def power(z: float) -> float:
        return float(stats.norm.cdf(z) ** n)

    mean = integrate.quad(lambda z: 1 - power(z), 0, 12, epsabs=1e-14)[0]
    mean -= integrate.quad(power, -12, 0, epsabs=1e-14)[0]
    square = integrate.quad(lambda z: 2 * z * (1 - power(z)), 0, 12, epsabs=1e-14)[0]
    square += integrate.quad(lambda z: -2 * z * power(z), -12, 0, epsabs=1e-14)[0]
    assert y.mean == pytest.approx(mean, abs=1e-12)
    assert y.std == pytest.approx(math.sqrt(square - mean**2), abs=1e-12)
    assert y.zeros == 0.0
    assert (dx.mean, dx.zeros) == (0.0, 8 / 9)
    assert dx.std == dx.rms == pytest.approx(1 / 3)


def test_maximum_moves_and_scales_with_its_inputs() -> None:
    y, dx = exact("max_pool2d(kernel_size=2)", x_mean=0.7, x_std=1.3, dy_mean=-0.4, dy_std=0.5)
    standard, _ = exact("max_pool2d(kernel_size=2)")
    assert standard.mean is not None
    assert standard.std is not None
    assert y.mean == pytest.approx(0.7 + 1.3 * standard.mean)
    assert y.std == pytest.approx(1.3 * standard.std)
    # dx = dy with probability 1/4, else 0.
    assert dx.mean == pytest.approx(-0.1)
    assert dx.rms == pytest.approx(math.sqrt((0.4**2 + 0.5**2) / 4))
    assert dx.std == pytest.approx(math.sqrt((0.4**2 + 0.5**2) / 4 - 0.1**2))


def test_average() -> None:
    y, dx = exact("avg_pool2d(kernel_size=2x3)", x_mean=0.7, x_std=1.3, dy_mean=-0.4, dy_std=0.5)
    assert (y.mean, y.std) == pytest.approx((0.7, 1.3 / math.sqrt(6)))
    assert (dx.mean, dx.std) == pytest.approx((-0.4 / 6, 0.5 / 6))
    assert (y.zeros, dx.zeros) == (0.0, 0.0)


@pytest.mark.parametrize("call", ["max_pool2d", "avg_pool2d"])
def test_inputs_without_width(call: str) -> None:
    y, dx = exact(call, x_mean=2.0, x_std=0.0, dy_std=0.0)
    assert (y.mean, y.std, y.zeros) == pytest.approx((2.0, 0.0, 0.0))
    assert (dx.mean, dx.std, dx.zeros) == (0.0, 0.0, 1.0)
    r = normstats.measure(call, samples=1000, x_mean=2.0, x_std=0.0, dy_std=0.0)
    assert (r.forward.mean.value, r.forward.std.value, r.backward.zeros.value) == (2.0, 0.0, 1.0)
    for side in (r.forward, r.backward):
        for estimate in (side.mean, side.std, side.rms, side.zeros):
            assert estimate.z == pytest.approx(0.0, abs=1.0)


def test_a_window_of_one_changes_nothing() -> None:
    for kind in ("max", "avg"):
        y, dx = exact(f"{kind}_pool2d(kernel_size=1)")
        assert (y.mean, y.std, y.zeros) == (0.0, 1.0, 0.0)
        assert (dx.mean, dx.std, dx.zeros) == (0.0, 1.0, 0.0)


def test_the_first_of_equals_gets_the_gradient() -> None:
    x = np.array(
        [[[1.0, 3.0], [3.0, 3.0]], [[0.0, -0.0], [0.0, 0.0]], [[-1.0, -2.0], [-3.0, -1.0]]]
    )
    y, dx = normstats.apply("max_pool2d", x, [5.0, 6.0, 7.0], kernel_size=2)
    assert y.tolist() == [3.0, 0.0, -1.0]
    assert dx.tolist() == [[[0, 5], [0, 0]], [[6, 0], [0, 0]], [[7, 0], [0, 0]]]


@given(
    st.sampled_from(["max", "avg"]), st.integers(1, 3), st.integers(1, 12), st.integers(0, 2**32)
)
def test_gradient_is_handed_on_whole(kind: str, dimensions: int, samples: int, seed: int) -> None:
    """The elements of a window get what came to it; its shape is that of the parameters."""
    rng = np.random.default_rng(seed)
    window = tuple(rng.integers(1, 4, dimensions).tolist())
    x, dy = rng.standard_normal((samples, *window)), rng.standard_normal(samples)
    y, dx = normstats.apply(f"{kind}_pool{dimensions}d", x, dy, kernel_size=window)
    assert y.shape == dy.shape
    assert dx.shape == x.shape
    axes = tuple(range(1, x.ndim))
    assert dx.sum(axis=axes) == pytest.approx(dy)
    assert y == pytest.approx(x.max(axis=axes) if kind == "max" else x.mean(axis=axes))


def test_one_dimension_and_three_are_the_same_code() -> None:
    x, dy = np.random.default_rng(0).standard_normal((5, 8)), np.arange(5.0)
    flat = normstats.apply("max_pool1d", x, dy, kernel_size=8)
    cube = normstats.apply("max_pool3d", x.reshape(5, 2, 2, 2), dy, kernel_size=2)
    assert np.array_equal(flat[0], cube[0])
    assert np.array_equal(flat[1], cube[1].reshape(5, 8))


@given(WINDOWS)
def test_windows_as_they_are_typed(sizes: list[int]) -> None:
    layer = registry.get(f"max_pool{len(sizes)}d")
    spellings = [
        "x".join(map(str, sizes)),
        ",".join(map(str, sizes)),
        f"({', '.join(map(str, sizes))})",
    ]
    for given_as in (*spellings, tuple(sizes), sizes):
        assert layer.parse({"kernel_size": given_as}) == {"kernel_size": tuple(sizes)}
    one = layer.parse({"kernel_size": sizes[0]})
    assert (
        one
        == {"kernel_size": (sizes[0],) * len(sizes)}
        == layer.parse({"kernel_size": str(sizes[0])})
    )


@pytest.mark.parametrize(
    "bad",
    [
        0, -1, "0", "3x0", "-3", "2x3x4", "", "x", "3x", "axb", 1.5, "1.5", True, None, [3, 0],
        [1, 2, 3], 65537, "257x256", 10**30, "9" * 30, "1e3", "nan", float("nan"), [2, 2.5], {},
    ],
    ids=repr,
)  # fmt: skip
def test_bad_windows(bad: object) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.measure("max_pool2d", samples=10, kernel_size=bad)
    assert caught.value.name == "kernel_size"
    assert str(LARGEST_WINDOW) in caught.value.allowed


def test_the_largest_window_still_works() -> None:
    r = normstats.measure("max_pool1d", samples=300, kernel_size=LARGEST_WINDOW)
    assert r.forward.mean.z is not None
    assert abs(r.forward.mean.z) < 5
