"""One network: every layer as ``apply`` has it, units that are dead, and powers of two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from normstats import registry
from normstats.errors import UsageError
from normstats.layer.elementwise import Elementwise
from normstats.networks.given import propagate
from normstats.networks.homogeneous import is_homogeneous, largest_slope
from normstats.networks.layout import X
from normstats.networks.memory import keeps_weights, numbers
from normstats.networks.propagate import SATURATED, Network
from normstats.networks.run import ChainRun
from normstats.networks.written import chain_of
from normstats.runs.inputs import Inputs

LAYERS = registry.all_layers()
SIZES = (8, "4x6", "4x6x6", "4x5x5x5")


def usable(name: str) -> tuple[str, Any]:
    """The layer by itself with the first size that it takes."""
    text = {"linear": "linear(5)", "stochastic_depth": "stochastic_depth(0.4)"}.get(name, name)
    for size in SIZES:
        try:
            chain_of(text, size=size, batch_size=9)
        except UsageError:
            continue
        return text, size
    raise AssertionError(f"{name} takes none of the sizes")


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_has_a_place_or_a_reason(name: str) -> None:
    """Those that take x alone; the gradient is right by finite differences."""
    if registry.get(name).alone:
        with pytest.raises(UsageError, match=r"layer 1, \w+: "):
            chain_of("add" if name == "residual" else name, size=8)
        return
    text, size = usable(name)
    chain = chain_of(text, size=size, batch_size=9)
    trace = propagate(chain)
    assert trace.y[1].shape == (9, *chain.output)
    rng = np.random.default_rng(0)
    direction, step = rng.standard_normal(trace.x.shape), 1e-6
    ends = []
    for sign in (1.0, -1.0):
        moved = propagate(chain, trace.x + sign * step * direction, trace.dy, trace.drawn)
        ends.append(moved.y[1])
    along = float((trace.dy * (ends[0] - ends[1])).sum()) / (2.0 * step)
    assert along == pytest.approx(float((trace.dx[1] * direction).sum()), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", [n for n, one in LAYERS.items() if isinstance(one, Elementwise)])
def test_activations_have_the_bits_of_apply(name: str) -> None:
    chain = chain_of(name, size="3x5", batch_size=11)
    trace = propagate(chain)
    layer = LAYERS[name]
    y, dx = layer.apply(trace.x, trace.dy, layer.parse({}))
    np.testing.assert_array_equal(trace.y[1], y)
    np.testing.assert_array_equal(trace.dx[1], dx)


def test_given_arrays_are_taken_and_checked() -> None:
    chain = chain_of("linear(3), dropout(0.5), conv1d(2, 1)", size="4x5", batch_size=6)
    trace = propagate(chain, seed=3)
    again = propagate(chain, trace.x, trace.dy, trace.drawn, seed=4)
    for number in trace.y:
        np.testing.assert_array_equal(trace.y[number], again.y[number])
        np.testing.assert_array_equal(trace.dx[number], again.dx[number])
    bias = propagate(chain, trace.x, trace.dy, {**trace.drawn, 1: {"bias": [1.0, 2.0, 3.0]}})
    assert not np.allclose(bias.y[1], trace.y[1])
    for wrong, name in (
        ({1: {"weight": np.ones((3, 4))}}, "weight"),
        ({1: {"mask": np.ones(3)}}, "mask"),
        ({2: {"uniforms": np.ones((3, 8))}}, "uniforms"),
        ({3: {"bias": np.ones(3)}}, "bias"),
    ):
        with pytest.raises(UsageError, match=f"^{name} "):
            propagate(chain, weights=wrong)
    with pytest.raises(UsageError, match=r"^x of shape"):
        propagate(chain, x=np.ones(3))


def measured(text: str, size: Any, batch: int, **more: Any) -> tuple[Network, Any]:
    network = Network(ChainRun(chain_of(text, size=size, batch_size=batch), 1, **more))
    return network, network.measure(0)


@pytest.mark.parametrize("batch", [5, 8, 21])
def test_statistics_are_those_of_the_arrays(batch: int) -> None:
    """Mean, variance, dead and saturated units, by NumPy."""
    text = "linear(40, init=normal, init_std=0.9), hardtanh, threshold(0.8, 0), linear(30), tanh"
    network, row = measured(text, 6, batch)
    chain = chain_of(text, size=6, batch_size=batch)
    trace = propagate(chain)
    assert row.mean[X] == pytest.approx(trace.x.mean(), rel=1e-12)
    for at, place in enumerate(network.layout.places):
        number = place.step.number
        y, dx = trace.y[number], trace.dx[number]
        for where, values in ((place.y, y), (place.dx, dx)):
            assert row.mean[where] == pytest.approx(values.mean(), rel=1e-9, abs=1e-14)
            assert row.variance[where] == pytest.approx(values.var(), rel=1e-12)
        for name, where in place.gradients.items():
            gradient = trace.gradients[number][name]
            assert row.variance[where] == pytest.approx(gradient.var(), rel=1e-12)
        if place.step.name == "linear":
            assert np.isnan(row.dead[at])
            continue
        inside = trace.y[number - 1]
        layer = LAYERS[place.step.name]
        assert isinstance(layer, Elementwise)
        assert place.step.call is not None
        _, slope = layer.twin(inside, place.step.call.params)
        assert row.dead[at] == ((y == 0.0) & (slope == 0.0)).all(axis=0).mean()
        largest = largest_slope(place.step.call)
        if largest is not None:
            assert row.saturated[at] == pytest.approx((np.abs(slope) < SATURATED * largest).mean())


def test_there_were_dead_units_to_see() -> None:
    """In the test before: of some units all of a small batch is below the threshold."""
    text = "linear(40, init=normal, init_std=0.9), hardtanh, threshold(0.8, 0), linear(30), tanh"
    _, row = measured(text, 6, 5)
    assert 0.05 < row.dead[2] < 0.95


def test_gradients_of_weights_are_sums_over_batch_and_positions() -> None:
    """A linear layer on vectors side by side, and a convolution with a kernel of one element."""
    chain = chain_of("linear(4), conv1d(2, 1)", size="3x5", batch_size=11)
    trace = propagate(chain)
    dense, conv = trace.gradients[1], trace.gradients[2]
    dy = trace.dx[2]
    np.testing.assert_allclose(dense["weight"], np.einsum("bto,bti->oi", dy, trace.x), rtol=1e-12)
    np.testing.assert_allclose(dense["bias"], dy.sum(axis=(0, 1)), rtol=1e-11)
    outer = np.einsum("bop,bip->oi", trace.dy, trace.y[1])
    np.testing.assert_allclose(conv["weight"][..., 0], outer, rtol=1e-12)
    np.testing.assert_allclose(conv["bias"], trace.dy.sum(axis=(0, 2)), rtol=1e-11)


def test_memory_is_that_of_weights_and_signals() -> None:
    """Weights count as long as they are kept; signals by depth, width and batch."""
    small = numbers(chain_of("10 * (linear(64), tanh)", batch_size=8))
    assert 10 * 64 * 64 < small < 3 * (10 * 64 * 64 + 20 * 64 * 8)
    wide = chain_of("2 * linear(4096)", batch_size=8)
    assert keeps_weights(wide)
    assert numbers(wide) > 2 * 4096**2
    many = chain_of("9 * linear(4096)", batch_size=8)
    assert not keeps_weights(many)
    assert 4096**2 < numbers(many) < 2 * 4096**2


def test_what_saturates() -> None:
    call = registry.parse_call
    assert largest_slope(call("tanh")) == pytest.approx(1.0)
    assert largest_slope(call("sigmoid")) == pytest.approx(0.25)
    assert largest_slope(call("relu")) == 1.0
    assert largest_slope(call("relu_squared")) is None
    assert largest_slope(call("exp")) is None


def test_what_is_homogeneous() -> None:
    """f(2x) = 2f(x), to the last bit."""
    yes = "linear(8), relu, leaky_relu, prelu, abs, identity, rrelu, dropout, gaussian_dropout"
    no = "tanh, elu, relu6, relu_squared, softmax, layer_norm, batch_norm, alpha_dropout, threshold"
    for step in chain_of(f"{yes}, max_pool1d(2)", size="2x8").stages:
        assert is_homogeneous(step), step.name  # type: ignore[arg-type]
    for step in chain_of(f"{no}, glu, logsumexp", size=8).stages:
        shapes_alone = step.name == "threshold"  # with a value of 0 it still has a threshold of 0
        assert is_homogeneous(step) == shapes_alone, step.name  # type: ignore[arg-type]


def test_a_power_of_two_changes_no_digit() -> None:
    """Weights 2⁻⁴⁰ times as large: 120 of them later exponents differ by 4800, and nothing else."""
    chain = chain_of("60 * (linear(8), leaky_relu(0.5), linear(8), relu)", size=8, batch_size=32)
    weights = propagate(chain).drawn
    rows = []
    for factor in (1.0, 2.0**-40):
        network = Network(ChainRun(chain, 1))
        for number, arrays in weights.items():
            network.give(number, {"weight": factor * arrays["weight"]})
        rows.append(network.measure(0))
    one, other = rows
    assert (one.variance[2:] > 0.0).all()
    assert min(other.exponent) < -4700
    for at in range(len(one.variance)):
        (m, e), (n, f) = (math.frexp(row.variance[at]) for row in rows)
        assert m == n
        octaves = f + 2 * other.exponent[at] - e - 2 * one.exponent[at]
        assert octaves % 80 == 0
    last = Network(ChainRun(chain, 1)).layout.places[-1].y
    assert other.exponent[last] - one.exponent[last] == pytest.approx(-4800, abs=200)


def test_what_is_beyond_float64_is_told() -> None:
    _, row = measured("4 * exp", 8, 8, inputs=Inputs(x_std=5.0))
    assert not np.isfinite(row.variance[2:]).all()
    _, row = measured("relu, linear(4)", 8, 8, inputs=Inputs(x_mean=-1.0, x_std=0.0))
    assert row.variance[2] == 0.0
