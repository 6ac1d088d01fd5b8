"""Every closed form against another way to the same number, to ten digits and more.

The simulations of ``test_closed_forms.py`` show that a formula is the one that is meant; they are
blind from the third digit on. Here each formula is integrated with 20 digits by mpmath, counted out
or solved, and nothing is sampled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from normstats.published.closed_forms import FORMULAS, evaluate
from tests.activation_definitions import value_and_slope

DIGITS = 20
FUNCTION = Callable[[Any], Any]


def expect(g: FUNCTION, *breaks: Any) -> Any:
    """E g(z) for z ~ N(0, 1), g smooth between 0 and the breaks."""
    ends = sorted({mp.mpf(k) for k in range(-16, 17, 2)} | {mp.mpf(b) for b in breaks})
    return mp.quad(lambda z: g(z) * mp.npdf(z), ends)


def pair(layer: str) -> tuple[FUNCTION, FUNCTION]:
    """f and f′ with a layer's own parameters, from their definitions."""
    from normstats import registry

    params = registry.get(layer).parse({})
    return (
        lambda x: value_and_slope(layer, x, params)[0],
        lambda x: value_and_slope(layer, x, params)[1],
    )


def moments(layer: str) -> tuple[Any, Any]:
    """Mean and variance of f(z), for f with a kink at 0 at most."""
    f, _ = pair(layer)
    mean = expect(f)
    return mean, expect(lambda z: (f(z) - mean) ** 2)


def chi(n: int, g: FUNCTION) -> Any:
    """E g(r) for r² ~ χ²(n), from its density."""
    half = mp.mpf(n) / 2

    def weighted(r: Any) -> Any:
        return g(r) * 2 * r ** (n - 1) * mp.exp(-r * r / 2) / (2**half * mp.gamma(half))

    centre, width = mp.sqrt(n), 12
    ends = sorted({mp.mpf(0), *(max(mp.mpf(0), centre + k) for k in range(-width, width + 1, 2))})
    return mp.quad(weighted, ends)


def layer_norm(features: int) -> Any:
    """dx = P dy / s, P a projection of rank N − 2, and N s² ~ χ²(N − 1)."""
    inverse_square = chi(features - 1, lambda r: features / r**2)
    return 1 / mp.sqrt(mp.mpf(features - 2) / features * inverse_square)


def one_hot(classes: int) -> float:
    """1/std of the gradient, written out."""
    gradient = np.full(classes, 1.0 / classes)
    gradient[0] -= 1.0
    return float(1.0 / np.std(gradient))


def gated(layer: str) -> tuple[Any, Any]:
    """1/rms of f for x·f(g), and the error of 1/std by the fourth moment."""
    f, _ = pair(layer)
    square, fourth = expect(lambda z: f(z) ** 2), expect(lambda z: f(z) ** 4)
    variance_of_square = expect(lambda z: z**4) * fourth - square**2
    return 1 / mp.sqrt(square), mp.sqrt(variance_of_square) / (2 * square * mp.sqrt(square))


def geometric_mean(layer: str) -> tuple[Any, Any]:
    """Its logarithm is −(log Var y + log E dx²)/4, whose scatter is that of a quarter of a + b."""
    f, slope = pair(layer)
    mean, variance = moments(layer)
    square = expect(lambda z: slope(z) ** 2)
    gain = 1 / mp.sqrt(mp.sqrt(variance) * mp.sqrt(square))

    def a(z: Any) -> Any:
        return (f(z) - mean) ** 2 / variance

    def b(z: Any) -> Any:  # given z; dx² is b dy²
        return slope(z) ** 2 / square

    of_a = expect(lambda z: a(z) ** 2) - 1
    of_b = expect(lambda u: u**4) * expect(lambda z: b(z) ** 2) - 1
    together = expect(lambda z: a(z) * b(z)) - 1
    return gain, gain * mp.sqrt(of_a + of_b + 2 * together) / 4


def slopes(upper: str, lower: str) -> Any:
    return mp.diff(pair(upper)[0], 0) / mp.diff(pair(lower)[0], 0)


