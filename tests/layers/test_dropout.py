"""Dropout: exact values for each way to rescale, the mask, and the ends of p."""

from __future__ import annotations

import math

import numpy as np
import pytest

import normstats
from normstats.errors import UsageError
from normstats.runs.inputs import Inputs
from tests.engine.jobs import parse

INPUTS = Inputs(x_mean=0.7, x_std=1.3, dy_mean=-0.4, dy_std=0.5)
FACTOR = {"inverted": lambda q: 1 / q, "sqrt": lambda q: 1 / math.sqrt(q), "none": lambda q: 1.0}


@pytest.mark.parametrize("rescale", FACTOR)
@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_exact_values(p: float, rescale: str) -> None:
    """Of v·r·s with r ~ Bernoulli(q): E = qsμ, E[square] = qs²(μ² + σ²)."""
    layer, params = parse("dropout", {"p": p, "rescale": rescale})
    q, s = 1.0 - p, FACTOR[rescale](1.0 - p)
    sides = ((INPUTS.x_mean, INPUTS.x_std), (INPUTS.dy_mean, INPUTS.dy_std))
    for exact, (mean, std) in zip(layer.exact(params, INPUTS), sides, strict=True):
        square = q * s * s * (mean**2 + std**2)
        assert exact.mean == pytest.approx(q * s * mean, abs=1e-15)
        assert exact.rms == pytest.approx(math.sqrt(square))
        assert exact.std == pytest.approx(math.sqrt(square - (q * s * mean) ** 2))
        assert exact.zeros == p


def test_sqrt_keeps_the_std_of_standard_inputs() -> None:
    layer, params = parse("dropout(p=0.3, rescale=sqrt)")
    y, dx = layer.exact(params, Inputs())
    assert (y.std, dx.std) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize("rescale", FACTOR)
def test_mask_is_what_is_kept(rescale: str) -> None:
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, 3, 5))
    mask = rng.random((3, 5)) < 0.6
    s = FACTOR[rescale](0.75)
    for given in (mask, mask.astype(int), mask.astype(float), mask.tolist()):
        y, dx = normstats.apply("dropout", x, dy, mask=given, p=0.25, rescale=rescale)
        assert y == pytest.approx(x * mask * s)
        assert dx == pytest.approx(dy * mask * s)
        assert (y == 0.0).tolist() == (~mask).tolist()


def test_p_0_keeps_everything_and_p_1_nothing() -> None:
    none = normstats.measure("dropout", samples=100_000, p=0)
    assert none.forward.zeros.value == 0.0
    assert none.forward.std.exact == 1.0
    everything = normstats.measure("dropout", samples=1000, p=1, rescale="none")
    for side in (everything.forward, everything.backward):
        assert (side.zeros.value, side.mean.value, side.std.value) == (1.0, 0.0, 0.0)
        assert (side.zeros.z, side.mean.z, side.std.z) == (0.0, 0.0, 0.0)


def test_a_tiny_p_and_its_complement() -> None:
    few = normstats.measure("dropout", samples=100_000, p=1e-300)
    assert few.forward.zeros.value == 0.0
    most = normstats.measure("dropout", samples=100_000, p=1 - 2**-53)
    assert most.forward.zeros.value == 1.0
    assert most.forward.zeros.exact == 1 - 2**-53


@pytest.mark.parametrize("p", [-0.1, 1.1, "nan", "half", math.inf, None, True, ""], ids=repr)
def test_bad_p(p: object) -> None:
    with pytest.raises(UsageError, match=r"^p .*\[0, 1\]") as caught:
        normstats.measure("dropout", samples=10, p=p)
    assert caught.value.name == "p"


@pytest.mark.parametrize("rescale", ["inverted", "sqrt"])
def test_nothing_is_left_to_rescale_when_all_is_dropped(rescale: str) -> None:
    with pytest.raises(UsageError, match=r"^p ") as caught:
        normstats.measure("dropout", samples=10, p=1, rescale=rescale)
    assert "rescale is none" in caught.value.allowed


def test_bad_rescale() -> None:
    with pytest.raises(UsageError, match="inverted, sqrt, none"):
        normstats.measure("dropout", samples=10, rescale="twice")


def test_mask_is_needed_and_has_the_shape_of_x() -> None:
    with pytest.raises(UsageError, match="mask"):
        normstats.apply("dropout", [1.0, 2.0], [1.0, 1.0])
    with pytest.raises(UsageError, match="mask"):
        normstats.apply("dropout", [1.0, 2.0], [1.0, 1.0], mask=[True])
