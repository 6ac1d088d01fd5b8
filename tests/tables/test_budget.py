"""What the tables measure, and with how many samples."""

from __future__ import annotations

import pytest

from normstats import registry
from normstats.networks.written import BATCH_SIZE
from normstats.tables import jobs
from normstats.tables.budget import FEWEST, FEWEST_NETWORKS, divisor, samples_for
from normstats.tables.jobs import Wanted
from normstats.tables.sequential import SEQUENTIAL, networks
from tests.tables.made_up import NEEDED, SCALAR


def test_jobs_are_unique_and_sized_by_cost() -> None:
    calls = [Wanted.of(run) for run in NEEDED]
    assert len(set(calls)) == len(calls)
    samples = {run.name: run.samples for run in NEEDED}
    assert samples["relu"] == samples["dropout(p=0.5, rescale=none)"] == SCALAR
    assert samples["max_pool2d(kernel_size=3x3)"] == SCALAR // 10
    linear = [run for run in NEEDED if str(run.call).startswith("linear(in_features=512")]
    assert {run.samples for run in linear} == {SCALAR // 10**4}
    for run in NEEDED:
        if run.call.layer == SEQUENTIAL:
            assert networks(run) == run.call.params["networks"] >= FEWEST_NETWORKS
            fewest = [samples_for(run.call, scalar) // BATCH_SIZE for scalar in (10, 10**6)]
            assert fewest == [2, max(run.call.params["networks"] // 1000, 2)]
            continue
        cost = registry.layer_of(run.call).cost(run.call.params)
        assert run.samples == max(SCALAR // divisor(cost), 1000), run.name
        assert 0.3 * cost < divisor(cost) <= max(cost * 10 / 3, 1), run.name


def test_the_budget_is_by_powers_of_ten_of_the_cost() -> None:
    costs = [2.0, 2.5, 2.99, 3.0, 26.0, 29.9, 30.0, 299.0, 3000.0]
    assert [divisor(cost) for cost in costs] == [1, 1, 1, 10, 10, 10, 100, 100, 10_000]
    dropout, softmax, matrix, maps = (
        registry.layer_of(call).cost(call.params)
        for call in map(
            registry.parse_call,
            (
                "dropout",
                "softmax(features=20)",
                "linear(in_features=30, out_features=50)",
                "conv2d(in_channels=2, out_channels=6, kernel_size=3, size=7)",
            ),
        )
    )
    assert (dropout, softmax) == (2.5, 40.0)
    assert matrix == pytest.approx(80 + 4 * 30 * 50 / 150)  # y and dx
    assert maps == pytest.approx(2 * 49 + 6 * 25 + 6 * 2 * 6 * 9 * 25 / 150)  # and dW
    assert samples_for(registry.parse_call("linear"), 10**6) == FEWEST
    assert samples_for(registry.parse_call("linear"), 500) == 500


def test_every_activation_is_measured() -> None:
    measured = {run.call.layer for run in NEEDED}
    assert {wanted.call.layer for wanted in jobs.activations()} <= measured
    assert len(jobs.activations()) > 30
