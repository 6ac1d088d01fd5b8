"""What a user is told to do with the numbers; every gain says which one it is."""

from __future__ import annotations

from normstats.reports.advice import advice
from normstats.result import Estimate, Statistics
from tests.reports.made_up import BACKWARD, FORWARD, all_equal, made_up


def test_relu_as_exact_values_have_it() -> None:
    recipe, unshifted = advice(made_up())
    assert recipe == (
        "To normalise: subtract 0.39894, multiply by 1.41421 (backward, 1/std of dx)"
        " or 1.71286 (forward, 1/std of y)."
    )
    assert unshifted == "Without subtracting: multiply by 1.41421 (1/rms of y)."


def test_measured_values_where_there_are_no_exact_ones() -> None:
    def measured(statistics: Statistics) -> Statistics:
        parts = (getattr(statistics, name) for name in ("mean", "std", "rms", "zeros"))
        return Statistics(*(Estimate(part.value, part.se) for part in parts))

    recipe = advice(made_up(forward=measured(FORWARD), backward=measured(BACKWARD)))[0]
    assert "subtract 0.39894," in recipe  # ± 0.00006
    assert "1.41418 (backward" in recipe  # ± 0.00016
    assert "1.71291 (forward" in recipe  # ± 0.00015


def test_mean_zero_needs_no_subtraction() -> None:
    statistics = all_equal(Estimate(0.0, 0.1, 0.0))
    forward = Statistics(statistics.mean, FORWARD.std, FORWARD.rms, FORWARD.zeros)
    assert "nothing to subtract" in advice(made_up(forward=forward))[0]


def test_a_constant_has_no_gain() -> None:
    constant = all_equal(Estimate(0.0, 0.0, 0.0))
    assert advice(made_up(forward=constant, backward=constant)) == [
        "No gain for y and dx: the standard deviation is 0."
    ]
    lines = advice(made_up(backward=constant))
    assert "No gain for dx: the standard deviation is 0." in lines
    assert "backward" not in lines[0]


def test_one_sample_without_exact_values_says_nothing() -> None:
    unknown = all_equal(Estimate(0.7, None, None))
    assert advice(made_up(forward=unknown, backward=unknown)) == []


def test_numbers_that_are_none() -> None:
    broken = all_equal(Estimate(float("nan"), float("nan"), None))
    assert advice(made_up(forward=broken, backward=broken)) == []
