"""Closed forms against simulations, mpmath and the equations that they solve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from normstats import registry
from normstats.layer.elementwise import Elementwise
from normstats.published import closed_forms as cf
from normstats.published.closed_forms import evaluate

mpmath: Any = pytest.importorskip("mpmath")
RNG = np.random.default_rng(7)


def test_by_name() -> None:
    assert evaluate("sum_gain", {"features": 512}).exact == pytest.approx(512**-0.5)
    assert evaluate("overlap_counts", {"kernel_size": 3, "stride": 2}).exact is None
    with pytest.raises(ValueError, match="no formula"):
        evaluate("nothing", {})


def test_softmax_limits() -> None:
    n = 20_000
    z, dy = RNG.standard_normal((2, 50, n))
    y = np.exp(z)
    y /= y.sum(axis=1, keepdims=True)
    dx = y * (dy - (y * dy).sum(axis=1, keepdims=True))
    assert y.std() == pytest.approx(cf.softmax_limit(n), rel=0.02)
    assert dx.std() == pytest.approx(cf.softmax_backward_limit(n), rel=0.02)


def test_losses() -> None:
    x, t = RNG.standard_normal((2, 200_000))
    assert 1.0 / (2 * (x - t)).std() == pytest.approx(cf.mse_backward_gain(), rel=0.01)
    classes = 5
    onehot = np.eye(classes)[RNG.integers(classes, size=50_000)]
    gradient = np.full(classes, 1 / classes) - onehot
    gain = cf.cross_entropy_backward_gain(classes)
    assert 1.0 / gradient.std() == pytest.approx(gain, rel=1e-3)


def test_layer_norm_backward() -> None:
    """Small N makes the finite-N effect large: √(5/6) at N = 8, not 1."""
    n = 8
    x, dy = RNG.standard_normal((2, 100_000, n))
    h = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    dx = dy - dy.mean(axis=1, keepdims=True) - h * (dy * h).mean(axis=1, keepdims=True)
    dx /= x.std(axis=1, keepdims=True)
    assert 1.0 / dx.std() == pytest.approx(cf.layer_norm_backward_gain(n), rel=0.01)


def test_gated_units() -> None:
    found = cf.gated_gain("sigmoid")
    x, g = RNG.standard_normal((2, 1000, 1000))
    y = x / (1.0 + np.exp(-g))
    assert found.unit_se is not None
    assert 1.0 / y.std() == pytest.approx(found.exact, abs=4 * found.unit_se / math.sqrt(y.size))
    scatter = (1.0 / y.std(axis=1)).std(ddof=1) * math.sqrt(1000)
    assert found.unit_se == pytest.approx(scatter, rel=0.1)


def test_one_linear_layer_and_relu() -> None:
    """The published experiment on a smaller scale: mean, rms, and the scatter of one draw."""
    fan_in = outputs = 24
    draws = 6000
    x = RNG.standard_normal((draws, fan_in, 1))
    w = RNG.standard_normal((draws, outputs, fan_in)) * math.sqrt(2.0 / fan_in)
    y = np.maximum((w @ x)[..., 0], 0.0)
    mean = cf.linear_relu_mean(fan_in, outputs)
    rms = cf.linear_relu_rms(fan_in, outputs)
    assert mean.exact is not None
    assert mean.unit_se is not None
    assert rms.unit_se is not None
    assert y.mean() == pytest.approx(mean.exact, abs=4 * mean.unit_se / math.sqrt(draws))
    assert (y**2).mean() == pytest.approx(1.0, abs=8 * rms.unit_se / math.sqrt(draws))
    assert y.mean(axis=1).std(ddof=1) == pytest.approx(mean.unit_se, rel=0.06)
    assert (y**2).mean(axis=1).std(ddof=1) == pytest.approx(2.0 * rms.unit_se, rel=0.1)


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (-0.1, 2.0), (-0.3, 0.5)])
def test_selu_constants_solve_the_fixed_point(mean: float, variance: float) -> None:
    alpha, scale = cf.selu_alpha(mean, variance), cf.selu_lambda(mean, variance)

    def selu(x: Any) -> Any:
        return scale * (x if x > 0 else alpha * mpmath.expm1(x))

    def expectation(power: int) -> float:
        sigma = math.sqrt(variance)
        ends = [mean - 14 * sigma, mean - 4 * sigma, 0, mean + 4 * sigma, mean + 14 * sigma]
        return float(mpmath.quad(lambda x: mpmath.npdf(x, mean, sigma) * selu(x) ** power, ends))

    assert expectation(1) == pytest.approx(mean, abs=1e-12)
    assert expectation(2) - expectation(1) ** 2 == pytest.approx(variance, rel=1e-12)


def test_selu_constants_are_those_of_the_paper_and_of_the_layer() -> None:
    assert cf.selu_alpha(0.0, 1.0) == pytest.approx(1.6732632423543772848, rel=1e-14)
    assert cf.selu_lambda(0.0, 1.0) == pytest.approx(1.0507009873554804934, rel=1e-14)
    selu = registry.get("selu")
    assert isinstance(selu, Elementwise)
    y, _ = selu.twin(np.full(1, -1e3), selu.parse({}))
    assert y[0] == pytest.approx(cf.alpha_dropout_value(), rel=1e-14)


def test_truncated_normals() -> None:
    from scipy.stats import truncnorm

    for low, high in ((-2.0, 2.0), (-1.0, 3.0)):
        expected = truncnorm(low, high).std()
        assert cf.truncated_normal_std(low, high) == pytest.approx(expected, rel=1e-12)

    def inside(r: Any) -> Any:
        return 2 * r * mpmath.exp(-(r**2))

    weight = mpmath.quad(inside, [0, 2])
    square = mpmath.quad(lambda r: r**2 * inside(r), [0, 2]) / weight
    found = cf.truncated_complex_normal_std(2.0)
    assert found == pytest.approx(float(mpmath.sqrt(square)), rel=1e-13)
    # What JAX publishes lacks the division by the weight.
    assert float(mpmath.sqrt(square * weight)) == pytest.approx(0.95311164380491208, rel=1e-14)


def test_overlaps_by_counting() -> None:
    for kernel, stride in ((3, 2), (4, 3), (5, 4), (5, 2), (5, 3), (6, 4), (3, 1)):
        count = np.zeros((40 * stride, 40 * stride))
        for i in range(0, 39 * stride - kernel, stride):
            for j in range(0, 39 * stride - kernel, stride):
                count[i : i + kernel, j : j + kernel] += 1
        start = 12 * stride
        cell = count[start : start + stride, start : start + stride]
        found = cf.overlap_counts(kernel, stride).matrix
        assert np.array_equal(np.array(found), cell)
        std = cf.overlapping_backward_std(kernel, stride, norm=1.0)
        assert std == pytest.approx(math.sqrt(cell.mean()))


def test_stride_documents() -> None:
    """5/2 squares the counts; for independent dy the std is the root of their mean, 3/2."""
    counts = np.array(cf.overlap_counts(3, 2).matrix)
    assert math.sqrt((counts**2).mean()) == 2.5
    assert math.sqrt(counts.mean()) == cf.overlapping_backward_std(3, 2, 1.0) == 1.5
    assert cf.overlapping_backward_std(3, 2, 3.0) == 0.5


def test_relu_and_max_pooling() -> None:
    z = RNG.standard_normal((200_000, 9)) * math.sqrt(2.0)
    simulated = (np.maximum(z, 0.0).max(axis=1) ** 2).mean()
    assert cf.relu_max_pool_second_moment(2.0, 9) == pytest.approx(simulated, rel=0.01)
    assert cf.relu_max_pool_second_moment(1.0, 1) == pytest.approx(0.5, rel=1e-13)


def test_the_erf_nearest_to_sigmoid() -> None:
    """The published digits are those of a sum over 1000 points; the integral has others."""
    from scipy.optimize import minimize_scalar
    from scipy.special import erf, expit

    best = cf.erf_fit_of_sigmoid(-5.0, 5.0)
    x = np.linspace(-5.0, 5.0, 200_001)

    def loss(a: float) -> float:
        return float(((erf(x / a) / 2 + 0.5 - expit(x)) ** 2).mean())

    found = minimize_scalar(loss, bounds=(2.0, 3.0), method="bounded", options={"xatol": 1e-9})
    assert best == pytest.approx(found.x, abs=1e-5)
    x = np.linspace(-5.0, 5.0, 1000)
    published = 2.4020563531719796

    def slope(a: float) -> float:
        return float(((erf(x / a) / 2 + 0.5 - expit(x)) * x * np.exp(-((x / a) ** 2))).sum())

    assert slope(published - 1e-12) * slope(published + 1e-12) < 0.0


def test_deep_tanh_has_a_fixed_point() -> None:
    assert cf.deep_std("tanh", 5 / 3, 10) == pytest.approx(0.65139287, abs=1e-8)
    assert cf.deep_std("tanh", 5 / 3, 60) == pytest.approx(
        cf.deep_std("tanh", 5 / 3, 61), rel=1e-13
    )
    assert cf.deep_std("identity", 1.1, 3) == pytest.approx(1.1**3)


def test_transformed_activations() -> None:
    value = cf.normalising_scale("tanh", {}, 0.1, 0.5, -0.4)
    z = RNG.standard_normal(400_000)
    y = value * (np.tanh(0.1 * z + 0.5) - 0.4)
    assert (y**2).mean() == pytest.approx(1.0, rel=0.01)
    assert cf.normalising_scale("relu") == pytest.approx(math.sqrt(2.0), rel=1e-13)


def test_small_forms() -> None:
    assert cf.first_order_gain("sigmoid") == pytest.approx(8.0 / math.sqrt(5.0), rel=1e-14)
    assert cf.first_order_gain("tanh") == 1.0
    assert cf.relu_c_map_slope() == pytest.approx(1.46694220692426, rel=1e-13)
    assert cf.half_range_chi("tanh", 1.0) == pytest.approx(cf.half_range_chi("sigmoid", 0.25))
    assert cf.lerp_std(0.5) == cf.sum_of_two_gain() == pytest.approx(math.sqrt(0.5))
    phase = np.linspace(0.0, 2.0 * np.pi, 1000, endpoint=False)
    assert 1.0 / np.sqrt((np.cos(phase) ** 2).mean()) == pytest.approx(cf.random_phase_gain())


def test_heavy_tails() -> None:
    """relu³: E y = √(2/π), E y² = 15/2."""
    mean = math.sqrt(2.0 / math.pi)
    expected = math.sqrt((7.5 - mean**2) / 1e7) / mean
    assert cf.monte_carlo_error("relu_cubed", 10**7) == pytest.approx(expected, rel=1e-12)


def test_geometric_mean_of_the_gains() -> None:
    assert cf.geometric_mean_gain("relu").exact == pytest.approx(
        math.sqrt(math.sqrt(2.0) * math.sqrt(2.0 / (1.0 - 1.0 / math.pi))), rel=1e-12
    )
    found = cf.geometric_mean_gain("gelu")
    assert found.exact == pytest.approx(1.587219699348297, rel=1e-12)
    assert found.unit_se is not None
    gelu = registry.get("gelu")
    assert isinstance(gelu, Elementwise)
    x, dy = np.random.default_rng(11).standard_normal((2, 3000, 1000))
    y, slope = gelu.twin(x, gelu.parse({}))
    gains = (y.std(axis=1) * (dy * slope).std(axis=1)) ** -0.5
    # 3000 gains from 1000 samples each: their scatter is known to 1/√6000, 1.3 per cent.
    assert found.unit_se == pytest.approx(gains.std(ddof=1) * math.sqrt(1000), rel=0.05)


def test_critical_gain_of_linear_chains() -> None:
    """E log(χ²_N / N) by integration; g = exp(1/(2N)) for wide layers; 1.0 from width 11 on."""
    for width in (2, 3, 10, 110):
        half = mpmath.mpf(width) / 2

        def density(t: Any, half: Any = half) -> Any:
            return t ** (half - 1) * mpmath.exp(-t) / mpmath.gamma(half)

        cuts = [0, half / 4, half, 2 * half, 4 * half + 10, mpmath.inf]
        drift = mpmath.quad(lambda t, h=half: density(t, h) * mpmath.log(t / h), cuts)
        assert cf.critical_linear_gain(width) == pytest.approx(float(mpmath.exp(-drift / 2)))
    assert cf.critical_linear_gain(1000) == pytest.approx(math.exp(1 / 2000), abs=1e-6)
    assert f"{cf.critical_linear_gain(10):.1f} {cf.critical_linear_gain(11):.1f}" == "1.1 1.0"


def test_ratio_of_slopes() -> None:
    assert cf.slope_ratio("tanh", "sigmoid") == pytest.approx(4.0, rel=1e-15)


def test_tap_factors_are_counted_in_a_convolution() -> None:
    """Windows laid over a long line, and how many of them reach the place of each tap."""
    for size, stride in ((3, 1), (3, 2), (3, 3), (4, 2), (4, 3), (5, 2), (6, 4)):
        length, start = 40 * stride, 20 * stride
        cover = np.zeros(length, dtype=int)
        for left in range(0, length - size + 1, stride):
            cover[left : left + size] += 1
        line = cover[start : start + size]
        taps = np.outer(line, line).ravel().tolist()
        factors = [1, 2, 3, 4, 6, 9]
        matrix = cf.tap_factor_counts([[size, stride]], factors).matrix
        assert matrix == (tuple(float(taps.count(factor)) for factor in factors),)
        assert sum(matrix[0]) == size**2
