"""The network of the experiments: the package's own layers, and true gradients."""

from __future__ import annotations

import numpy as np
import pytest

from normstats import api
from normstats.claims import network
from normstats.claims.meanfield import mean_field
from normstats.claims.network import ACTIVATIONS, Design
from normstats.values import Array

RNG = np.random.default_rng(2)
WIDTH, EXAMPLES = 5, 7
DESIGNS = [
    Design("tanh"),
    Design("sigmoid", factor=1.7, shift=0.5),
    Design("relu", batch_norm=True),
    Design("tanh", residual=True),
    Design("sigmoid", batch_norm=True, residual=True, factor=2.0),
]


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_activations_are_those_of_the_package(kind: str) -> None:
    u, dy = 3.0 * RNG.standard_normal((2, 40))
    y, slope = ACTIVATIONS[kind](u)
    wanted = api.apply(kind, u, dy)
    assert y == pytest.approx(wanted[0], abs=1e-14)
    assert slope * dy == pytest.approx(wanted[1], abs=1e-14)


def test_batch_norm_is_that_of_the_package() -> None:
    u, dy = RNG.standard_normal((2, EXAMPLES, WIDTH))
    x_hat, inverse = network.normalised(u)
    wanted = api.apply(f"batch_norm(batch_size={EXAMPLES})", u.T, dy.T)
    assert x_hat == pytest.approx(wanted[0].T, abs=1e-12)
    dx = network.normalised_back(dy, x_hat, inverse)
    assert dx == pytest.approx(wanted[1].T, abs=1e-12)


def loss(design: Design, weights: list[Array], x: Array, dy: Array) -> float:
    return float((network.forward(design, weights, x)[-1] * dy).sum())


def slopes(design: Design, weights: list[Array], x: Array, dy: Array, of: Array) -> Array:
    """Finite differences of the loss by an array that is one of the arguments."""
    found = np.zeros_like(of)
    for place in np.ndindex(*of.shape):
        ends, kept = [], of[place]
        for step in (1e-5, -1e-5):
            of[place] = kept + step
            ends.append(loss(design, weights, x, dy))
        of[place] = kept
        found[place] = (ends[0] - ends[1]) / 2e-5
    return found


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_gradients_are_those_of_finite_differences(design: Design) -> None:
    weights = [RNG.standard_normal((1, WIDTH, WIDTH)) for _ in range(3)]
    x, dy = RNG.standard_normal((2, 1, EXAMPLES, WIDTH))
    done = network.run(design, weights, x, dy)
    at_x = slopes(design, weights, x, dy, x)
    assert np.exp(done.log_gradient[0]) == pytest.approx(network.rms(at_x), rel=1e-6)
    for place, w in enumerate(weights):
        wanted = network.rms(slopes(design, weights, x, dy, w))
        assert np.exp(done.log_weight[place]) == pytest.approx(wanted, rel=1e-6)
    assert np.exp(done.log_gradient[-1]) == pytest.approx(network.rms(dy), rel=1e-12)


def test_networks_side_by_side_do_not_touch() -> None:
    weights = [RNG.standard_normal((3, WIDTH, WIDTH)) for _ in range(2)]
    x, dy = RNG.standard_normal((2, 3, EXAMPLES, WIDTH))
    design = Design("tanh", batch_norm=True, residual=True)
    done = network.run(design, weights, x, dy)
    alone = network.run(design, [w[1:2] for w in weights], x[1:2], dy[1:2])
    assert done.log_gradient[:, 1] == pytest.approx(alone.log_gradient[:, 0], abs=1e-12)


def test_two_hundred_layers_that_vanish_give_numbers() -> None:
    weights = [1e-4 * RNG.standard_normal((1, WIDTH, WIDTH)) for _ in range(200)]
    x, dy = RNG.standard_normal((2, 1, EXAMPLES, WIDTH))
    done = network.run(Design("sigmoid"), weights, x, dy)
    assert -3000.0 < done.log_gradient[0, 0] < -1500.0


def test_mean_field_of_relu_and_tanh() -> None:
    assert mean_field("relu", 1.5, depth=3) == pytest.approx([1.125] * 3)
    first, *_, last = mean_field("tanh", 0.5, depth=40)
    known = api.exact("tanh", x_std=0.5).backward.rms
    assert known is not None
    assert first == pytest.approx(0.25 * known**2)
    assert last == pytest.approx(0.25, rel=1e-5)  # the slope at 0
