"""The moment map against closed forms, mpmath and the layers' own exact values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from normstats import registry
from normstats.layer.elementwise import Elementwise
from normstats.published.moment_map import activation, expect, maximum_moments
from normstats.published.quantity import Moments
from normstats.reference.quadrature import moments4
from normstats.runs.inputs import STANDARD


def test_moments_of_the_normal_distribution() -> None:
    for power, expected in ((0, 1.0), (1, 0.0), (2, 1.0), (4, 3.0), (6, 15.0), (12, 10395.0)):
        found = expect(lambda z, k=power: z**k)
        assert found == pytest.approx(expected, rel=1e-14, abs=1e-15)


def test_a_kink_anywhere_is_exact() -> None:
    for kink in (-1.7, 0.0, 0.3333, 2.5):
        found = expect(lambda z, k=kink: (z > k).astype(float), (kink,))
        assert found == pytest.approx(math.erfc(kink / math.sqrt(2.0)) / 2.0, rel=1e-14)


@pytest.mark.parametrize(
    ("layer", "degree"),
    [("identity", 1.0), ("relu", 1.0), ("relu_squared", 2.0), ("relu_cubed", 3.0)],
)
def test_homogeneous_functions(layer: str, degree: float) -> None:
    """E[f(σz)²] = σ^2d E[f²], so χ = d and σ* = E[f²]^(-1/2d)."""
    second = activation(layer).moment(2)
    assert activation(layer).chi() == pytest.approx(degree, rel=1e-12)
    assert activation(layer).sigma_star() == pytest.approx(second ** (-0.5 / degree), rel=1e-12)


def test_selu_is_its_own_fixed_point() -> None:
    assert activation("selu").moment(1) == pytest.approx(0.0, abs=1e-14)
    assert activation("selu").sigma_star() == pytest.approx(1.0, rel=1e-13)


def test_out_of_reach() -> None:
    assert activation("tanh").sigma_star() is None
    assert activation("sigmoid").chi() is None


@pytest.mark.parametrize("layer", ["gelu", "silu", "elu", "mish", "softplus", "cos", "leaky_relu"])
def test_chi_is_the_slope_of_a_difference_quotient(layer: str) -> None:
    sigma = 1.3
    step = 1e-4
    up, down = (activation(layer).moment(2, sigma * math.exp(s)) for s in (step, -step))
    slope = (up - down) / (4.0 * step)
    found = activation(layer).log_slope(2, sigma)
    assert found == pytest.approx(slope, rel=1e-6)


def test_sine_and_exponential_have_closed_forms() -> None:
    sigma = 0.8
    assert activation("sin").moment(2, sigma) == pytest.approx(
        (1.0 - math.exp(-2.0 * sigma**2)) / 2.0, rel=1e-13
    )
    # E e^{2σz} = e^{2σ²}; its logarithmic slope by log σ² is 2σ².
    slope = activation("exp").log_slope(2, sigma)
    assert slope == pytest.approx(2.0 * sigma**2 * math.exp(2.0 * sigma**2), rel=1e-12)


def test_moments_are_those_of_the_layers() -> None:
    """Two quadratures, one answer."""
    for name in ("relu", "sigmoid", "tanh", "gelu", "hardtanh", "softsign", "mish"):
        f = activation(name)
        y, dx = map(Moments.of, moments4(f.function, STANDARD))
        assert y is not None
        assert dx is not None
        mean = f.moment(1)
        assert y.mean == pytest.approx(mean, rel=1e-11, abs=1e-12)
        for power, central in ((2, y.variance), (3, y.third), (4, y.fourth)):
            wanted = f.expect(lambda y, *_, m=mean, k=power: (y - m) ** k)
            assert central == pytest.approx(wanted, rel=1e-11, abs=1e-13)
        # The third moment of dy is 0, the fourth 3.
        assert dx.variance == pytest.approx(f.expect(lambda y, g, z: g**2), rel=1e-11)
        assert dx.fourth == pytest.approx(f.expect(lambda y, g, z: 3.0 * g**4), rel=1e-11)
        assert (dx.mean, dx.third) == (0.0, 0.0)


def test_moments_of_relu() -> None:
    """E y^k = E|z|^k / 2."""
    y, dx = map(Moments.of, moments4(activation("relu").function, STANDARD))
    assert y is not None
    assert dx is not None
    m = 1.0 / math.sqrt(2.0 * math.pi)
    raw = [1.0, m, 0.5, 2.0 * m, 1.5]
    assert y.variance == pytest.approx(raw[2] - m**2)
    assert y.third == pytest.approx(raw[3] - 3 * m * raw[2] + 2 * m**3)
    assert y.fourth == pytest.approx(raw[4] - 4 * m * raw[3] + 6 * m**2 * raw[2] - 3 * m**4)
    assert (dx.variance, dx.fourth) == pytest.approx((0.5, 1.5))


def test_moments_of_the_maximum_of_two() -> None:
    """max(a, b) = (a + b)/2 + |a − b|/2: mean 1/√π, variance 1 − 1/π."""
    m = maximum_moments(2)
    assert m.mean == pytest.approx(1.0 / math.sqrt(math.pi), rel=1e-14)
    assert m.variance == pytest.approx(1.0 - 1.0 / math.pi, rel=1e-13)
    rng = np.random.default_rng(0)
    largest = rng.standard_normal((400_000, 2)).max(axis=1) - m.mean
    assert m.third == pytest.approx((largest**3).mean(), abs=5e-2)
    assert m.fourth == pytest.approx((largest**4).mean(), rel=5e-2)


@pytest.mark.parametrize(
    ("layer", "params"), [("sigmoid", {}), ("leaky_relu", {"negative_slope": 0.2})]
)
def test_the_error_of_a_ratio_is_that_of_simulations(layer: str, params: dict[str, float]) -> None:
    """std(x)/std(y), 1500 runs of 2000 samples: the scatter is known to 2 %."""
    found = registry.get(layer)
    assert isinstance(found, Elementwise)
    x = np.random.default_rng(2).standard_normal((1500, 2000))
    y, _ = found.twin(x, found.parse(params))
    scatter = (x.std(axis=1) / y.std(axis=1)).std(ddof=1) * math.sqrt(2000)
    assert activation(layer, params).ratio_unit_se() == pytest.approx(scatter, rel=0.1)


def test_the_error_of_a_ratio_of_equals_is_zero() -> None:
    assert activation("identity", {}).ratio_unit_se() == pytest.approx(0.0, abs=1e-7)


def test_only_activations_have_a_moment_map() -> None:
    with pytest.raises(ValueError, match="max_pool2d"):
        activation("max_pool2d").moment(2)
    with pytest.raises(ValueError, match="max_pool2d"):
        activation("max_pool2d").at_zero()
