"""Which measurements the tables need."""

from __future__ import annotations

from typing import Any, NamedTuple

from normstats import registry
from normstats.published.catalogue import Constant
from normstats.runs.call import Call
from normstats.runs.inputs import NAMES, STANDARD, Inputs
from normstats.runs.method import Method
from normstats.runs.run import PLAIN, Run
from normstats.tables import sequential

# Layers of one scalar to one scalar, whose kernels draw nothing but x, dy and perhaps a mask.
ACTIVATION_FAMILY = "elementwise"


class Wanted(NamedTuple):
    """A layer that is to be measured, and how; results are kept under this."""

    call: Call
    inputs: Inputs = STANDARD
    method: Method = PLAIN

    @classmethod
    def of(cls, run: Run) -> Wanted:
        """What a run measures, with whatever samples and seed."""
        return cls(run.call, run.inputs, run.method)

    @property
    def name(self) -> str:
        """The call, and the inputs where they are not the standard ones."""
        return f"{self.call}{self.inputs}"


def wanted(constant: Constant) -> Wanted:
    """The constant's layer, or layers in a row, with all parameters and inputs."""
    return usual(sequential.call_of(constant.layer, constant.params), **constant.inputs)


def usual(call: Call, **inputs: Any) -> Wanted:
    """The layer with these inputs, and for the rest those that it begins with."""
    return Wanted(call, sequential.inputs_of(call, *(inputs.get(name) for name in NAMES)))


def activations() -> tuple[Wanted, ...]:
    """Every activation with its default parameters, in the order of the alphabet."""
    layers = registry.all_layers().values()
    names = sorted(layer.name for layer in layers if layer.family == ACTIVATION_FAMILY)
    return tuple(Wanted(registry.parse_call(name)) for name in names)
