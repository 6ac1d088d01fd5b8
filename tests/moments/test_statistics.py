"""Statistics and their standard errors: textbook formulas, and the scatter of replications."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.api import measure
from normstats.moments.statistics import statistics
from normstats.result import Exact
from tests.moments.brute import of_equal_units, of_units


@given(st.lists(st.floats(-50.0, 50.0), min_size=2, max_size=40), st.floats(-5.0, 5.0))
def test_scalars_give_the_textbook_formulas(data: list[float], pivot: float) -> None:
    """SE(mean) = s/√n; SE(std) = √((μ₄ − σ⁴)/(n − 1))/2s with central moments of the sample."""
    v = np.array(data)
    got = statistics(of_equal_units([[x] for x in data], pivot))
    n, spread = len(v), v - v.mean()
    scale = max(np.abs(v).max(), abs(pivot), 1.0)
    std = v.std(ddof=1)
    assert got.mean.value == pytest.approx(v.mean(), rel=1e-9, abs=1e-12 * scale)
    # √ of rounding: about a far pivot, a std of 0 is known to 1e-8 only.
    assert got.std.value == pytest.approx(std, rel=1e-6, abs=1e-6 * scale)
    assert got.rms.value == pytest.approx(math.sqrt(np.mean(v**2)), rel=1e-6, abs=1e-6 * scale)
    assert got.zeros.value == np.mean(v == 0.0)
    assert got.mean.se == pytest.approx(std / math.sqrt(n), rel=1e-6, abs=1e-6 * scale)
    if std > 1e-2 * scale:
        excess = np.mean((spread**2 - np.mean(spread**2)) ** 2)  # μ₄ − σ⁴
        beyond = 2 * (std**2 / n) ** 2  # where that vanishes, as for two values
        expected = math.sqrt(max(excess / (n - 1), beyond)) / (2 * std)
        assert got.std.se == pytest.approx(expected, rel=1e-4, abs=1e-6 * scale)
    share = np.mean(v == 0.0)
    assert got.zeros.se == pytest.approx(math.sqrt(share * (1 - share) / (n - 1)), abs=1e-9)


def test_rms_of_scalars() -> None:
    """SE(rms) = √((m₄ − m₂²)/(n − 1))/2rms with moments about 0, about any pivot."""
    v = np.random.default_rng(1).normal(0.4, 1.0, 500)
    expected = math.sqrt((np.mean(v**4) - np.mean(v**2) ** 2) / 499) / (
        2 * math.sqrt(np.mean(v**2))
    )
    for pivot in (0.0, 0.4, -3.0):
        got = statistics(of_equal_units([[x] for x in v.tolist()], pivot))
        assert got.rms.se == pytest.approx(expected, rel=1e-9)


def group(rng: np.random.Generator, sizes: list[int]) -> list[list[float]]:
    """Elements of a group share a scale and an offset; some are zero."""
    result = []
    for size in sizes:
        scale, offset = rng.gamma(4.0) / 4.0, rng.normal(0.5, 0.3)
        unit = offset + scale * rng.standard_normal(size)
        unit[rng.random(size) < rng.uniform(0.0, 0.6)] = 0.0
        result.append(unit.tolist())
    return result


@pytest.mark.parametrize("sizes", [[6] * 60, [5, 7, 2, 9] * 15], ids=["equal", "unequal"])
def test_groups_give_the_scatter_of_replications(sizes: list[int]) -> None:
    """700 replications know their own scatter to 1/√1400 = 2.7 %; the limit is five times that.

    A first-order formula at 60 groups is itself right to 1/60 or so. False alarm: below 1e-6.
    """
    rng = np.random.default_rng(7)
    names = ("mean", "std", "rms", "zeros")
    values, errors = [], []
    for _ in range(700):
        got = statistics(of_units(group(rng, sizes), 0.3))
        values.append([getattr(got, name).value for name in names])
        errors.append([getattr(got, name).se for name in names])
    scatter = np.std(values, axis=0)
    stated = np.sqrt(np.mean(np.square(errors), axis=0))
    assert stated == pytest.approx(scatter, rel=0.14)


def test_elements_that_are_taken_for_independent_give_errors_that_are_too_small() -> None:
    """The same data, one element a unit: this is the mistake that units are there for."""
    rng = np.random.default_rng(7)
    units = group(rng, [6] * 4000)
    right = statistics(of_units(units, 0.3))
    wrong = statistics(of_units([[v] for unit in units for v in unit], 0.3))
    assert wrong.mean.value == pytest.approx(right.mean.value, rel=1e-12)
    assert wrong.mean.se is not None
    assert right.mean.se is not None
    assert wrong.mean.se < 0.9 * right.mean.se


def test_variance_of_independent_elements_is_unbiased() -> None:
    """Like n/(n − 1) for scalars: 4000 means of s² from 5 numbers, with a limit of five SE."""
    rng = np.random.default_rng(3)
    squares = [
        statistics(of_equal_units(rng.standard_normal((5, 1)).tolist(), 0.0)).std.value ** 2
        for _ in range(4000)
    ]
    assert np.mean(squares) == pytest.approx(1.0, abs=5 * np.std(squares) / math.sqrt(4000))


@pytest.mark.parametrize("size", [1, 4])
def test_one_unit_gives_no_error(size: int) -> None:
    got = statistics(of_units([[0.5, 0.0, -1.0, 2.0][:size]], 0.25), Exact(mean=0.0, std=1.0))
    for estimate in (got.mean, got.std, got.rms, got.zeros):
        assert estimate.se is None
        assert estimate.z is None
        assert math.isfinite(estimate.value)
    assert got.mean.exact == 0.0


@pytest.mark.parametrize("constant", [0.0, 1.0, -0.3, 1e8])
@pytest.mark.parametrize("size", [1, 3])
def test_constants_have_error_0(constant: float, size: int) -> None:
    got = statistics(
        of_equal_units([[constant] * size] * 50, constant),
        Exact(constant, 0.0, abs(constant), float(constant == 0.0)),
    )
    assert (got.mean.se, got.std.se, got.zeros.se) == (0.0, 0.0, 0.0)
    assert got.rms.se == pytest.approx(0.0, abs=1e-12 * abs(constant))
    assert got.mean.value == constant
    assert got.std.value == 0.0
    assert got.zeros.value == float(constant == 0.0)
    assert (got.mean.z, got.std.z, got.zeros.z) == (0.0, 0.0, 0.0)


def test_groups_without_scatter_of_their_means_have_error_0() -> None:
    """Every group has the same elements: nothing varies from group to group."""
    got = statistics(of_units([[1.0, 2.0, 3.0]] * 20, 1.5))
    assert got.mean.se == pytest.approx(0.0, abs=1e-12)
    assert got.std.se == pytest.approx(0.0, abs=1e-12)
    assert got.std.value == pytest.approx(math.sqrt(2.0 / 3.0), rel=1e-12)


def test_zeros_of_unequal_groups_that_are_all_zero_have_error_0() -> None:
    """Also where the groups were merged from parts."""
    parts = [of_units([[0.0] * size] * 3, 0.0) for size in (8, 8, 5)]
    got = statistics(parts[0] + parts[1] + parts[2])
    assert got.zeros.value == 1.0
    assert got.zeros.se == pytest.approx(0.0, abs=1e-9)


def test_two_units_have_an_error_of_their_own_size() -> None:
    """To first order the variance of two values does not vary; the second order is what is left."""
    for seed in range(20):
        found = measure("relu", samples=2, seed=seed).forward.std
        if found.value == 0.0:  # both are zeros
            assert found.se is None
        else:
            assert found.se is not None
            assert 0.1 * found.value < found.se < found.value


def test_a_mean_square_that_hardly_varies() -> None:
    """Orthogonal weights and a large mean of x: what varies is the square of the mean."""
    z = [
        measure("linear(in_features=8, out_features=8, init=orthogonal)", samples=20_000,
                x_mean=100, seed=seed).forward.std.z
        for seed in range(40)
    ]  # fmt: skip
    assert max(abs(value) for value in z if value is not None) < 5.0


def test_what_overflows_has_no_error() -> None:
    found = measure("leaky_relu", negative_slope=1e300, samples=1000).forward
    assert found.std.se is None
    assert math.isnan(found.std.value)


def test_where_only_fourth_powers_overflow_the_rest_is_there() -> None:
    found = measure("leaky_relu", negative_slope=1e80, samples=100_000).forward
    for estimate in (found.mean, found.std, found.rms):
        assert estimate.exact is not None
        assert estimate.value == pytest.approx(estimate.exact, rel=0.02)
    assert found.std.se is None
    assert found.mean.z is not None
    assert abs(found.mean.z) < 5.0


def test_errors_are_not_below_the_precision_of_the_arithmetic() -> None:
    """A scatter of 1e-15 over the units says nothing of errors that all of them share."""
    units = of_units([[0.0, 1.0 + k * 1e-15] for k in range(100)], 0.5)
    found = statistics(units)
    assert found.mean.se == found.mean.precision > 1e-12


def test_a_rare_event_that_never_came_leaves_the_error_unknown() -> None:
    """Ten samples of dropout that drop everything do not show that all is 0 without error."""
    found = measure("dropout(p=0.999999)", samples=10, seed=1).forward
    for estimate in (found.mean, found.std, found.rms, found.zeros):
        assert estimate.se is None
        assert estimate.z is None
    assert found.mean.value == 0.0


def test_units_that_agree_by_chance_tell_no_error() -> None:
    """Two points a unit, which all have one of them beyond the jump, though its share is not ½."""
    agreed = of_units([[0.0, 1.0]] * 128, 0.5)
    share = 0.4999
    exact = Exact(1.0 - share, math.sqrt(share * (1.0 - share)), math.sqrt(1.0 - share), share)
    found = statistics(agreed, exact)
    for estimate in (found.mean, found.std, found.rms):
        assert estimate.value != estimate.exact
        assert estimate.se is None
        assert estimate.z is None


def test_zeros_on_which_units_agree_have_the_error_of_their_exact_share() -> None:
    """A rare event that never came is within it; an exact value that is wrong is far out."""
    zeros = measure("relu", x_mean=5, samples=100_000).forward.zeros
    assert zeros.value == 0.0
    assert zeros.exact == pytest.approx(2.9e-7, rel=0.02)
    assert zeros.se == pytest.approx(math.sqrt(2.87e-7 / 1e5), rel=0.01)
    assert zeros.z == pytest.approx(-0.17, abs=0.01)
    wrong = statistics(of_equal_units([[1.0], [2.0]] * 5000, 1.5), Exact(zeros=0.01)).zeros
    assert wrong.z is not None
    assert wrong.z < -9.0
    right = statistics(of_equal_units([[1.0], [2.0]] * 5000, 1.5), Exact(zeros=0.0)).zeros
    assert (right.se, right.z) == (0.0, 0.0)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_a_few_rare_events_have_the_error_of_their_exact_share(size: int) -> None:
    """Where 2 events came of 13, √2 would be their error by themselves: −7.9 σ."""
    units = [[0.0] + [1.0] * (size - 1) if k < 2 else [1.0] * size for k in range(5000)]
    e = size * 5000
    p = 13.0 / e
    zeros = statistics(of_units(units, 1.0), Exact(zeros=p)).zeros
    assert zeros.value == 2.0 / e
    assert zeros.se == pytest.approx(math.sqrt(13.0) / e, rel=0.01)
    assert zeros.z == pytest.approx((2.0 - 13.0) / math.sqrt(13.0), rel=0.01)
    alone = statistics(of_units(units, 1.0)).zeros
    assert alone.se == pytest.approx(math.sqrt(2.0) / e, rel=0.01)


def test_rare_events_of_whole_units_keep_what_elements_have_in_common() -> None:
    """A dropped channel is one event of 8 zeros: its share is 8 times as noisy in variance."""
    units = [[0.0] * 8 if k < 2 else [1.0] * 8 for k in range(5000)]
    zeros = statistics(of_units(units, 1.0), Exact(zeros=13.0 / 5000)).zeros
    assert zeros.z == pytest.approx((2.0 - 13.0) / math.sqrt(13.0), rel=0.01)
    never = statistics(of_units([[1.0, 2.0] * 4] * 5000, 1.5), Exact(zeros=13.0 / 5000)).zeros
    assert never.z == pytest.approx(-math.sqrt(13.0), rel=0.01)


def test_the_zeros_of_rare_events_are_calibrated() -> None:
    """With two events expected in a run: z of 400 runs has rms 1 within five of its errors."""
    rng, p, n = np.random.default_rng(5), 2e-3, 1000
    counts = rng.binomial(n, p, 400)
    z = [
        statistics(of_equal_units([[0.0]] * k + [[1.0]] * (n - k), 1.0), Exact(zeros=p)).zeros.z
        for k in counts.tolist()
    ]
    square = [value**2 for value in z if value is not None]
    assert len(square) == 400
    assert np.mean(square) == pytest.approx(1.0, abs=5.0 * np.std(square) / 20.0)


def test_a_value_without_scatter_that_is_right_has_error_0() -> None:
    found = measure("max_pool2d", samples=2048, method="rqmc", conditional=True).backward.std
    assert found.se is not None
    assert found.se < 1e-12


def test_a_target_does_not_take_agreement_for_precision() -> None:
    """100,000 samples have not met the 3e-7 of all x where f′ is 0."""
    given = {"x_mean": 5, "conditional": True}
    first = measure("relu", samples=100_000, **given).backward.std
    assert first.value == 1.0
    assert first.se is None
    result = measure("relu", samples=1e9, target_se=1e-6, **given)
    assert result.samples > 100_000
    assert result.backward.std.se is not None
    assert 0.0 < result.backward.std.se <= 1e-6
