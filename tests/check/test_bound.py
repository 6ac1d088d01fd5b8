"""The bound of averages over evenly spread points: it holds always, and it is not far off."""

from __future__ import annotations

import pytest

from normstats import registry
from normstats.check.bound import FINE, bounds
from normstats.perform import perform
from normstats.result import Result
from normstats.runs.inputs import STANDARD, Inputs
from normstats.runs.run import Run

SHIFTED = Inputs(0.5, 2.0, 0.3, 1.5)
CALLS = ("relu", "silu", "hardshrink", "leaky_relu(negative_slope=0.2)", "sin", "exp")


def shares(result: Result) -> dict[str, float]:
    """The deviations from the exact values as shares of their bounds."""
    found = {}
    for name, bound in bounds(result).items():
        direction, statistic = name.split(".")
        estimate = getattr(getattr(result, direction), statistic)
        if estimate.exact is not None and bound > 0.0:
            off = abs(estimate.value - estimate.exact) - estimate.precision
            found[name] = off / bound
    return found


@pytest.mark.parametrize("inputs", [STANDARD, SHIFTED], ids=["standard", "shifted"])
@pytest.mark.parametrize("text", CALLS)
def test_the_bound_holds_for_few_points_and_for_many(text: str, inputs: Inputs) -> None:
    call = registry.parse_call(text)
    largest = 0.0
    for samples, seeds in ((2048, 40), (10**6, 2)):
        for seed in range(seeds):
            found = shares(perform(Run(call, samples, seed, inputs, FINE), 1))
            assert max(found.values()) <= 1.0, found
            largest = max(largest, *found.values())
    assert largest > 0.005, "a bound that is never approached says nothing"


def test_it_falls_as_the_number_of_points_grows() -> None:
    call = registry.parse_call("silu")
    few, many = (bounds(perform(Run(call, n, 1, STANDARD, FINE), 1)) for n in (2**18, 2**20))
    for name in ("forward.mean", "backward.std", "backward.rms"):
        assert few[name] / many[name] == pytest.approx(4.0, rel=0.01)


def test_what_a_kernel_cannot_change_has_no_bound() -> None:
    """With dy about 0 integrated out, the mean of dx is 0 whatever the kernel says."""
    run = Run(registry.parse_call("silu"), 2**18, 1, STANDARD, FINE)
    assert "backward.mean" not in bounds(perform(run, 1))
    shifted = Run(registry.parse_call("silu"), 2**18, 1, SHIFTED, FINE)
    assert "backward.mean" in bounds(perform(shifted, 1))
