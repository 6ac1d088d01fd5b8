"""The network of the experiments against the engine of chains: other code, other random numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import normstats
from normstats.claims import repeats
from normstats.claims.network import Design, rms, run
from normstats.claims.trial import Trial
from normstats.values import Array

WIDTH, DEPTH, EXAMPLES, NETWORKS = 32, 10, 8, 60
CHAINS = {
    "linear(32, init=kaiming_normal), relu": (Design("relu"), 2.0),
    "residual(linear(32, init=lecun_normal), batch_norm, tanh)": (
        Design("tanh", batch_norm=True, residual=True),
        1.0,
    ),
}


def spread(y: Array) -> Array:
    """The log of the std of each network, about its own mean."""
    return np.log(rms(y - y.mean(axis=(-2, -1), keepdims=True)))


@pytest.mark.parametrize("text", CHAINS)
def test_values_and_gradients_of_a_typical_network(text: str) -> None:
    """Four numbers within five errors: a false alarm in 400,000 runs."""
    design, variance = CHAINS[text]

    def measure(rng: np.random.Generator, networks: int) -> Array:
        shape, std = (networks, WIDTH, WIDTH), math.sqrt(variance / WIDTH)
        weights = [std * rng.standard_normal(shape) for _ in range(DEPTH)]
        x, dy = rng.standard_normal((2, networks, EXAMPLES, WIDTH))
        done = run(design, weights, x, dy)
        return np.stack([spread(done.hidden[-1]), done.log_gradient[0]], axis=1)

    mine = repeats.over_first(Trial("full", 5, 1).collect("chain", NETWORKS, measure))
    sizes = {"input": WIDTH, "batch_size": EXAMPLES}
    theirs = normstats.chain(text, seed=5, repeat=DEPTH, networks=NETWORKS, **sizes)
    # the gradient at the input of a whole block, not of its branch alone
    blocks = [layer for layer in theirs.layers if layer.name == "residual"] or theirs.layers
    ends = theirs.layers[-1].typical_forward, blocks[0].typical_gradient
    for own, number in zip(mine, ends, strict=True):
        assert number.log10 is not None
        assert number.log10_se is not None
        other = math.log(10.0) * number.log10, math.log(10.0) * number.log10_se
        error = math.hypot(own.se, other[1])
        assert error < 0.2
        assert abs(own.value - other[0]) < 5.0 * error
