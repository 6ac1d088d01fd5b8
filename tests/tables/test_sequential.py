"""Constants of layers in a row: measured by a chain, with the errors of its networks."""

from __future__ import annotations

import math

import pytest

import normstats
from normstats.networks.written import BATCH_SIZE
from normstats.published.catalogue import Constant, catalogue
from normstats.published.evaluate import measured, truth
from normstats.result import Result
from normstats.runs.run import Run
from normstats.tables.budget import samples_for
from normstats.tables.jobs import Wanted, wanted
from normstats.tables.rows import row
from normstats.tables.sequential import SEQUENTIAL, call_of, measure

CONSTANTS = [constant for constant in catalogue() if constant.layer == SEQUENTIAL]


def result(constant: Constant, scalar: int) -> Result:
    """With another seed than that of the tables."""
    call, inputs, _ = wanted(constant)
    return measure(Run(call, samples_for(call, scalar), 3, inputs), 2)


@pytest.mark.parametrize("constant", CONSTANTS, ids=[constant.id for constant in CONSTANTS])
def test_what_is_measured_is_what_the_closed_form_says(constant: Constant) -> None:
    """The width of 1000 is within the noise of infinite width."""
    scalar = 10**8 if "1000" not in constant.params["layers"] else 10**7  # 3 networks are enough
    found = result(constant, scalar)
    value, se = measured(constant, found)
    exact = truth(constant).exact
    assert exact is not None
    assert value is not None
    assert se is not None
    assert abs(value - exact) < (5.0 if found.units > 10 else 50.0) * se  # a t of few networks
    assert 0.0 < se < 0.01 * exact
    one = row(constant, {wanted(constant): found})
    assert (one.value, one.se, one.samples) == (value, se, found.units * BATCH_SIZE)


def test_the_statistics_are_those_of_the_chain() -> None:
    text = "linear(6, init=kaiming_normal), relu, residual(linear(6), tanh)"
    call = call_of(SEQUENTIAL, {"layers": text, "input": "5", "networks": 20})
    found = measure(Run(call, 20 * BATCH_SIZE, 7), 2)
    chain = normstats.chain(text, input=5, networks=20, seed=7)
    last = chain.layers[-1]
    for name in ("mean", "std", "rms"):
        one, other = getattr(found.forward, name), getattr(last, f"forward_{name}")
        assert (one.value, one.se) == (other.value, other.se)
    assert found.backward.std.value == chain.layers[0].gradient_std.value
    assert math.isnan(found.backward.rms.value)
    y = found.forward
    assert y.rms.value == pytest.approx(math.hypot(y.mean.value, y.std.value), rel=1e-2)
    assert found.units == 20
    assert Wanted.of(found.run).call == call
