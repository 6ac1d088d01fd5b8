"""Exact values of the activations against mpmath at 30 digits, and against closed forms."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from mpmath.calculus.quadrature import GaussLegendre

from normstats.layer.elementwise import Elementwise
from normstats.reference.quadrature import LEAST_STD, elementwise, moments4
from normstats.registry import get
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array
from tests.activation_definitions import CASES, value_and_slope

DIGITS = 30
STANDARD = Inputs()


def parsed(name: str, given: Mapping[str, Any]) -> tuple[Elementwise, dict[str, Any]]:
    layer = get(name)
    assert isinstance(layer, Elementwise)
    return layer, layer.parse(given)


def exact(name: str, inputs: Inputs = STANDARD, **given: Any) -> tuple[Exact, Exact]:
    layer, params = parsed(name, given)
    return elementwise(layer.function(params), inputs)


@cache
def nodes() -> list[tuple[Any, Any]]:
    """A Gauss–Legendre rule of 24 points on [−1, 1]."""
    return [(x, w) for x, w in GaussLegendre(mp.mp).calc_nodes(4, 4 * DIGITS)]


def brute_force(
    name: str, params: Mapping[str, Any], inputs: Inputs, kinks: tuple[float, ...]
) -> tuple[list[Any], list[Any]]:
    """Mean and central moments 2, 3, 4 of f(x) and f′(x), from panels in x and in z."""
    with mp.workdps(DIGITS):
        mean, std = mp.mpf(inputs.x_mean), mp.mpf(inputs.x_std)
        # Where y is what is left of a tail, the kink is out there; where y grows, so does the tail.
        reach = 9 + max(0, -inputs.x_mean) / inputs.x_std if name != "exp" else 14
        ends = {mp.mpf(1.5) * n for n in range(-20, 21)}
        narrow = name == "squareplus"
        for centre in (0.0, *kinks):
            steps = {0, 1, 2, 4, 8, 16} if std > 1 else {0, 0.125, 0.25, 0.5} if narrow else {0}
            ends |= {(mp.mpf(centre) + s * step - mean) / std for step in steps for s in (-1, 1)}
        inside = sorted(z for z in ends if abs(z) <= reach)
        points = []
        for a, b in itertools.pairwise(inside):
            half, middle = (b - a) / 2, (a + b) / 2
            for node, weight in nodes():
                z = middle + half * node
                pair = value_and_slope(name, mean + std * z, params)
                points.append((half * weight * mp.npdf(z), *pair))
        result = []
        for k in (1, 2):
            centre = mp.fsum(p[0] * p[k] for p in points)
            powers = [mp.fsum(p[0] * (p[k] - centre) ** n for p in points) for n in (2, 3, 4)]
            result.append([centre, *powers])
        return result[0], result[1]


def assert_close(got: float | None, want: Any, scale: float = 1.0) -> None:
    assert got is not None
    assert abs(got - float(want)) <= 1e-12 * max(1.0, scale)


IDS = [f"{name}({', '.join(f'{k}={v}' for k, v in given.items())})" for name, given in CASES]


@pytest.mark.parametrize(("name", "given"), CASES, ids=IDS)
def test_standard_normal(name: str, given: Mapping[str, Any]) -> None:
    """With the default parameters; elsewhere dy has a mean as well."""
    check(name, given, Inputs(0.0, 1.0, 2.0, 0.25) if given else STANDARD)


@pytest.mark.parametrize(
    "inputs",
    [Inputs(5.0, 30.0), Inputs(-20.0, 1.0), Inputs(0.5, 1e-3)],
    ids=str,
)
@pytest.mark.parametrize("name", ["tanh", "hardswish", "gelu", "elu", "relu6"])
def test_elsewhere(name: str, inputs: Inputs) -> None:
    check(name, {}, inputs)


@pytest.mark.parametrize(
    ("name", "inputs"),
    [("sigmoid", Inputs(36.0, 0.01)), ("cos", Inputs(0.0, 1e-8)), ("tanh", Inputs(18.0, 1.0))],
)
def test_a_std_that_is_lost_in_the_rounding_of_the_mean_is_not_given(
    name: str, inputs: Inputs
) -> None:
    layer, params = parsed(name, {})
    forward, _ = elementwise(layer.function(params), inputs)
    assert forward.mean == pytest.approx(1.0, rel=1e-12)
    assert forward.std is None
    assert forward.rms == forward.mean


def check(name: str, given: Mapping[str, Any], inputs: Inputs) -> None:
    """Values and moments of both directions; dx by the law of total variance."""
    layer, params = parsed(name, given)
    value, slope = brute_force(name, params, inputs, layer.kinks(params))
    forward, backward = elementwise(layer.function(params), inputs)
    mean, variance = float(value[0]), float(value[1])
    scale = max(abs(mean), math.sqrt(variance))
    assert_close(forward.mean, mean, scale)
    if 0.0 < variance < (LEAST_STD * mean) ** 2:
        assert forward.std is None
    else:
        assert_close(forward.std, math.sqrt(variance), scale)
    assert_close(forward.rms, math.hypot(mean, math.sqrt(variance)), scale)
    mu, sigma = inputs.dy_mean, inputs.dy_std
    square = float(slope[0] ** 2 + slope[1])
    scale = math.sqrt(square) * math.hypot(mu, sigma)
    assert_close(backward.mean, mu * slope[0], scale)
    assert_close(backward.rms, scale, scale)
    assert_close(backward.std, math.sqrt(sigma**2 * square + mu**2 * float(slope[1])), scale)
    moments, _ = moments4(layer.function(params), inputs)
    for power, got, want in zip(
        (2, 3, 4), (moments.variance, moments.third, moments.fourth), value[1:], strict=True
    ):
        assert got is not None
        noise = 1e-11 * max(1.0, abs(mean)) * variance ** ((power - 1) / 2)
        assert abs(got - float(want)) <= 1e-11 * float(value[3]) ** (power / 4) + noise


ROOT = math.sqrt(2.0 * math.pi)
CLOSED: list[tuple[str, Mapping[str, Any], Inputs, float, float, float]] = [
    # E f, E f², E f′²
    ("identity", {}, Inputs(3.0, 2.0), 3.0, 13.0, 1.0),
    ("relu", {}, STANDARD, 1.0 / ROOT, 0.5, 0.5),
    ("relu", {}, Inputs(0.0, 1e3), 1e3 / ROOT, 0.5e6, 0.5),
    ("leaky_relu", {"negative_slope": 0.2}, STANDARD, 0.8 / ROOT, 0.52, 0.52),
    ("abs", {}, STANDARD, 2.0 / ROOT, 1.0, 1.0),
    ("relu_squared", {}, STANDARD, 0.5, 1.5, 2.0),
    ("relu_cubed", {}, STANDARD, 2.0 / ROOT, 7.5, 13.5),
    ("exp", {}, Inputs(0.25, 2.0), math.exp(2.25), math.exp(8.5), math.exp(8.5)),
    (
        "erf",
        {},
        STANDARD,
        0.0,
        2.0 / math.pi * math.asin(2.0 / 3.0),
        4.0 / math.pi / math.sqrt(5.0),
    ),
    (
        "erf",
        {},
        Inputs(0.0, 30.0),
        0.0,
        2.0 / math.pi * math.asin(1800.0 / 1801.0),
        4.0 / math.pi / math.sqrt(3601.0),
    ),
    (
        "sin",
        {},
        Inputs(0.7, 3.0),
        math.sin(0.7) * math.exp(-4.5),
        (1.0 - math.cos(1.4) * math.exp(-18.0)) / 2.0,
        (1.0 + math.cos(1.4) * math.exp(-18.0)) / 2.0,
    ),
    ("sin", {}, Inputs(1.0, 1e3), 0.0, 0.5, 0.5),
    ("cos", {}, STANDARD, math.exp(-0.5), math.exp(-1) * math.cosh(1), math.exp(-1) * math.sinh(1)),
    (
        "gaussian",
        {},
        STANDARD,
        1.0 / math.sqrt(3.0),
        1.0 / math.sqrt(5.0),
        4.0 / 5.0**1.5,
    ),
    (
        "gelu",
        {},
        STANDARD,
        1.0 / (2.0 * math.sqrt(math.pi)),
        1.0 / 3.0 + 1.0 / (2.0 * math.pi * math.sqrt(3.0)),
        1.0 / 3.0 + 2.0 / (3.0 * math.pi * math.sqrt(3.0)),
    ),
    ("sigmoid", {}, Inputs(0.0, 1e-3), 0.5, 0.25 + 1e-6 / 16 - 1e-12 / 32, 0.0625 - 1e-6 / 32),
]


@pytest.mark.parametrize(("name", "given", "inputs", "mean", "square", "slope"), CLOSED)
def test_closed_forms(
    name: str, given: Mapping[str, Any], inputs: Inputs, mean: float, square: float, slope: float
) -> None:
    forward, backward = exact(name, inputs, **given)
    assert_close(forward.mean, mean, mean)
    assert_close(forward.rms, math.sqrt(square), math.sqrt(square))
    assert forward.std == pytest.approx(math.sqrt(square - mean**2), rel=1e-7)
    assert_close(backward.mean, 0.0)
    assert_close(backward.std, math.sqrt(slope), math.sqrt(slope))


def test_std_far_below_the_mean() -> None:
    """Central moments: E f² − (E f)² would have no digit left here."""
    forward, _ = exact("softplus", Inputs(1e6, 1e-3))
    assert forward.mean == pytest.approx(1e6, rel=1e-15)
    assert forward.std == pytest.approx(1e-3, rel=1e-6)  # x itself has 1e-10 of rounding there
    forward, _ = exact("sigmoid", Inputs(0.0, 1e-6))
    assert forward.std == pytest.approx(0.25e-6, rel=1e-10)


@pytest.mark.parametrize("beta", [1e-3, 1e3, 1e7])
def test_narrow_and_wide_bends(beta: float) -> None:
    """For large beta, softplus is relu but for E f = ∫ (softplus − relu) φ = π²/(12 beta²√(2π))."""
    forward, backward = exact("softplus", beta=beta)
    if beta > 1.0:
        assert forward.mean == pytest.approx(
            1.0 / ROOT + math.pi**2 / 6.0 / beta**2 / ROOT, abs=1e-12
        )
        # E σ² = 1/2 − φ(0)/beta + O(beta^−3)
        assert backward.rms is not None
        assert backward.rms**2 == pytest.approx(0.5 - 1.0 / beta / ROOT, abs=1e-9)
    else:
        assert forward.std == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("mean", [-9.0, -0.3, 0.0, 2.5, 40.0])
@pytest.mark.parametrize("std", [1e-3, 1.0, 30.0, 1e3])
def test_zero_fractions(mean: float, std: float) -> None:
    def below(x: float) -> float:
        return float(mp.ncdf((mp.mpf(x) - mean) / std))

    inputs = Inputs(mean, std)
    for name, value, slope in [
        ("relu", below(0), below(0)),
        ("relu6", below(0), below(0) + float(mp.ncdf((mp.mpf(mean) - 6) / std))),
        ("hardshrink", below(0.5) - below(-0.5), below(0.5) - below(-0.5)),
        ("tanh", 0.0, 0.0),
    ]:
        forward, backward = exact(name, inputs)
        assert forward.zeros == pytest.approx(value, abs=1e-15, rel=1e-12)
        assert backward.zeros == pytest.approx(slope, abs=1e-15, rel=1e-12)


def test_zero_fraction_in_the_tail() -> None:
    forward, _ = exact("relu", Inputs(30.0, 1.0))
    assert forward.zeros == pytest.approx(float(mp.ncdf(-30)), rel=1e-12)
    forward, _ = exact("hardtanh", Inputs(-30.0, 1.0), min_val=-1.0, max_val=0.0)
    assert forward.zeros == pytest.approx(float(mp.ncdf(-30)), rel=1e-12)


def test_no_gradient() -> None:
    _, backward = exact("gelu", Inputs(0.0, 1.0, 0.0, 0.0))
    assert backward == Exact(mean=0.0, std=0.0, rms=0.0, zeros=1.0)


@pytest.mark.parametrize(
    ("name", "x", "value", "slope"),
    [
        ("relu", 0.0, 0.0, 0.0),
        ("abs", 0.0, 0.0, 0.0),
        ("hardswish", 3.0, 3.0, 1.0),
        ("exp", 1.0, math.e, math.e),
    ],
)
def test_point_mass(name: str, x: float, value: float, slope: float) -> None:
    forward, backward = exact(name, Inputs(x, 0.0, -0.5, 2.0))
    want = (value, 0.0, value, float(value == 0.0))
    assert (forward.mean, forward.std, forward.rms, forward.zeros) == pytest.approx(want)
    want = (-0.5 * slope, 2.0 * slope, math.hypot(0.5, 2.0) * slope, float(slope == 0.0))
    assert (backward.mean, backward.std, backward.rms, backward.zeros) == pytest.approx(want)


def test_none_where_the_integral_is_not_had() -> None:
    forward, backward = exact("exp", Inputs(0.0, 100.0))
    assert forward == Exact(zeros=0.0)
    assert backward == Exact(zeros=0.0)
    # The square overflows within the reach of the integral, e^x itself does not.
    forward, _ = exact("exp", Inputs(0.0, 15.0))
    assert forward.mean == pytest.approx(math.exp(112.5), rel=1e-12)
    assert forward.std is None
    assert exact("sin", Inputs(0.0, 1e7))[0].mean is None
    assert exact("exp", Inputs(1e3, 0.0))[0].mean is None


@pytest.mark.parametrize(
    ("name", "given", "inputs", "std_of_dx"),
    [
        ("gelu", {}, Inputs(-37.0, 0.01), None),
        ("tanhshrink", {}, Inputs(0.0, 1e-60), math.sqrt(3.0) * 1e-120),
        ("leaky_relu", {"negative_slope": 1e-200}, Inputs(-50.0, 1.0), None),
    ],
)
def test_a_std_whose_square_underflows_is_not_given(
    name: str, given: Mapping[str, Any], inputs: Inputs, std_of_dx: float | None
) -> None:
    """It is above 0, and float64 could hold it."""
    forward, backward = exact(name, inputs, **given)
    layer, params = parsed(name, given)
    y, slope = layer.twin(np.array([inputs.x_mean, inputs.x_mean + inputs.x_std]), params)
    assert y[0] != y[1]
    assert slope.any()
    assert forward.mean is not None
    assert forward.std is None
    assert forward.rms is None
    assert backward.std == backward.rms == (std_of_dx and pytest.approx(std_of_dx, rel=1e-12))


@pytest.mark.parametrize("name", ["relu", "threshold"])
def test_a_std_of_0_is_given_where_nothing_varies(name: str) -> None:
    """Within float64: at −50 relu's is about 1e-272, at −60 1e-391."""
    forward, backward = exact(name, Inputs(-60.0, 1.0))
    assert (forward.std, backward.std) == (0.0, 0.0)
    for mean in (-39.0, -50.0, -53.0):
        forward, backward = exact(name, Inputs(mean, 1.0))
        assert (forward.std, backward.std) == (None, None)
    _, backward = exact("identity", Inputs(0.0, 1.0, 1.0, 0.0))
    assert backward.std == 0.0