def without_drift(width: int) -> Any:
    """1/g is the geometric mean of |Wx| / |x|, whose square is χ²(N) / N."""
    return mp.exp(-chi(width, lambda r: mp.log(r / mp.sqrt(width)) if r else mp.mpf(0)))


def first_order(layer: str) -> Any:
    f, slope = pair(layer)
    return 1 / (slope(0) * mp.sqrt(1 + f(0) ** 2))


def half_range(variance: FUNCTION, limit: float) -> Any:
    """Its logarithmic slope by σ² where the variance is half of the limit."""
    half = mp.findroot(lambda q: variance(q) - mp.mpf(limit) / 2, (0.1, 4), solver="anderson")
    return half * mp.diff(lambda q: mp.log(variance(q)), half)


def variance_of_elu(q: Any) -> Any:
    """Of elu(√q z), from E[e^{aσz}; z < 0] = e^{a²q/2} Φ(−a√q)."""

    def lower(a: int) -> Any:
        return mp.exp(a * a * q / 2) * mp.ncdf(-a * mp.sqrt(q))

    mean = mp.sqrt(q / 2 / mp.pi) + lower(1) - lower(0)
    return q / 2 + lower(2) - 2 * lower(1) + lower(0) - mean**2


def variance_of_erf(q: Any) -> Any:
    """Of erf(√q z)."""
    return 2 / mp.pi * mp.asin(2 * q / (1 + 2 * q))


def deep_erf(gain: float, depth: int) -> Any:
    q = mp.mpf(1)
    for _ in range(depth):
        q = variance_of_erf(mp.mpf(gain) ** 2 * q)
    return mp.sqrt(q)


def deep_tanh(gain: float, depth: int) -> Any:
    q = mp.mpf(1)
    for _ in range(depth):
        width = mp.mpf(gain) * mp.sqrt(q)
        q = expect(lambda z, w=width: mp.tanh(w * z) ** 2)
    return mp.sqrt(q)


def monte_carlo(layer: str, samples: int) -> Any:
    mean, variance = moments(layer)
    return mp.sqrt(variance / samples) / abs(mean)


def largest_relu(variance: float, window: int) -> Any:
    """E[max(0, M)²] = ∫ 2t P(M > t) dt over t > 0."""

    def tail(t: Any) -> Any:
        return 2 * t * (1 - mp.ncdf(t) ** window)

    return mp.mpf(variance) * mp.quad(tail, [0, 1, 2, 3, 4, 6, 9, 14])


def c_map_slope() -> Any:
    _, variance = moments("relu")
    return expect(lambda z: 1 if z > 0 else 0) / variance


def scaled_relu(scale: float, shift: float, output_shift: float) -> Any:
    a, b, c = map(mp.mpf, (scale, shift, output_shift))
    return 1 / mp.sqrt(expect(lambda z: (max(a * z + b, 0) + c) ** 2, -b / a))


def scaled_tanh(scale: float, shift: float, output_shift: float) -> Any:
    a, b, c = map(mp.mpf, (scale, shift, output_shift))
    return 1 / mp.sqrt(expect(lambda z: (mp.tanh(a * z + b) + c) ** 2))


def relu_mean(fan_in: int, outputs: int) -> tuple[Any, Any]:
    """Given r = |x|²/fan_in, each output is relu of N(0, 2r), independent of the others."""
    half_mean, half_square = expect(lambda z: max(z, 0)), expect(lambda z: max(z, 0) ** 2)
    n = mp.mpf(fan_in)
    root = chi(fan_in, lambda r: mp.sqrt(2 / n) * r)  # E √(2r)
    square = chi(fan_in, lambda r: 2 / n * r**2)
    within = square * (half_square - half_mean**2) / outputs
    return root * half_mean, mp.sqrt(within + half_mean**2 * (square - root**2))


