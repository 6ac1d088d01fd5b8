"""Layers of several inputs, gated units and the residual add: the gradient of each input."""

from __future__ import annotations

import math

import numpy as np
import pytest

import normstats
from normstats import registry
from normstats.errors import UsageError
from normstats.perform import perform
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from tests.engine.jobs import MOVED, parse
from tests.engine.test_arrays import drawn, sums
from tests.moments.brute import assert_same

GATED = {"glu": "sigmoid", "swiglu": "silu", "geglu": "gelu", "reglu": "relu"}


def exact(call: str, **inputs: float) -> tuple[Exact, ...]:
    layer, params = parse(call)
    return layer.exact(params, Inputs(**inputs))


@pytest.mark.parametrize(("name", "activation"), GATED.items())
def test_gated_units_are_products(name: str, activation: str) -> None:
    """Of standard inputs: y and da are as large as the activation's rms, db as its derivative's."""
    y, dx, value, gate = exact(f"{name}(features=8)")
    f, slope = exact(activation, dy_std=1.0)
    assert y.std == value.std == pytest.approx(f.rms, rel=1e-13)
    assert gate.std == pytest.approx(slope.rms, rel=1e-13)
    assert dx.std == pytest.approx(math.hypot(f.rms or 0, slope.rms or 0) / math.sqrt(2), rel=1e-13)
    assert (y.mean, dx.mean, value.mean, gate.mean) == (0.0, 0.0, 0.0, 0.0)


def test_reglu_in_closed_form() -> None:
    """relu(b) is 0 half of the time; E relu = 1/√2π, E relu² = 1/2."""
    inputs = {"x_std": 2.0, "dy_mean": 3.0, "dy_std": 1.5}
    y, dx, value, gate = exact("reglu", **inputs)
    root = math.sqrt(2.0 * math.pi)
    assert y.rms == pytest.approx(2.0 * 2.0 * math.sqrt(0.5))
    assert (value.mean, value.zeros) == (pytest.approx(3.0 * 2.0 / root), 0.5)
    assert value.rms == pytest.approx(math.hypot(3.0, 1.5) * 2.0 * math.sqrt(0.5))
    assert (gate.mean, gate.zeros) == (0.0, 0.5)
    assert gate.rms == pytest.approx(math.hypot(3.0, 1.5) * 2.0 * math.sqrt(0.5))
    assert dx.mean == pytest.approx(value.mean / 2.0)  # type: ignore[operator]
    assert dx.rms == pytest.approx(math.hypot(value.rms or 0, gate.rms or 0) / math.sqrt(2))


def test_residual_in_closed_form() -> None:
    call = "residual(skip=0.6, branch=-0.8)"
    y, dx, skip, branch = exact(call, x_mean=2.0, x_std=3.0, dy_mean=5.0, dy_std=7.0)
    assert (y.mean, y.std) == (pytest.approx(-0.4), pytest.approx(3.0))
    assert (skip.mean, skip.std) == (pytest.approx(3.0), pytest.approx(4.2))
    assert (branch.mean, branch.std) == (pytest.approx(-4.0), pytest.approx(5.6))
    assert dx.mean == pytest.approx(-0.5)
    assert dx.rms == pytest.approx(math.sqrt(0.5) * math.hypot(5.0, 7.0))
    assert exact("residual(skip=0)")[2].zeros == 1.0
    assert exact("residual(skip=0)")[1].zeros == 0.5
    assert registry.get("add") is registry.get("residual")


@pytest.mark.parametrize("call", ["glu(features=6)", "residual(skip=2)"])
def test_sums_of_each_part(call: str) -> None:
    """Against NumPy, over the very numbers that were drawn."""
    layer, params = parse(call)
    run = Run(registry.parse_call(call), 3_000, 5, MOVED)
    job = layer.job(run)
    x, dy, _ = drawn(job, 0)  # type: ignore[arg-type]
    x, dy = x[:3000], dy[:3000]
    y, dx = layer.apply(x, dy.reshape(len(x), *layer.shapes(params).y), params)
    half = dx.shape[1] // 2
    expected = (y.reshape(len(x), -1), dx, dx[:, :half], dx[:, half:])
    from normstats.engine.threads import run as run_job

    got = run_job(job, 1)
    assert layer.quantities(params)[:2] == ("forward", "backward")
    assert len(got.sums) == len(layer.quantities(params)) == 4
    for mine, values in zip(got.sums, expected, strict=True):
        assert_same(mine, sums(values, mine.pivot), 1e-11)


@pytest.mark.parametrize("method", ["antithetic", "rqmc"])
def test_other_methods(method: str) -> None:
    for name in (*GATED, "residual"):
        result = normstats.measure(name, samples=20_000, method=method, **vars(MOVED))
        assert len(result.statistics) == 4
        for side in result.statistics.values():
            for statistic in ("mean", "std", "rms", "zeros"):
                z = getattr(side, statistic).z
                assert z is not None
                assert abs(z) < 5.0, (name, statistic)


@pytest.mark.parametrize("name", [*GATED, "residual"])
def test_conditional_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"conditional given: does not apply to {name}"):
        normstats.measure(name, samples=10, conditional=True)


@pytest.mark.parametrize(("bad", "allowed"), [(3, "must be even"), (0, "must be a whole number")])
def test_half_of_the_elements_are_gates(bad: int, allowed: str) -> None:
    with pytest.raises(UsageError, match=f"features {bad}: {allowed}"):
        normstats.measure("glu", samples=10, features=bad)


def test_parameters_of_the_gates() -> None:
    x, dy = np.random.default_rng(3).standard_normal((9, 4)), np.ones((9, 2))
    y, _ = normstats.apply("geglu", x, dy, features=4, approximate="tanh")
    gates, _ = normstats.apply("gelu", x[:, 2:], dy, approximate="tanh")
    assert np.array_equal(y, x[:, :2] * gates)


def test_results_and_reports_name_each_part() -> None:
    from normstats.reports import of_exact, of_results
    from normstats.reports.formats import render

    result = perform(Run(registry.parse_call("glu"), 1000), 1)
    assert list(result.statistics) == ["forward", "backward", "value", "gate"]
    assert "gate" in render(of_results.report([result]), "markdown")
    text = render(of_exact.report([(result.run.call, result.inputs)]), "table")
    assert "std of the gradient of gate" in " ".join(text.split())
    assert "fraction of zeros in the gradient of value" in " ".join(text.split())
