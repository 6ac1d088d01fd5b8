"""Pooling over maps: where windows lie, how calls are spelled, and exact values by other ways."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

import normstats
from normstats import registry
from normstats.errors import UsageError
from normstats.families.pooling_windows import adaptive, sliding
from normstats.reference.powersums import gradient_moments, norm_moments, shared_gradients
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.sampling.streams import stream_number
from tests.engine.jobs import MOVED, parse


def exact(call: str, inputs: Inputs | None = None) -> tuple[Exact, ...]:
    return registry.exact(registry.parse_call(call), inputs or Inputs())


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d", "lp_pool2d"])
@pytest.mark.parametrize("size", [{}, {"size": 3}])
def test_a_map_of_one_window_keeps_its_axes_where_dy_has_them(
    name: str, size: dict[str, int]
) -> None:
    x = np.random.default_rng(0).normal(size=(5, 3, 3))
    numbers, gradient = normstats.apply(name, x, np.ones(5), **size)
    assert (numbers.shape, gradient.shape) == ((5,), (5, 3, 3))
    maps, same = normstats.apply(name, x, np.ones((5, 1, 1)), **size)
    assert (maps.shape, same.shape) == ((5, 1, 1), (5, 3, 3))
    assert maps.ravel().tolist() == numbers.tolist()
    assert same.tolist() == gradient.tolist()
    with pytest.raises(UsageError, match=r"dy of shape \(5, 1\): must have the shape of y, \(5,\)"):
        normstats.apply(name, x, np.ones((5, 1)), **size)


@pytest.mark.parametrize("kind", ["avg", "lp"])
def test_in_three_dimensions_a_map_is_no_smaller_than_the_kernel(kind: str) -> None:
    """PyTorch refuses these for averages and norms, and takes them for the largest."""
    for call in (f"{kind}_pool3d(size=3x2x3, ceil_mode=true)", f"{kind}_pool3d(size=2)"):
        with pytest.raises(UsageError, match="size 2: must be at least 3, as large as the kernel"):
            registry.parse_call(call)
    registry.parse_call(f"{kind}_pool2d(kernel_size=3, size=2, stride=2, ceil_mode=true)")
    registry.parse_call("max_pool3d(kernel_size=3, size=2, padding=1)")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("max_pool2d(stride=0)", "at least 1 or 2 of them such as 2x3, of a product of at most"),
        ("max_pool1d(stride=100000)", "must be a whole number of at least 1, and at most 65536"),
        ("max_pool2d(kernel_size=0)", "with at most 65536 elements in the window"),
        ("conv2d(padding=-1)", "of a product of at most 65536"),
        ("conv2d(size=0)", "with at most 65536 elements in the map"),
    ],
)
def test_limits_say_what_is_limited(call: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        registry.parse_call(call)


@pytest.mark.parametrize("kind", ["max", "avg"])
def test_new_options_do_not_change_old_calls(kind: str) -> None:
    """The spelling is what the random numbers hang on."""
    plain = registry.parse_call(f"{kind}_pool2d")
    assert str(plain) == f"{kind}_pool2d(kernel_size=3x3)"
    assert plain.stream == stream_number(f"{kind}_pool2d(kernel_size=3x3)")
    same: dict[str, Any] = {
        "stride": ("kernel_size", None, 3, "3x3"),
        "padding": (0, "0x0"),
        "ceil_mode": (False, "false"),
        "size": (3, "3x3", None),
    }
    same |= {"dilation": (1,)} if kind == "max" else {"divisor_override": (None, "elements")}
    for name, values in same.items():
        for value in values:
            assert registry.parse_call(f"{kind}_pool2d", {name: value}) == plain
    every = {name: values[-1] for name, values in same.items()}
    assert registry.parse_call(f"{kind}_pool2d", every) == plain


@pytest.mark.parametrize(
    ("call", "spelled"),
    [
        ("max_pool2d(stride=2)", "max_pool2d(kernel_size=3x3, stride=2x2, size=8x8)"),
        ("max_pool2d(size=6x9)", "max_pool2d(kernel_size=3x3, size=6x9)"),
        ("max_pool1d(kernel_size=40, stride=1)", "max_pool1d(kernel_size=40, stride=1, size=41)"),
        ("avg_pool1d(padding=1, size=5)", "avg_pool1d(kernel_size=3, padding=1, size=5)"),
        ("lp_pool1d", "lp_pool1d(norm_type=2, kernel_size=3)"),
        ("global_avg_pool2d(size=4)", "adaptive_avg_pool2d(output_size=1x1, size=4x4)"),
    ],
)
def test_maps_are_spelled_with_their_size(call: str, spelled: str) -> None:
    """So that a later change of the usual size would not change what a line of text means."""
    assert str(registry.parse_call(call)) == spelled
    assert str(registry.parse_call(spelled)) == spelled
    run = normstats.measure(call, samples=100).run
    assert registry.parse_run(run.text) == registry.run_from(run.record) == run


def test_where_windows_lie() -> None:
    def places(*arguments: Any) -> list[tuple[int, ...]]:
        return [window.positions for window in sliding(*arguments)]

    assert places(5, 3, 2, 0, 1, False) == [(0, 1, 2), (2, 3, 4)]
    assert places(5, 3, 2, 1, 1, False) == [(0, 1), (1, 2, 3), (3, 4)]
    assert places(6, 3, 2, 0, 1, False) == [(0, 1, 2), (2, 3, 4)]
    assert places(6, 3, 2, 0, 1, True) == [(0, 1, 2), (2, 3, 4), (4, 5)]
    assert places(6, 2, 3, 0, 2, False) == [(0, 2), (3, 5)]
    assert [one.length for one in sliding(6, 3, 2, 1, 1, True)] == [3, 3, 3, 2]
    assert [one.positions for one in adaptive(5, 3)] == [(0, 1), (1, 2, 3), (3, 4)]


@pytest.mark.parametrize(
    "call",
    [
        "max_pool2d(kernel_size=3, stride=1, size=9x7)",
        "max_pool2d(kernel_size=3, stride=2, padding=1, size=9)",
        "max_pool1d(kernel_size=4, stride=1, dilation=2, size=12)",
        "max_pool2d(kernel_size=2, stride=3, ceil_mode=true, size=8)",
        "adaptive_max_pool2d(output_size=5, size=8)",
        "lp_pool2d(kernel_size=3, stride=1, size=7)",
    ],
)
def test_backward_std_is_the_root_of_outputs_over_inputs(call: str) -> None:
    """Whatever the overlap: each dy, independent and of mean 0, goes to one element as a whole."""
    layer, params = parse(call)
    shapes = layer.shapes(params)
    _, dx = exact(call)
    assert dx.std == pytest.approx(math.sqrt(shapes.outs / shapes.ins), rel=1e-12)
    found = normstats.measure(call, samples=20_000, seed=1).backward.std
    assert found.z is not None
    assert abs(found.z) < 5.0


@pytest.mark.parametrize(
    "call",
    [
        "max_pool1d(kernel_size=3, stride=1, size=7)",
        "max_pool1d(kernel_size=3, stride=2, padding=1, size=7)",
        "max_pool2d(kernel_size=2, stride=1, size=2x3)",
        "adaptive_max_pool1d(output_size=4, size=6)",
    ],
)
def test_overlaps_by_all_orders(call: str) -> None:
    """Zeros and the gradient of a dy that is always 1, from every order of the elements."""
    layer, params = parse(call)
    shapes = layer.shapes(params)
    orders = np.array(list(itertools.permutations(range(shapes.ins))), float)
    x = orders.reshape(-1, *shapes.x)
    _, dx = layer.apply(x, np.ones((len(x), *shapes.y)), params)
    _, known = exact(call, Inputs(dy_mean=1.0, dy_std=0.0))
    assert known.mean == pytest.approx(dx.mean(), rel=1e-13)
    assert known.std == pytest.approx(dx.std(), rel=1e-12)
    assert known.zeros == pytest.approx((dx == 0.0).mean(), rel=1e-12)


def test_padding_takes_part_in_no_maximum() -> None:
    """In the corners windows have 4 elements, at the edges 6: a mixture of order statistics."""
    y, _ = exact("max_pool2d(kernel_size=3, stride=2, padding=1, size=3)")
    four, _ = exact("max_pool2d(kernel_size=2)")
    assert (y.mean, y.std) == pytest.approx((four.mean, four.std))
    row, _ = exact("max_pool1d(kernel_size=3, stride=1, padding=1, size=3)")
    two, _ = exact("max_pool1d(kernel_size=2)")
    three, _ = exact("max_pool1d(kernel_size=3)")
    assert two.mean is not None
    assert three.mean is not None
    assert row.mean == pytest.approx((2 * two.mean + three.mean) / 3)


def test_averages_count_padding_or_not() -> None:
    """Of 3 elements with a rim of 1: 2, 3 and 2 elements, and divisors of 3 or as many."""
    call = "avg_pool1d(kernel_size=3, stride=1, padding=1, size=3"
    y, dx = exact(f"{call})", MOVED)
    assert y.mean == pytest.approx(MOVED.x_mean * (2 + 3 + 2) / 9)
    assert dx.rms == pytest.approx(
        math.sqrt((7 / 9 * MOVED.dy_std**2 + (2 * 4 / 9 + 1) * MOVED.dy_mean**2) / 3)
    )
    y, _ = exact(f"{call}, count_include_pad=false)", MOVED)
    assert y.mean == pytest.approx(MOVED.x_mean)
    y, _ = exact("avg_pool2d(kernel_size=2, divisor_override=3)")
    assert y.std == pytest.approx(2 / 3)


@pytest.mark.parametrize("size", [1, 2, 9])
def test_two_norms_are_chi(size: int) -> None:
    y, dx = exact(f"lp_pool1d(kernel_size={size})")
    assert y.mean == pytest.approx(stats.chi(size).mean(), rel=1e-12)
    assert y.std == pytest.approx(stats.chi(size).std(), rel=1e-11)
    assert dx.std == pytest.approx(math.sqrt(1 / size), rel=1e-12)
    y, _ = exact(f"lp_pool1d(kernel_size={size})", Inputs(x_mean=2.4, x_std=1.2))
    shifted = stats.ncx2(size, 4.0 * size)
    mean = integrate.quad(lambda v: math.sqrt(v) * shifted.pdf(v), 0, np.inf, epsabs=1e-12)[0]
    assert y.mean == pytest.approx(1.2 * mean, rel=1e-9)
    assert y.rms == pytest.approx(1.2 * math.sqrt(5.0 * size), rel=1e-12)


@pytest.mark.parametrize("p", [2, 4, 8])
def test_norms_of_two_by_their_angle(p: int) -> None:
    """(x, z) = r·(cos t, sin t), with E r = √(π/2), E r² = 2, and t uniform."""

    def over_angles(function: Any) -> float:
        return integrate.quad(function, 0, math.pi / 2, epsabs=1e-14)[0] * 2 / math.pi

    def total(t: float) -> float:
        return math.cos(t) ** p + math.sin(t) ** p

    first, second = norm_moments(p, 2, 0.0)
    assert first == pytest.approx(
        math.sqrt(math.pi / 2) * over_angles(lambda t: total(t) ** (1 / p)), rel=1e-12
    )
    assert second == pytest.approx(2 * over_angles(lambda t: total(t) ** (2 / p)), rel=1e-12)
    _, square = gradient_moments(p, 2, 0.0)
    expected = over_angles(lambda t: math.cos(t) ** (2 * p - 2) / total(t) ** (2 - 2 / p))
    assert square == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("p", [2, 4, 8])
@pytest.mark.parametrize("m", [0.5, -4.0])
def test_norms_of_one(p: int, m: float) -> None:
    """y = |x|, and the gradient is the sign of x."""
    first, second = norm_moments(p, 1, m)
    folded = stats.foldnorm(abs(m))
    assert first == pytest.approx(folded.mean(), rel=1e-11)
    assert second == pytest.approx(1.0 + m * m, rel=1e-12)
    assert gradient_moments(p, 1, m)[0] == pytest.approx(2 * stats.norm.cdf(m) - 1, rel=1e-11)


def test_shared_gradients_given_the_shared_element() -> None:
    """Given x, |x|/√(x² + a²) of different a are independent, of mean |x| e^(x²/4) K₀(x²/4)/√2π."""

    def mean(x: float) -> float:
        return x * float(special.k0e(x * x / 4)) / math.sqrt(2 * math.pi)

    whole = integrate.quad(
        lambda x: 2 * stats.norm.pdf(x) * mean(x) ** 2, 0, np.inf, epsabs=1e-13, limit=200
    )[0]
    assert shared_gradients(1, 1, 1, 0.0) == pytest.approx(whole, rel=1e-9)
    assert shared_gradients(0, 0, 3, 1.5) == pytest.approx(1 / 3, rel=1e-12)  # the same window


@pytest.mark.parametrize(
    "call",
    [
        "max_pool2d(kernel_size=3, stride=1, size=4)",
        "avg_pool1d(kernel_size=3, stride=1, padding=1, size=7)",
        "lp_pool1d(kernel_size=3, stride=1, size=6)",
        "lp_pool1d(kernel_size=3, norm_type=4, size=7)",
        "max_pool1d(kernel_size=2, stride=3, size=8)",
    ],
)
def test_expectations_over_dy(call: str) -> None:
    result = normstats.measure(
        call, samples=40_000, conditional=True, x_mean=0.7, x_std=1.3, dy_mean=-0.4, dy_std=0.5
    )
    for side in (result.forward, result.backward):
        for estimate in (side.mean, side.std, side.rms, side.zeros):
            assert estimate.z is not None
            assert abs(estimate.z) < 5.0


@pytest.mark.parametrize("x_mean", [0.0, -2.0])
@pytest.mark.parametrize(
    "call",
    [
        "max_pool2d(kernel_size=3, stride=2, size=6)",
        "avg_pool1d(padding=1, size=5)",
        "lp_pool1d(kernel_size=3, stride=2, ceil_mode=true, size=6)",
        "lp_pool1d(kernel_size=3, norm_type=4, stride=1, size=6)",
    ],
)
def test_maps_without_width(call: str, x_mean: float) -> None:
    """Of equals the first is the largest, in each window."""
    result = normstats.measure(call, samples=3000, x_mean=x_mean, x_std=0.0, dy_mean=0.5)
    for side in (result.forward, result.backward):
        for estimate in (side.mean, side.std, side.rms, side.zeros):
            assert estimate.z is not None
            assert abs(estimate.z) < 5.0


def test_no_value_rather_than_a_wrong_one() -> None:
    y, dx = exact("lp_pool1d(kernel_size=3, norm_type=4, stride=1)", Inputs(dy_mean=1.0))
    assert y.std is not None
    assert (dx.mean, dx.zeros) == (0.0, 0.0)
    assert dx.std is dx.rms is None
    y, _ = exact("lp_pool1d", Inputs(x_mean=5.0))
    assert y == Exact(zeros=0.0)
    _, dx = exact("max_pool3d(stride=1)")
    assert dx.zeros is None
    assert dx.std == pytest.approx(math.sqrt(27 / 125))


def test_windows_that_do_not_overlap_are_the_same_on_a_map() -> None:
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((4, 6, 6)), rng.standard_normal((4, 2, 2))
    blocks = x.reshape(4, 2, 3, 2, 3).swapaxes(2, 3)
    for kind in ("max", "avg"):
        y, dx = normstats.apply(f"{kind}_pool2d", x, dy, size=6)
        one, back = normstats.apply(f"{kind}_pool2d", blocks, dy)
        np.testing.assert_allclose(y, one, rtol=1e-14)
        whole = back.reshape(4, 2, 2, 3, 3).swapaxes(2, 3).reshape(4, 6, 6)
        np.testing.assert_allclose(dx, whole, rtol=1e-14)


@pytest.mark.parametrize(
    ("call", "option", "words"),
    [
        ("max_pool2d(padding=2)", "padding", "half of the kernel size"),
        ("max_pool1d(size=2)", "size", "no window fits"),
        ("max_pool1d(kernel_size=2, dilation=3, padding=1, size=2)", "padding", "nothing but"),
        ("max_pool2d(stride=0)", "stride", "or the word kernel_size"),
        ("max_pool2d(stride=big)", "stride", "at least 1"),
        ("max_pool2d(padding=-1)", "padding", "at least 0"),
        ("max_pool2d(ceil_mode=maybe)", "ceil_mode", "false, true"),
        ("max_pool2d(size=300)", "size", "at most"),
        ("max_pool2d(kernel_size=100, stride=1, size=200)", "kernel_size", "elements in all"),
        ("avg_pool1d(dilation=2)", "dilation", "no such option"),
        ("lp_pool2d(padding=1)", "padding", "no such option"),
        ("lp_pool2d(norm_type=3)", "norm_type", "1, 2, 4, 8"),
        ("adaptive_avg_pool2d(output_size=0)", "output_size", "at least 1"),
    ],
)  # fmt: skip
def test_bad_maps(call: str, option: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        registry.parse_call(call)
    assert caught.value.name == option
    assert words in caught.value.allowed


def test_points_are_for_small_maps() -> None:
    with pytest.raises(UsageError, match="coordinates"):
        normstats.measure("max_pool2d(stride=1)", samples=100, method="rqmc")
    found = normstats.measure("max_pool1d(stride=2, size=9)", samples=2**14, method="rqmc")
    assert found.backward.std.z is not None
    assert abs(found.backward.std.z) < 5.0


@pytest.mark.parametrize(("p", "least"), [(4, 1e-60), (8, 1e-30)])
def test_powers_that_would_be_0(p: int, least: float) -> None:
    call = f"lp_pool1d(kernel_size=2, norm_type={p})"
    found = normstats.measure(call, samples=1000, x_std=2 * least).forward.mean
    assert found.z is not None
    assert abs(found.z) < 5.0
    if p == 8:
        with pytest.raises(UsageError, match="x_std"):
            normstats.measure(call, samples=1000, x_std=least / 2)


def test_the_first_of_equals_in_each_window() -> None:
    y, dx = normstats.apply(
        "max_pool1d", np.zeros(4), [1.0, 2.0, 4.0], kernel_size=2, stride=1, size=4
    )
    assert y.tolist() == [0.0, 0.0, 0.0]
    assert dx.tolist() == [1.0, 2.0, 4.0, 0.0]