def relu_rms(fan_in: int, outputs: int) -> tuple[Any, Any]:
    """The error of a rms of 1 is half of that of the mean square."""
    second, fourth = (expect(lambda z, k=k: max(z, 0) ** k) for k in (2, 4))
    n = mp.mpf(fan_in)
    square, of_square = (chi(fan_in, lambda r, k=k: (2 / n * r**2) ** k) for k in (1, 2))
    within = of_square * (fourth - second**2) / outputs
    between = second**2 * (of_square - square**2)
    return mp.sqrt(square * second), mp.sqrt(within + between) / 2


def selu(mean: float, variance: float) -> tuple[Any, Any]:
    """α and λ that keep this mean and variance: two equations, solved by Newton's method."""
    m, v = mp.mpf(mean), mp.mpf(variance)
    sigma, cut = mp.sqrt(v), -m / mp.sqrt(v)

    def partial(g: FUNCTION) -> Any:
        return expect(lambda z: g(m + sigma * z), cut)

    up, up_square = partial(lambda x: max(x, 0)), partial(lambda x: max(x, 0) ** 2)
    down = partial(lambda x: mp.expm1(min(x, 0)))
    down_square = partial(lambda x: mp.expm1(min(x, 0)) ** 2)

    def misses(alpha: Any, scale: Any) -> tuple[Any, Any]:
        first = scale * (up + alpha * down)
        second = scale**2 * (up_square + alpha**2 * down_square)
        return first - m, second - (v + m * m)

    alpha, scale = mp.findroot(misses, (1.7, 1.05))
    return alpha, scale


def klambauer() -> Any:
    """−λα at the fixed point (0, 1), by the closed forms of Klambauer et al. 2017."""
    tail = mp.erfc(1 / mp.sqrt(2)) * mp.exp(0.5)
    alpha = -mp.sqrt(2 / mp.pi) / (tail - 1)
    return -alpha * mp.sqrt(2 / (1 + alpha**2 * (1 - 2 * tail + mp.erfc(mp.sqrt(2)) * mp.exp(2))))


def truncated(low: float, high: float) -> Any:
    inside = [low, (low + high) / 2, high]
    weight, first, second = (mp.quad(lambda z, k=k: z**k * mp.npdf(z), inside) for k in range(3))
    return mp.sqrt(second / weight - (first / weight) ** 2)


def truncated_complex(radius: float) -> Any:
    weight, square = (
        mp.quad(lambda r, k=k: r ** (k + 1) * mp.exp(-r * r), [0, radius]) for k in (0, 2)
    )
    return mp.sqrt(square / weight)


def erf_fit(low: float, high: float) -> Any:
    """Where the derivative by a of the squared distance is 0."""

    def slope(a: Any) -> Any:
        def change(x: Any) -> Any:
            return (mp.erf(x / a) / 2 + 0.5 - 1 / (1 + mp.exp(-x))) * x * mp.exp(-((x / a) ** 2))

        return mp.quad(change, [low, (low + high) / 2, high])

    return mp.findroot(slope, (2, 3), solver="anderson")


def counted(kernel: int, stride: int, phase: int = 0) -> list[list[float]]:
    """Windows over each position of a cell that begins ``phase`` positions into a stride."""
    length = 6 * kernel * stride
    cover = np.zeros(length)
    for start in range(0, length - kernel + 1, stride):
        cover[start : start + kernel] += 1
    first = 3 * kernel * stride + phase
    line = cover[first : first + stride]
    found: list[list[float]] = np.outer(line, line).tolist()
    return found


def tap_counts(kernels: list[tuple[int, int]], factors: list[int]) -> list[list[float]]:
    """Taps by the number of windows over where they lie, seen from a window far from the ends."""
    found = []
    for kernel, stride in kernels:
        start, cover = 3 * kernel * stride, np.zeros(7 * kernel * stride)
        for first in range(0, len(cover) - kernel + 1, stride):
            cover[first : first + kernel] += 1
        line = cover[start : start + kernel]
        found.append([float(np.sum(np.outer(line, line) == factor)) for factor in factors])
    return found


