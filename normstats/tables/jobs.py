"""Which layers the tables need, and how many samples each of them gets."""

from __future__ import annotations

from collections.abc import Iterable

from normstats import registry
from normstats.layer.base import Layer
from normstats.layer.params import Params
from normstats.published.catalogue import Constant
from normstats.published.evaluate import measurable
from normstats.runs.call import Call
from normstats.runs.run import Run

# Layers of one scalar to one scalar, whose kernels draw nothing but x, dy and perhaps a mask.
ACTIVATION_FAMILY = "elementwise"

# What a sample of several numbers gets of the samples of a scalar, and one that needs weights.
WINDOW_SHARE, VECTOR_SHARE = 10, 1000


def samples_for(call: Call, scalar: int) -> int:
    """So many samples of one scalar, a tenth of windows, a thousandth of what needs weights."""
    shapes = registry.get(call.layer).shapes(call.params)
    if shapes.has_weights:
        return max(scalar // VECTOR_SHARE, 1)
    return max(scalar // WINDOW_SHARE, 1) if shapes.ins > 1 else scalar


def call_of(layer: str, params: Params) -> Call:
    """The layer with all its parameters: its results are kept under this."""
    return registry.parse_call(layer, params)


def activations() -> tuple[Layer, ...]:
    """Every activation, in the order of the alphabet."""
    layers = registry.all_layers().values()
    return tuple(
        sorted(
            (layer for layer in layers if layer.family == ACTIVATION_FAMILY),
            key=lambda layer: layer.name,
        )
    )


def jobs(
    calls: Iterable[tuple[str, Params]], constants: Iterable[Constant], scalar: int, seed: int
) -> tuple[Run, ...]:
    """Everything to measure, once each: the calls, all activations, what the constants need."""
    wanted = list(calls)
    wanted += [(layer.name, {}) for layer in activations()]
    wanted += [(c.layer, c.params) for c in constants if measurable(c)]
    unique = dict.fromkeys(call_of(layer, params) for layer, params in wanted)
    return tuple(Run(call, samples_for(call, scalar), seed) for call in unique)