@pytest.mark.parametrize("name", ["hardshrink", "softshrink"])
@pytest.mark.parametrize("inputs", [(40.0, 50.0), (40.0, 7.0), (0.7, 0.1)])
def test_what_f_is_at_a_single_point_does_not_count(name: str, inputs: tuple[float, float]) -> None:
    """Without a gap the slope is 1 but at 0, to which nodes of the finest panels round."""
    forward, backward = exact(name, Inputs(*inputs, 1.0, 0.0), lambd=0.0)
    assert forward.std == pytest.approx(inputs[1], rel=1e-12)
    assert backward.mean == pytest.approx(1.0, rel=1e-15)
    assert backward.std in (0.0, None)  # None where the mean has been rounded
    assert (forward.zeros, backward.zeros) == (0.0, 0.0)


@pytest.mark.parametrize("inputs", [(0.0, 1e-3), (0.0, 1e-8), (0.0, 1e-12), (1e-5, 1e-12)])
def test_shifted_softplus_keeps_its_digits_near_0(inputs: tuple[float, float]) -> None:
    """log(1 + e^x) − log 2 = x/2 + x²/8 − x⁴/192 + …; relative to the mean and std themselves."""
    m, s = inputs
    moments = [1.0, m, m * m + s * s, 0.0, 3.0 * s**4]  # the fourth where m = 0, else too small
    mean = moments[1] / 2.0 + moments[2] / 8.0 - moments[4] / 192.0
    std = s / 2.0 * math.sqrt((1.0 + m / 2.0) ** 2 + s * s / 8.0)
    forward, _ = exact("shifted_softplus", Inputs(m, s))
    assert forward.mean is not None
    assert forward.mean == pytest.approx(mean, abs=1e-12 * max(abs(mean), std))
    assert forward.std == pytest.approx(std, rel=max(1e-12, s**4))


