"""Softmax and its kin: exact values, elements that outweigh all others, and the other methods."""

from __future__ import annotations

import math

import numpy as np
import pytest

import normstats
from normstats import registry
from normstats.errors import UsageError
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from tests.engine.jobs import MOVED, parse

NAMES = ("softmax", "softmin", "log_softmax", "logsumexp")


def exact(call: str, **inputs: float) -> tuple[Exact, ...]:
    layer, params = parse(call)
    return layer.exact(params, Inputs(**inputs))


def test_softmax_of_many_options() -> None:
    """n·std of y and of dx come to √(e − 1) and √e."""
    y, dx = exact("softmax(features=50000)")
    assert y.std is not None
    assert dx.std is not None
    assert y.mean == 1 / 50000
    assert 50000 * y.std == pytest.approx(math.sqrt(math.e - 1), rel=1e-3)
    assert 50000 * dx.std == pytest.approx(math.sqrt(math.e), rel=1e-3)


def test_softmax_of_two_is_a_sigmoid() -> None:
    """y = σ(d), dx = ±(dy₁ − dy₂) σ′(d), d = x₁ − x₂ of variance 2."""
    y, dx = exact("softmax(features=2)", dy_std=0.5)
    value, slope = exact("sigmoid", x_std=math.sqrt(2.0), dy_std=0.5 * math.sqrt(2.0))
    assert (y.mean, y.std) == (0.5, pytest.approx(value.std, rel=1e-12))
    assert (dx.mean, dx.std) == (0.0, pytest.approx(slope.std, rel=1e-12))


def test_softmin_is_softmax_of_minus_x() -> None:
    rng = np.random.default_rng(1)
    x, dy = rng.standard_normal((2, 50, 6))
    y, dx = normstats.apply("softmin", x, dy, features=6)
    mirrored, gradient = normstats.apply("softmax", -x, dy, features=6)
    assert np.array_equal(y, mirrored)
    assert np.array_equal(dx, -gradient)
    assert exact("softmin", x_mean=3.0) == exact("softmax", x_mean=3.0)


def test_a_shift_moves_logsumexp_alone() -> None:
    for name in NAMES:
        here, there = exact(name), exact(name, x_mean=0.7)
        assert here[1] == there[1]
        moved = 0.7 if name == "logsumexp" else 0.0
        assert there[0].mean == pytest.approx((here[0].mean or 0.0) + moved, rel=1e-15)
        assert here[0].std == there[0].std


def test_maxout_is_max_pooling() -> None:
    x, dy = np.random.default_rng(2).standard_normal((40, 5)), np.arange(40.0)
    for a, b in zip(
        normstats.apply("maxout", x, dy, features=5),
        normstats.apply("max_pool1d", x, dy, kernel_size=5),
        strict=True,
    ):
        assert np.array_equal(a, b)
    assert exact("maxout(features=5)", x_std=2.0) == exact("max_pool1d(kernel_size=5)", x_std=2.0)


@pytest.mark.parametrize("far", [40.0, 700.0, 2000.0])
def test_what_is_small_beside_one_option_keeps_its_digits(far: float) -> None:
    """With one x far above the other, all follows from e = e^−far: y is 1 − e, and so on."""
    x, dy = np.array([[far, 0.0], [0.0, far]]), np.array([[1.0, 3.0], [1.0, 3.0]])
    e = math.exp(-min(far, 708.0))
    y, dx = normstats.apply("softmax", x, dy, features=2)
    assert y == pytest.approx(np.array([[1.0, e], [e, 1.0]]), rel=1e-13, abs=0.0)
    assert dx == pytest.approx(2.0 * e * np.array([[-1.0, 1.0], [-1.0, 1.0]]), rel=1e-13, abs=0.0)
    y, _ = normstats.apply("log_softmax", x, dy, features=2)
    assert y == pytest.approx(np.array([[-e, -far], [-far, -e]]), rel=1e-13, abs=0.0)
    y, dx = normstats.apply("logsumexp", x - far, dy[:, 0], features=2)
    assert y == pytest.approx(np.array([e, e]), rel=1e-13, abs=0.0)
    assert dx == pytest.approx(np.array([[1.0, e], [e, 1.0]]), rel=1e-13, abs=0.0)


@pytest.mark.parametrize("name", [*NAMES, "maxout"])
@pytest.mark.parametrize("inputs", [Inputs(), MOVED], ids=["standard", "other"])
@pytest.mark.parametrize("method", ["plain", "antithetic", "rqmc"])
def test_other_methods(name: str, inputs: Inputs, method: str) -> None:
    """The gradient integrated out: exact values within five errors, which are no larger then."""
    settings = {"samples": 40_000, "features": 5, "seed": 3, **vars(inputs)}
    plain = normstats.measure(name, **settings)
    got = normstats.measure(name, method=method, conditional=True, **settings)
    for direction in ("forward", "backward"):
        for statistic in ("mean", "std", "rms", "zeros"):
            estimate = getattr(getattr(got, direction), statistic)
            assert estimate.z is not None, (direction, statistic)
            assert abs(estimate.z) < 5.0, (direction, statistic)
            own = getattr(getattr(plain, direction), statistic).se
            if method == "plain":  # mirrored pairs may agree, and then say less than two samples
                assert estimate.se <= 1.2 * own + 1e-9, (direction, statistic)


def test_too_wide_for_the_integrals() -> None:
    for name in NAMES:
        y, dx = exact(name, x_std=40.0, dy_mean=3.0)
        assert (y.std, dx.std) == (None, None)
        assert dx.zeros == 0.0
        assert "x-std above 32" in registry.get(name).note
        result = normstats.measure(name, samples=1000, x_std=40.0, dy_mean=3.0)
        assert result.forward.std.exact is None
        assert result.backward.mean.z is not None
        assert abs(result.backward.mean.z) < 5.0
        _, nothing = exact(name, x_std=40.0, dy_std=0.0)
        assert (nothing.std, nothing.zeros) == (0.0, 1.0)


@pytest.mark.parametrize("name", [*NAMES, "maxout"])
def test_inputs_without_width(name: str) -> None:
    result = normstats.measure(name, samples=1000, features=4, x_mean=2.0, x_std=0, dy_std=0)
    for side in result.statistics.values():
        for statistic in ("mean", "std", "rms", "zeros"):
            estimate = getattr(side, statistic)
            assert estimate.z == pytest.approx(0.0, abs=1.0)
    assert result.backward.zeros.value == 1.0


@pytest.mark.parametrize("bad", [1, 0, -3, 65537, 2.5, "x", True])
def test_bad_features(bad: object) -> None:
    for name in (*NAMES, "maxout"):
        with pytest.raises(UsageError, match="features") as caught:
            normstats.measure(name, samples=10, features=bad)
        assert caught.value.allowed == "must be a whole number from 2 to 65536"
