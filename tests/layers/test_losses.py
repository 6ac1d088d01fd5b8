"""Losses: dy is 1 unless it is said otherwise, reductions, classes, and exact values."""

from __future__ import annotations

import json
import math

import click.testing
import numpy as np
import pytest

import normstats
from normstats import registry
from normstats.cli.root import root
from normstats.errors import UsageError
from normstats.result import Exact
from normstats.runs.inputs import STANDARD, Inputs
from tests.engine.jobs import MOVED, parse
from tests.layers.contract import Case, check_monte_carlo

STARTING = Inputs(dy_mean=1.0, dy_std=0.0)
LOSSES = ("cross_entropy", "mse_loss")


def exact(call: str, **inputs: float) -> tuple[Exact, ...]:
    layer, params = parse(call)
    return layer.exact(params, Inputs(**inputs))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_with_the_gradient_that_starts_it(name: str, reduction: str) -> None:
    layer, params = parse(name, {"reduction": reduction})
    assert layer.inputs == STARTING
    check_monte_carlo(Case(layer, params), STARTING)


def test_only_losses_have_inputs_of_their_own() -> None:
    own = {layer.name for layer in registry.all_layers().values() if layer.inputs != STANDARD}
    assert own == set(LOSSES)


def invoke(*words: str) -> str:
    result = click.testing.CliRunner().invoke(root, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_what_is_not_said_is_the_layers_own() -> None:
    """For Python and every command; what is said goes before it."""
    assert normstats.measure("mse_loss", samples=100).inputs == STARTING
    given = normstats.measure("mse_loss", samples=100, dy_std=2.0, x_mean=0.5).inputs
    assert given == Inputs(0.5, 1.0, 1.0, 2.0)
    results = json.loads(invoke("run", "relu", "mse_loss", "--samples=100", "--format=json"))
    relu, loss = (result["inputs"] for result in results["results"])
    assert (relu["dy_mean"], relu["dy_std"]) == (0.0, 1.0)
    assert (loss["dy_mean"], loss["dy_std"]) == (1.0, 0.0)
    document = json.loads(invoke("constants", "relu", "mse_loss", "--x-std=2", "--format=json"))
    assert document["constants"][0]["inputs"] == vars(Inputs(x_std=2.0))
    assert document["constants"][1]["inputs"] == vars(Inputs(0.0, 2.0, 1.0, 0.0))
    assert document["constants"][1]["forward"]["mean"] == pytest.approx(8.0)
    shown = " ".join(invoke("cross_entropy", "--help").split())
    assert "mean of the gradients that come in [default: 1]" in shown
    assert "x ~ N(0, 1), dy ~ N(1, 0)" in " ".join(invoke("mse", "--samples=100").split())


def test_cross_entropy_of_equal_logits() -> None:
    """log n, and softmax − 1 at the class: √(n − 1)/n."""
    y, dx = exact("cross_entropy(features=5, reduction=none)", x_std=0.0, dy_mean=1.0, dy_std=0.0)
    assert (y.mean, y.std) == (pytest.approx(math.log(5.0), rel=1e-14), 0.0)
    assert dx.std == pytest.approx(math.sqrt(4.0) / 5.0, rel=1e-13)


def test_mse_in_closed_form() -> None:
    """a − b has variance 2: E y = 2, and da = 2(a − b) has variance 8."""
    y, dx = exact("mse_loss(features=7, reduction=sum)", dy_mean=1.0, dy_std=0.0)
    assert (y.mean, y.std) == (pytest.approx(14.0), pytest.approx(math.sqrt(56.0)))
    assert (dx.mean, dx.std) == (0.0, pytest.approx(math.sqrt(8.0)))
    y, dx = exact("mse_loss(features=7)", x_mean=9.0, dy_mean=1.0, dy_std=0.0)
    assert (y.mean, y.std) == (pytest.approx(2.0), pytest.approx(math.sqrt(8.0 / 7.0)))
    assert dx.std == pytest.approx(math.sqrt(8.0) / 7.0)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("inputs", [Inputs(), STARTING, MOVED], ids=["normal", "one", "other"])
@pytest.mark.parametrize("name", LOSSES)
def test_other_methods(name: str, inputs: Inputs, reduction: str) -> None:
    """The gradient and the classes integrated out; and points that are spread evenly."""
    settings = {"samples": 20_000, "features": 3, "reduction": reduction, **vars(inputs)}
    settings |= {"batch_size": 4} if name == "cross_entropy" else {}
    for more in (
        {"conditional": True},
        {"conditional": True, "method": "antithetic"},
        {"method": "antithetic"},
        {"method": "rqmc"},
    ):
        result = normstats.measure(name, seed=5, **settings, **more)
        for direction, side in result.statistics.items():
            for statistic in ("mean", "std", "rms", "zeros"):
                estimate = getattr(side, statistic)
                assert estimate.z is not None, (more, direction, statistic)
                assert abs(estimate.z) < 5.0, (more, direction, statistic)


def test_a_class_that_is_certain_keeps_its_digits() -> None:
    """The class is far above the others: the loss is e^−40, and so is every gradient."""
    x = np.array([[[40.0, 0.0]]])
    e = math.exp(-40.0)
    y, dx = normstats.apply("cross_entropy", x, [1.0], mask=[[0]], features=2, batch_size=1)
    assert y == pytest.approx(np.array([e]), rel=1e-13, abs=0.0)
    assert dx == pytest.approx(np.array([[[-e, e]]]), rel=1e-13, abs=0.0)


@pytest.mark.parametrize("bad", [-1, 3, 0.5, math.nan])
def test_bad_classes(bad: float) -> None:
    x = np.zeros((1, 2, 3))
    with pytest.raises(UsageError, match="must be classes from 0 to 2"):
        normstats.apply("cross_entropy", x, [1.0], mask=[[0, bad]], features=3, batch_size=2)


def test_every_class_is_drawn_equally_often() -> None:
    """Of logits that are far apart and the same in every row, the loss tells the class."""
    layer, params = parse("cross_entropy(features=3, batch_size=1, reduction=none)")
    u = np.array([0.0, 1.0, 1 / 3 - 1e-12, 1 / 3 + 1e-12, 2 / 3 - 1e-12, 2 / 3 + 1e-12, 0.5, 0.1])
    from normstats.kernels.run import load

    x, dy = np.repeat([[0.0], [1.0], [2.0]], 8, axis=1), np.ones((1, 8))
    y, dx = np.empty((1, 8)), np.empty((3, 8))
    n = np.array([*layer.sizes_for(params), 0], np.intp)  # type: ignore[attr-defined]
    kernel = load(layer.kernel_for(params))  # type: ignore[attr-defined]
    kernel(x, dy, u[None], y, dx, 8, n, np.array([1.0, 0.0]))
    assert np.argmin(dx, axis=0).tolist() == [0, 2, 0, 1, 1, 2, 1, 0]


def test_too_large_a_batch() -> None:
    with pytest.raises(UsageError, match="batch_size 65536: times features 100 must be"):
        normstats.measure("cross_entropy", samples=10, features=100, batch_size=65536)