@pytest.mark.parametrize("extreme", [1e-300, 1e150, 1e300])
@pytest.mark.parametrize("name", ["relu", "gelu", "sigmoid", "relu_cubed", "bent_identity"])
def test_extremes_do_not_raise(name: str, extreme: float) -> None:
    for inputs in (
        Inputs(0.0, extreme),
        Inputs(extreme, 1.0),
        Inputs(-extreme, extreme),
        Inputs(0.0, 1.0, extreme, extreme),
    ):
        for direction in exact(name, inputs):
            for value in (direction.mean, direction.std, direction.rms, direction.zeros):
                assert value is None or not math.isnan(value)


@pytest.mark.parametrize("name", ["relu", "tanh", "hardswish"])
def test_moments_of_dx(name: str) -> None:
    """Against raw moments of dy·f′(x), expanded by brute force over dy as well."""
    inputs = Inputs(0.4, 1.3, -0.7, 1.9)
    layer, params = parsed(name, {})
    _, got = moments4(layer.function(params), inputs)
    x, x_weight = grid(inputs.x_mean, inputs.x_std, layer.kinks(params))
    dy, dy_weight = grid(inputs.dy_mean, inputs.dy_std, ())
    dx = layer.twin(x, params)[1][:, None] * dy
    weight = x_weight[:, None] * dy_weight
    mean = (weight * dx).sum()
    want = [mean, *((weight * (dx - mean) ** n).sum() for n in (2, 3, 4))]
    assert (got.mean, got.variance, got.third, got.fourth) == pytest.approx(want, rel=1e-11)


def grid(mean: float, std: float, kinks: tuple[float, ...]) -> tuple[Array, Array]:
    """Points and weights for an expectation over N(mean, std²)."""
    points, weights = np.polynomial.legendre.leggauss(24)
    ends = np.unique([*np.arange(-10.0, 11.0), *((k - mean) / std for k in kinks)])
    z = np.concatenate([a + (b - a) * (points + 1) / 2 for a, b in itertools.pairwise(ends)])
    w = np.concatenate([(b - a) / 2 * weights for a, b in itertools.pairwise(ends)])
    return mean + std * z, w * np.exp(-z * z / 2) / ROOT
