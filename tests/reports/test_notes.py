"""What is said of errors: nothing that is false, and what a reader would not guess."""

from __future__ import annotations

import math

import pytest

from normstats.api import measure
from normstats.reports import formats
from normstats.reports.of_results import report
from normstats.reports.words import notes
from normstats.result import Estimate, Statistics
from tests.reports.made_up import BACKWARD, FORWARD, all_equal, made_up

SIDES = ("forward", "backward")
OVERFLOW = "no standard error where powers of the values overflow"
NOTHING = "no standard error where nothing varied in so few samples"
ROUGH = "errors are rough, and no deviation is told"


def side(std: Estimate) -> Statistics:
    return Statistics(FORWARD.mean, std, FORWARD.rms, FORWARD.zeros)


@pytest.mark.parametrize(
    ("value", "note"),
    [(0.0, NOTHING), (0.5, NOTHING), (5e91, OVERFLOW), (math.inf, OVERFLOW), (math.nan, OVERFLOW)],
)
def test_why_there_is_no_error(value: float, note: str) -> None:
    assert notes(made_up(forward=side(Estimate(value, None)))) == [note]


def test_both_reasons() -> None:
    y, dx = side(Estimate(5e91, None)), side(Estimate(0.0, None))
    assert notes(made_up(forward=y, backward=dx)) == [OVERFLOW, NOTHING]


@pytest.mark.parametrize("x_std", [10, 50, 100])
def test_exp_of_a_wide_input_is_neither_constant_nor_zero(x_std: float) -> None:
    found = " ".join(notes(measure("exp", x_std=x_std, samples=1e5, threads=1)))
    assert "nothing varied" not in found
    assert (OVERFLOW in found) is (x_std > 10)
    assert ("errors are rough" in found) is (x_std == 10)


def test_a_handful_of_events_is_told() -> None:
    """Of 1e6 values of N(−4.7, 1) about one is above 0, of N(0, 1) half."""
    for x_mean, rough in ((0.0, False), (-4.7, True)):
        result = measure("relu", x_mean=x_mean, samples=1e6, seed=2, threads=1)
        found = [note for note in notes(result) if "rest on about" in note]
        assert bool(found) is rough
        events = round(1e6 * (1.0 - result.forward.zeros.value))
        assert events > 9 or rough


@pytest.mark.parametrize(
    ("se", "events"), [(0.16, 10), (0.159, 10), (0.1582, 10), (0.158, 0), (0.25, 4), (0.5, 1)]
)
def test_how_many_there_are(se: float, events: int) -> None:
    """k values that make up a std give it a relative error of 1/(2√k)."""
    found = notes(made_up(forward=side(Estimate(1.0, se)), backward=BACKWARD))
    plural = "large value" + ("s" if events > 1 else "")
    expected = f"the numbers of y rest on about {events} {plural}: {ROUGH}"
    assert found == ([expected] if events else [])


def test_both_sides_in_one_sentence() -> None:
    rough = all_equal(Estimate(1.0, 0.25))
    (note,) = notes(made_up(forward=rough, backward=rough))
    assert note.startswith("the numbers of y and dx rest on about 4 large values")


@pytest.mark.parametrize(("x_std", "told"), [(1, True), (6, False)])
def test_a_few_large_values_leave_no_deviation_in_any_form(x_std: float, told: bool) -> None:
    """Of exp of N(0, 6²) the largest of 1e5 values decides: 1000 σ would say nothing."""
    result = measure("exp", x_std=x_std, samples=1e5, seed=1, threads=1)
    assert any(ROUGH in note for note in notes(result)) is not told
    tree = result.to_dict()["results"][0]
    numbers = [tree[side][name] for side in SIDES for name in ("mean", "std", "rms")]
    for number in (*numbers, *tree["gains"].values()):
        assert number["se"] is not None
        assert (number["z"] is not None) is told
    for form in ("table", "markdown"):
        lines = formats.render(report([result]), form).splitlines()
        shown = [line for line in lines if "±" in line and "SE" not in line]
        assert len(shown) > 5
        assert any("σ" in line for line in shown) is told
    assert tree["forward"]["zeros"]["z"] == 0.0  # a share has no large values


def test_few_samples_are_told_once() -> None:
    rough = all_equal(Estimate(1.0, 0.5))
    found = notes(made_up(forward=rough, units=5, samples=5))
    assert found == ["standard errors from only 5 samples are rough"]
