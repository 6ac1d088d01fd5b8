"""What is measured: every layer there is, some variants, and some inputs that are not standard."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from normstats.layers import registry
from normstats.layers.arrays import ArrayLayer
from normstats.layers.base import Layer, Params
from normstats.layers.linear import INITS
from normstats.reports.words import inputs_text
from normstats.result import Inputs
from normstats.sampling.streams import SEED_LIMIT, spell

DEFAULT_SAMPLES = "5e7"
FEWEST_SAMPLES = 1000
FEWEST_VECTORS = 4096
WEIGHTS = 512 * 256  # of the linear layer that gets a thousandth of the samples
MOST_TIMES = 8
SMALL = "in_features=64, out_features=48"

VARIANTS = (
    "max_pool2d(kernel_size=2)",
    "max_pool2d(kernel_size=2x3)",
    "avg_pool2d(kernel_size=2)",
    "dropout(p=0.1)",
    "dropout(rescale=sqrt)",
    "dropout(rescale=none)",
    "leaky_relu(negative_slope=0.2)",
    "gelu(approximate=tanh)",
    "elu(alpha=0.5)",
    "celu(alpha=2)",
    "softplus(beta=2)",
)

# Off centre, with different widths and a gradient whose mean is not 0.
SHIFTED = Inputs(0.5, 2.0, 0.3, 1.5)
SHIFTED_CALLS = ("relu", "gelu", "tanh", "max_pool2d", "dropout", f"linear({SMALL})")

# Narrow enough to leave the heavy tails of these functions out: their standard input says little.
NARROW = Inputs(1.0, 0.25, 0.3, 1.0)
NARROW_CALLS = ("exp", "relu_squared", "relu_cubed")


@dataclass(frozen=True)
class Measurement:
    """A layer with everything that decides its numbers."""

    layer: Layer
    params: Params
    samples: int
    seed: int
    inputs: Inputs = field(default_factory=Inputs)

    @property
    def call(self) -> str:
        """The layer as `normstats run` takes it."""
        return spell(self.layer.name, self.params)

    @property
    def name(self) -> str:
        """The call, and the inputs if they are not standard."""
        return self.call + inputs_text(self.inputs)


def samples_for(layer: Layer, params: Params, scalar: int) -> int:
    """So many samples of one scalar, a tenth of windows, a thousandth of whole vectors.

    The tables draw them in the same proportions, so that the same seed can give the same numbers.
    Linear layers smaller than those of the tables get more, up to eight times as many.
    """
    if not isinstance(layer, ArrayLayer):
        weights = int(params.get("in_features", 1)) * int(params.get("out_features", WEIGHTS))
        times = min(max(WEIGHTS // weights, 1), MOST_TIMES)
        return max(scalar // 1000 * times, FEWEST_VECTORS)
    if math.prod(layer.element_shape(params)) > 1:
        return max(scalar // 10, FEWEST_SAMPLES)
    return scalar


def standard(samples: int, seed: int) -> list[Measurement]:
    """The list that `normstats check` measures without a file."""
    layers = registry.all_layers().values()
    calls: list[tuple[Layer, Params, Inputs]] = [
        (layer, layer.parse({}), Inputs()) for layer in layers if layer.name != "linear"
    ]
    inits = [f"linear({SMALL}, init={init})" for init in INITS]
    calls += [(*registry.parse_call(text), Inputs()) for text in (*VARIANTS, *inits)]
    calls += [(*registry.parse_call(text), SHIFTED) for text in SHIFTED_CALLS]
    calls += [(*registry.parse_call(text), NARROW) for text in NARROW_CALLS]
    return measurements(calls, samples, seed)


def measurements(
    calls: Iterable[tuple[Layer, Params, Inputs]], samples: int, seed: int
) -> list[Measurement]:
    """Each of them once.

    The same layer with other inputs would get the same random numbers: it gets the next seed.
    """
    found: dict[tuple[str, Inputs], Measurement] = {}
    times: dict[str, int] = {}
    for layer, params, inputs in calls:
        call = spell(layer.name, params)
        if (call, inputs) not in found:
            own = (seed + times.get(call, 0)) % SEED_LIMIT
            times[call] = times.get(call, 0) + 1
            number = samples_for(layer, params, samples)
            found[call, inputs] = Measurement(layer, params, number, own, inputs)
    return list(found.values())


def extended(plan: Sequence[Measurement], calls: Iterable[str], samples: int) -> list[Measurement]:
    """The plan with these layers, as far as they are not in it, under standard inputs."""
    seed = plan[0].seed if plan else 0
    there = [(one.layer, one.params, one.inputs) for one in plan]
    more = [(*registry.parse_call(call), Inputs()) for call in calls]
    kept = {(one.call, one.inputs): one for one in plan}
    return [
        replace(one, seed=kept[one.call, one.inputs].seed)
        if (one.call, one.inputs) in kept
        else one
        for one in measurements([*there, *more], samples, seed)
    ]


def restricted(
    plan: Sequence[Measurement], names: Sequence[str], samples: int, seed: int
) -> list[Measurement]:
    """Only what is asked for: all entries of a layer by its name, or one by its call.

    A call that is not on the list is measured all the same. Raises UsageError for what is not a
    layer.
    """
    if not names:
        return list(plan)
    calls: list[tuple[Layer, Params, Inputs]] = []
    for text in names:
        layer, params = registry.parse_call(text)
        listed: list[Any] = [(m.layer, m.params, m.inputs) for m in plan if m.layer is layer]
        if "(" in text or not listed:
            call = spell(layer.name, params)
            listed = [one for one in listed if spell(one[0].name, one[1]) == call]
            listed = listed or [(layer, params, Inputs())]
        calls += listed
    return measurements(calls, samples, seed)