# The formula, its arguments, and its value, or its value and its error times √n.
CASES: list[tuple[str, Mapping[str, Any], Callable[[], Any]]] = [
    ("sum_gain", {"features": 7}, lambda: 1 / np.linalg.norm(np.ones(7))),
    ("sum_backward_gain", {}, lambda: 1 / mp.sqrt(expect(lambda z: z**2))),
    (
        "weight_gradient_std",
        {"rows": 7},
        lambda: mp.sqrt(7 * expect(lambda z: z**2) ** 2),
    ),
    ("layer_norm_gain", {}, lambda: 1 / np.std((np.arange(4.0) - 1.5) / np.std(np.arange(4.0)))),
    ("layer_norm_backward_gain", {"features": 9}, lambda: layer_norm(9)),
    ("layer_norm_backward_gain", {"features": 24}, lambda: layer_norm(24)),
    ("row_shift_gain", {}, lambda: (1, mp.sqrt(expect(lambda z: z**4) - 1) / 2)),
    ("cross_entropy_backward_gain", {"classes": 11}, lambda: one_hot(11)),
    (
        "mse_backward_gain",
        {},
        lambda: 1 / mp.sqrt(expect(lambda u: (2 * mp.sqrt(2) * u) ** 2)),
    ),
    ("sum_of_two_gain", {}, lambda: 1 / mp.sqrt(2 * expect(lambda z: z**2))),
    ("lerp_std", {"t": 0.3}, lambda: np.linalg.norm([0.7, 0.3])),
    (
        "softmax_limit",
        {"features": 50},
        lambda: mp.sqrt(expect(lambda z: mp.exp(2 * z)) / expect(mp.exp) ** 2 - 1) / 50,
    ),
    (
        "softmax_backward_limit",
        {"features": 50},
        lambda: mp.sqrt(expect(lambda z: mp.exp(2 * z))) / expect(mp.exp) / 50,
    ),
    ("gated_gain", {"layer": "sigmoid"}, lambda: gated("sigmoid")),
    ("gated_gain", {"layer": "silu"}, lambda: gated("silu")),
    ("geometric_mean_gain", {"layer": "silu"}, lambda: geometric_mean("silu")),
    ("geometric_mean_gain", {"layer": "elu"}, lambda: geometric_mean("elu")),
    ("slope_ratio", {"upper": "tanh", "lower": "sigmoid"}, lambda: slopes("tanh", "sigmoid")),
    ("slope_ratio", {"upper": "gelu", "lower": "softsign"}, lambda: slopes("gelu", "softsign")),
    ("critical_linear_gain", {"width": 3}, lambda: without_drift(3)),
    ("critical_linear_gain", {"width": 24}, lambda: without_drift(24)),
    ("first_order_gain", {"layer": "sigmoid"}, lambda: first_order("sigmoid")),
    ("first_order_gain", {"layer": "softplus"}, lambda: first_order("softplus")),
    # Odd functions have no mean; these have.
    ("half_range_chi", {"layer": "relu", "limit": 3.0}, lambda: 1),
    ("half_range_chi", {"layer": "relu_squared", "limit": 3.0}, lambda: 2),
    ("half_range_chi", {"layer": "elu", "limit": 1.0}, lambda: half_range(variance_of_elu, 1.0)),
    ("half_range_chi", {"layer": "erf", "limit": 1.0}, lambda: half_range(variance_of_erf, 1.0)),
    ("deep_std", {"layer": "erf", "gain": 1.3, "depth": 4}, lambda: deep_erf(1.3, 4)),
    ("deep_std", {"layer": "tanh", "gain": 1.5, "depth": 3}, lambda: deep_tanh(1.5, 3)),
    (
        "monte_carlo_error",
        {"layer": "sigmoid", "samples": 1000},
        lambda: monte_carlo("sigmoid", 1000),
    ),
    (
        "random_phase_gain",
        {},
        lambda: 1 / mp.sqrt(mp.quad(lambda t: mp.cos(t) ** 2, [0, 2, 4, 2 * mp.pi]) / 2 / mp.pi),
    ),
    (
        "relu_max_pool_second_moment",
        {"variance": 1.7, "window": 9},
        lambda: largest_relu(1.7, 9),
    ),
    ("relu_max_pool_second_moment", {"variance": 2.0, "window": 2}, lambda: largest_relu(2.0, 2)),
    ("relu_c_map_slope", {}, c_map_slope),
    (
        "normalising_scale",
        {"layer": "relu", "input_scale": 0.7, "input_shift": 0.3, "output_shift": -0.2},
        lambda: scaled_relu(0.7, 0.3, -0.2),
    ),
    (
        "normalising_scale",
        {"layer": "tanh", "input_scale": 1.3, "input_shift": -0.4, "output_shift": 0.2},
        lambda: scaled_tanh(1.3, -0.4, 0.2),
    ),
    ("linear_relu_mean", {"fan_in": 9, "outputs": 4}, lambda: relu_mean(9, 4)),
    ("linear_relu_mean", {"fan_in": 64, "outputs": 16}, lambda: relu_mean(64, 16)),
    ("linear_relu_rms", {"fan_in": 9, "outputs": 4}, lambda: relu_rms(9, 4)),
    ("selu_alpha", {"mean": -0.1, "variance": 2.0}, lambda: selu(-0.1, 2.0)[0]),
    ("selu_lambda", {"mean": -0.1, "variance": 2.0}, lambda: selu(-0.1, 2.0)[1]),
    ("selu_alpha", {"mean": 0.0, "variance": 1.0}, lambda: selu(0.0, 1.0)[0]),
    ("selu_lambda", {"mean": 0.0, "variance": 1.0}, lambda: selu(0.0, 1.0)[1]),
    ("alpha_dropout_value", {}, klambauer),
    ("truncated_normal_std", {"low": -2.0, "high": 2.0}, lambda: truncated(-2.0, 2.0)),
    ("truncated_normal_std", {"low": -0.5, "high": 1.25}, lambda: truncated(-0.5, 1.25)),
    ("truncated_complex_normal_std", {"radius": 1.5}, lambda: truncated_complex(1.5)),
    ("erf_fit_of_sigmoid", {"low": -5.0, "high": 5.0}, lambda: erf_fit(-5.0, 5.0)),
    ("overlap_counts", {"kernel_size": 5, "stride": 3}, lambda: counted(5, 3)),
    ("overlap_counts", {"kernel_size": 6, "stride": 4, "phase": 3}, lambda: counted(6, 4, 3)),
    (
        "tap_factor_counts",
        {"kernels": [(3, 1), (5, 2), (4, 3), (6, 4)], "factors": [1, 2, 3, 4, 6, 9]},
        lambda: tap_counts([(3, 1), (5, 2), (4, 3), (6, 4)], [1, 2, 3, 4, 6, 9]),
    ),
    (
        "overlapping_backward_std",
        {"kernel_size": 5, "stride": 3, "norm": 1.6},
        lambda: math.sqrt(np.mean(counted(5, 3))) / 1.6,
    ),
]


def test_every_formula_has_an_oracle() -> None:
    assert {name for name, _, _ in CASES} == set(FORMULAS)


@pytest.mark.parametrize(
    ("name", "arguments", "oracle"),
    CASES,
    ids=[f"{name}({', '.join(map(str, arguments.values()))})" for name, arguments, _ in CASES],
)
def test_formula(name: str, arguments: Mapping[str, Any], oracle: Callable[[], Any]) -> None:
    """Rounding and the tables' twelve digits leave room for ten times 1e-12, nothing else does."""
    found = evaluate(name, arguments)
    with mp.workdps(DIGITS):
        wanted = oracle()
    if found.matrix is not None:
        assert [list(row) for row in found.matrix] == wanted
        return
    value, unit_se = wanted if isinstance(wanted, tuple) else (wanted, None)
    assert found.exact == pytest.approx(float(value), rel=1e-11, abs=0.0)
    assert (found.unit_se is None) == (unit_se is None)
    if unit_se is not None:
        assert found.unit_se == pytest.approx(float(unit_se), rel=1e-11, abs=0.0)
