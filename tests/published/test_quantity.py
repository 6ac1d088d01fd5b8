"""Quantities and their standard errors, against simulations and against each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from normstats.published.quantity import QUANTITIES, Moments, transform, unit_se, words
from normstats.result import Estimate, Exact, Result, Statistics
from normstats.result.quantity import MEASURABLE, exact_quantity, from_result, rule
from normstats.runs.call import Call
from normstats.runs.run import Run

FORWARD = Exact(mean=0.3, std=0.4, rms=0.5)
BACKWARD = Exact(mean=0.0, std=0.25, rms=0.25)


def result() -> Result:
    def statistics(exact: Exact, se: float) -> Statistics:
        def estimate(value: float | None) -> Estimate:
            assert value is not None
            return Estimate(value + se, se, value)

        zeros = Estimate(0.0, None)
        return Statistics(estimate(exact.mean), estimate(exact.std), estimate(exact.rms), zeros)

    return Result(
        run=Run(Call("relu"), 10_000),
        samples=10_000,
        threads=1,
        elapsed_s=0.1,
        interrupted=False,
        statistics={
            "forward": statistics(FORWARD, 1e-3),
            "backward": statistics(BACKWARD, 2e-3),
        },
    )


BOTH = {"forward": FORWARD, "backward": BACKWARD}


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("forward.mean", 0.3),
        ("forward.std", 0.4),
        ("forward.rms", 0.5),
        ("backward.mean", 0.0),
        ("backward.std", 0.25),
        ("gain", 2.5),
        ("gain_rms", 2.0),
        ("backward_gain", 4.0),
        ("second_moment", 0.25),
    ],
)
def test_exact_values(quantity: str, expected: float) -> None:
    assert exact_quantity(BOTH, quantity) == pytest.approx(expected)


def test_the_four_gains_differ() -> None:
    gains = {exact_quantity(BOTH, q) for q in ("gain", "gain_rms", "backward_gain")}
    assert len(gains) == 3
    assert len({words(q) for q in QUANTITIES}) == len(QUANTITIES)


def test_unknown_and_infinite() -> None:
    assert exact_quantity(BOTH | {"forward": Exact()}, "gain") is None
    assert exact_quantity(BOTH | {"forward": Exact(std=0.0)}, "gain") is None
    assert exact_quantity(BOTH | {"forward": Exact(mean=math.inf)}, "forward.mean") is None
    with pytest.raises(ValueError, match="chi"):
        exact_quantity(BOTH, "chi")


@pytest.mark.parametrize("quantity", MEASURABLE)
def test_errors_of_a_result_follow_the_slope(quantity: str) -> None:
    """The delta method is the derivative: a small shift of the statistic over that shift."""
    value, se, exact = from_result(result(), quantity)
    assert value is not None
    assert se is not None
    assert exact is not None
    # All estimates lie one SE above their exact values.
    assert abs(value - exact) == pytest.approx(se, rel=0.02)


def test_a_result_without_errors() -> None:
    from dataclasses import replace

    run = result()
    std = Estimate(0.4, None, None)
    sides = {"forward": replace(run.forward, std=std), "backward": run.backward}
    bare = replace(run, statistics=sides)
    assert from_result(bare, "gain") == (2.5, None, None)


@pytest.mark.parametrize("quantity", MEASURABLE)
def test_unit_errors_are_those_of_simulations(quantity: str) -> None:
    """y = z² + z and dx = dy·z², many runs of 2000 samples; the scatter has 3 % error itself."""
    rng = np.random.default_rng(1)
    runs, n = 1500, 2000
    z, dy = rng.standard_normal((2, runs, n))
    y, dx = z**2 + z, dy * z
    v = y if not quantity.startswith("backward") else dx
    statistic = {
        "mean": v.mean(axis=1),
        "std": v.std(axis=1),
        "rms": np.sqrt((v**2).mean(axis=1)),
        "gain": 1 / v.std(axis=1),
        "gain_rms": 1 / np.sqrt((v**2).mean(axis=1)),
        "backward_gain": 1 / v.std(axis=1),
        "second_moment": (v**2).mean(axis=1),
    }[quantity.split(".")[-1]]
    # Central moments of z² + z: 3, 14, 111 (by hand from E z^k); of dy·z: 1, 0, 9.
    forward, backward = Moments(1.0, 3.0, 14.0, 111.0), Moments(0.0, 1.0, 0.0, 9.0)
    expected = unit_se(forward, backward, quantity)
    assert expected is not None
    assert statistic.std(ddof=1) * math.sqrt(n) == pytest.approx(expected, rel=0.12)


def test_moments_of_a_normal() -> None:
    normal = Moments(0.0, 4.0, 0.0, 48.0)
    assert normal.unit_se("mean") == 2.0
    assert normal.unit_se("std") == pytest.approx(2.0 / math.sqrt(2.0))
    assert normal.unit_se("rms") == pytest.approx(2.0 / math.sqrt(2.0))
    assert Moments(0.0, 0.0, 0.0, 0.0).unit_se("std") == 0.0


def test_transform() -> None:
    assert transform(None, 0.1, 2.0, 1.0) == (None, None)
    assert transform(1.5, 0.1, 2.0, 1.0) == (3.0, 0.2)
    assert transform(1.5, None, -2.0, 1.0) == (-3.0, None)
    value, se = transform(3.0, 0.01, 1.0, 2.0)
    assert value == 9.0
    assert se == pytest.approx(0.06)


def test_words() -> None:
    assert words("gain") == "1/std of y"
    assert words("gain_rms", power=2.0) == "(1/rms of y)^2"
    assert words("forward.mean", scale=2.0) == "2 × mean of y"
    assert words("other", explain="half a metre") == "half a metre"


def test_every_statistic_of_every_gradient_is_a_quantity() -> None:
    found = rule("hx.zeros")
    assert (found.words, found.base) == ("fraction of zeros in the gradient of hx", "hx.zeros")
    assert rule("forward.zeros").words == "fraction of zeros in y"
    assert rule("weight.std").words == "std of the gradient of weight"
    for unknown in ("hx.median", "hx", "a b.std"):
        with pytest.raises(ValueError, match=unknown):
            rule(unknown)
