"""Which layers the tables need, and how many samples each of them gets."""

from __future__ import annotations

from normstats import registry
from normstats.published.catalogue import Constant
from normstats.runs.call import Call

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


def call_of(constant: Constant) -> Call:
    """The constant's layer with all its parameters: its results are kept under this."""
    return registry.parse_call(constant.layer, constant.params)


def activations() -> tuple[Call, ...]:
    """Every activation with its default parameters, in the order of the alphabet."""
    layers = registry.all_layers().values()
    names = sorted(layer.name for layer in layers if layer.family == ACTIVATION_FAMILY)
    return tuple(map(registry.parse_call, names))
