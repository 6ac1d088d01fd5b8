"""Which layers the tables need, and how many samples each of them gets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from normstats.layers import registry
from normstats.layers.arrays import ArrayLayer
from normstats.layers.base import Layer, Params
from normstats.layers.elementwise import Elementwise
from normstats.published.catalogue import Constant
from normstats.published.evaluate import measurable
from normstats.sampling.streams import spell

# Layers of one scalar to one scalar, whose kernels draw nothing but x, dy and perhaps a mask.
ACTIVATION_FAMILY = "elementwise"


@dataclass(frozen=True)
class Budget:
    """Samples per layer: of one scalar, of a window of scalars, of whole feature vectors."""

    scalar: int = 10**9
    window: int = 10**8
    vector: int = 10**6


@dataclass(frozen=True)
class Job:
    """One layer to measure."""

    layer: str
    params: Mapping[str, Any]
    samples: int

    @property
    def call(self) -> str:
        """How ``normstats run`` takes it; results are kept under this name."""
        return spell(self.layer, self.params)


def call_of(layer: str, params: Params) -> str:
    """The name under which the result of a layer with these parameters is kept."""
    found = registry.get(layer)
    return spell(found.name, found.parse(params))


def job(layer: str, params: Params, budget: Budget) -> Job:
    """The layer with all its parameters, and the samples that its kind gets."""
    found = registry.get(layer)
    values = found.parse(params)
    return Job(found.name, values, _samples(found, values, budget))


def _samples(layer: Layer, params: Params, budget: Budget) -> int:
    if isinstance(layer, Elementwise):
        return budget.scalar
    if isinstance(layer, ArrayLayer):
        return budget.window if math.prod(layer.element_shape(params)) > 1 else budget.scalar
    return budget.vector


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
    calls: Iterable[tuple[str, Params]], constants: Iterable[Constant], budget: Budget
) -> tuple[Job, ...]:
    """Everything to measure, once each: the calls, all activations, what the constants need."""
    wanted = list(calls)
    wanted += [(layer.name, {}) for layer in activations()]
    wanted += [(c.layer, c.params) for c in constants if measurable(c)]
    found: dict[str, Job] = {}
    for layer, params in wanted:
        one = job(layer, params, budget)
        found.setdefault(one.call, one)
    return tuple(found.values())
