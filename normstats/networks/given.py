"""One network on given arrays: every activation, gradient, and gradient of a weight, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from normstats.errors import UsageError
from normstats.kernels import run as kernels
from normstats.networks.chain import Chain
from normstats.networks.normalise import NONE
from normstats.networks.propagate import Network
from normstats.networks.run import ChainRun
from normstats.values import Array, array

# Weights, biases and uniform numbers of layers, by the layers' numbers and PyTorch's names.
Weights = Mapping[int, Mapping[str, Array]]


@dataclass
class Trace:
    """What was on its way, by the numbers of layers; examples are in the first axis.

    ``y`` and ``dx`` are behind and in front of each layer, ``gradients`` those of its weights,
    summed over the batch. ``drawn`` are weights, and the uniform numbers behind masks: elements in
    the rows, examples in the columns.
    """

    x: Array
    dy: Array
    y: dict[int, Array] = field(default_factory=dict)
    dx: dict[int, Array] = field(default_factory=dict)
    gradients: dict[int, dict[str, Array]] = field(default_factory=dict)
    drawn: dict[int, dict[str, Array]] = field(default_factory=dict)


def propagate(
    chain: Chain,
    x: Array | None = None,
    dy: Array | None = None,
    weights: Weights | None = None,
    *,
    seed: int = 0,
    normalize: str = NONE,
) -> Trace:
    """All arrays of one network; what is not given is drawn, as in the first network of a run.

    Raises UsageError for arrays of other shapes.
    """
    network = Network(ChainRun(chain, 1, seed=seed, normalize=normalize))
    kernels.prepare(network.kernels, lambda: None)
    for number, arrays in (weights or {}).items():
        network.give(number, {name: array(name, values) for name, values in arrays.items()})
    inside = _checked("x", x, (chain.batch_size, *chain.input))
    outside = _checked("dy", dy, (chain.batch_size, *chain.output))
    steps = {step.number: step for step in chain.stages}
    trace = Trace(np.zeros(0), np.zeros(0))

    def tell(what: str, number: int, values: Array, exponent: int) -> None:
        with np.errstate(over="ignore", under="ignore"):
            values = np.ldexp(values, exponent)
        if what in ("x", "dy"):
            shape = chain.input if what == "x" else chain.output
            setattr(trace, what, network.space.outside(values, shape))
        elif what == "y":
            trace.y[number] = network.space.outside(values, steps[number].y)
        elif what == "dx":
            trace.dx[number] = network.space.outside(values, steps[number].x)
        else:
            trace.gradients.setdefault(number, {})[what] = values

    network.measure(0, inside, outside, tell)
    trace.drawn = network.drawn()
    for number, gradients in trace.gradients.items():
        for name, values in gradients.items():
            wanted = trace.drawn.get(number, {}).get(name)
            if wanted is not None:
                gradients[name] = values.reshape(wanted.shape)
    return trace


def _checked(name: str, values: Array | None, shape: tuple[int, ...]) -> Array | None:
    if values is None:
        return None
    found = array(name, values)
    if found.shape != shape:
        raise UsageError(name, f"of shape {found.shape}", f"must have shape {shape}")
    return found
