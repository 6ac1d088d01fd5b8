"""What a user is told to do with the numbers; every gain says which one it is."""

from __future__ import annotations

import math

import pytest

from normstats.reports.words import advice
from normstats.result import Estimate, Result, Statistics
from normstats.result.quantity import gains
from tests.reports.made_up import FORWARD, all_equal, made_up

STD = "For y with mean 0 and std 1: subtract its mean, then multiply by 1/std y."
CENTRED = "For y with mean 0 and std 1: nothing to subtract, multiply by 1/std y."
RMS = "For y with rms 1, its mean kept: multiply by 1/rms y."
BACKWARD = "For dx with std 1: multiply y by 1/std dx."


def measured(mean: Estimate, y: Estimate, dx: Estimate, rms: Estimate | None = None) -> Result:
    """A result without zeros."""
    none = Estimate(0.0, 0.0, 0.0)
    return made_up(
        forward=Statistics(mean, y, rms or y, none), backward=Statistics(none, dx, dx, none)
    )


def test_relu() -> None:
    assert advice(made_up()) == [STD, RMS, BACKWARD]


@pytest.mark.parametrize("mean", [Estimate(0.3, 0.1, 0.0), Estimate(0.4, 0.1)])
def test_mean_zero_needs_no_subtraction(mean: Estimate) -> None:
    forward = Statistics(mean, FORWARD.std, FORWARD.rms, FORWARD.zeros)
    assert advice(made_up(forward=forward)) == [CENTRED, BACKWARD]


@pytest.mark.parametrize("mean", [Estimate(0.0, 0.1, 1e-9), Estimate(0.6, 0.1)])
def test_a_mean_that_is_none_is_subtracted(mean: Estimate) -> None:
    forward = Statistics(mean, FORWARD.std, FORWARD.rms, FORWARD.zeros)
    assert advice(made_up(forward=forward))[0] == STD


@pytest.mark.parametrize("constant", [Estimate(0.0, 0.0, 0.0), Estimate(0.0, 0.0)])
def test_a_constant_has_no_gain(constant: Estimate) -> None:
    nothing = all_equal(constant)
    assert advice(made_up(forward=nothing, backward=nothing)) == [
        "No 1/std of y and dx: the standard deviation is 0."
    ]
    lines = advice(made_up(backward=nothing))
    assert lines == [STD, RMS, "No 1/std of dx: the standard deviation is 0."]


def test_a_std_that_is_not_told_is_not_called_zero() -> None:
    """exp with x-std 10: (2.2 ± 0.9)e20 is no 0."""
    huge = Estimate(2.2e20, 0.9e20)
    lines = advice(made_up(forward=all_equal(huge), backward=all_equal(huge)))
    assert lines == ["No 1/std of y and dx: its error is too large to tell it; take more samples."]


def test_numbers_that_are_none() -> None:
    for broken in (Estimate(math.nan, math.nan), Estimate(math.inf, None), Estimate(0.7, None)):
        sides = all_equal(broken)
        assert advice(made_up(forward=sides, backward=sides)) == []
        assert gains(made_up(forward=sides, backward=sides)) == {}


def test_gains_with_their_errors() -> None:
    """1/8 = 0.125 ± 0.016/8² = 0.00025; 1/0.4 = 2.5 ± 0.0032/0.4² = 0.02."""
    result = measured(
        mean=Estimate(3.0, 0.1),
        y=Estimate(8.0, 0.016, 8.0625, precision=6.4e-11),
        dx=Estimate(0.4, 0.0032),
        rms=Estimate(10.0, 0.1, 16.0),
    )
    found = gains(result)
    assert list(found) == ["gain", "gain_rms", "backward_gain"]
    assert found["gain"] == Estimate(0.125, 0.00025, 1 / 8.0625, pytest.approx(1e-12))
    assert found["gain_rms"].value == 0.1
    assert found["gain_rms"].se == pytest.approx(0.001)
    assert found["gain_rms"].exact == 0.0625
    assert found["backward_gain"].se == pytest.approx(0.02)
    assert found["backward_gain"].exact is None


@pytest.mark.parametrize(
    ("scale", "known"),
    [
        (Estimate(1.0, 0.19), True),
        (Estimate(1.0, 0.21), False),  # within five errors of 0
        (Estimate(1.0, 0.21, 1.1), True),  # an exact value tells it
        (Estimate(1.0, 0.21, 0.0), False),
        (Estimate(0.0, 0.0, 1.1), False),  # nothing measured
        (Estimate(1e-310, 0.0, 1e-310), False),  # 1/std is no number
        (Estimate(1.0, None, 1.0), True),
        (Estimate(1.0, None), False),
    ],
)
def test_which_gains_there_are(scale: Estimate, known: bool) -> None:
    result = measured(Estimate(0.0, 0.1), scale, scale)
    assert set(gains(result)) == ({"gain", "gain_rms", "backward_gain"} if known else set())
