"""What is measured: every layer there is, some variants, and some inputs that are not standard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from normstats import registry
from normstats.families.inits import INITS
from normstats.runs.call import Call
from normstats.runs.counts import SEED_LIMIT
from normstats.runs.inputs import STANDARD, Inputs
from normstats.runs.run import Run
from normstats.tables.jobs import samples_for as shared

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


def samples_for(call: Call, scalar: int) -> int:
    """As in the tables, so that the same seed can give the same numbers, but not too few.

    Layers with weights that are smaller than those of the tables get more, up to eight times as
    many.
    """
    wanted = shared(call, scalar)
    shapes = registry.get(call.layer).shapes(call.params)
    if shapes.has_weights:
        times = min(max(WEIGHTS // (shapes.ins * shapes.outs), 1), MOST_TIMES)
        return max(wanted * times, FEWEST_VECTORS)
    return max(wanted, FEWEST_SAMPLES) if shapes.ins > 1 else wanted


def standard(samples: int, seed: int) -> list[Run]:
    """The list that `normstats check` measures without a file."""
    layers = registry.all_layers().values()
    calls = [
        (registry.parse_call(layer.name), STANDARD) for layer in layers if layer.name != "linear"
    ]
    inits = [f"linear({SMALL}, init={init})" for init in INITS]
    calls += [(registry.parse_call(text), STANDARD) for text in (*VARIANTS, *inits)]
    calls += [(registry.parse_call(text), SHIFTED) for text in SHIFTED_CALLS]
    calls += [(registry.parse_call(text), NARROW) for text in NARROW_CALLS]
    return runs(calls, samples, seed)


def runs(calls: Iterable[tuple[Call, Inputs]], samples: int, seed: int) -> list[Run]:
    """Each of them once.

    The same layer with other inputs would get the same random numbers: it gets the next seed.
    """
    found: dict[tuple[Call, Inputs], Run] = {}
    times: dict[Call, int] = {}
    for call, inputs in calls:
        if (call, inputs) not in found:
            own = (seed + times.get(call, 0)) % SEED_LIMIT
            times[call] = times.get(call, 0) + 1
            found[call, inputs] = Run(call, samples_for(call, samples), own, inputs)
    return list(found.values())


def extended(plan: Sequence[Run], calls: Iterable[str], samples: int) -> list[Run]:
    """The plan with these layers, as far as they are not in it, under standard inputs."""
    seed = plan[0].seed if plan else 0
    there = [(one.call, one.inputs) for one in plan]
    more = [(registry.parse_call(call), STANDARD) for call in calls]
    kept = {(one.call, one.inputs): one.seed for one in plan}
    return [
        replace(one, seed=kept.get((one.call, one.inputs), one.seed))
        for one in runs([*there, *more], samples, seed)
    ]


def restricted(plan: Sequence[Run], names: Sequence[str], samples: int, seed: int) -> list[Run]:
    """Only what is asked for: all entries of a layer by its name, or one by its call.

    A call that is not on the list is measured all the same. Raises UsageError for what is not a
    layer.
    """
    if not names:
        return list(plan)
    calls: list[tuple[Call, Inputs]] = []
    for text in names:
        call = registry.parse_call(text)
        listed = [(one.call, one.inputs) for one in plan if one.call.layer == call.layer]
        if "(" in text or not listed:
            listed = [one for one in listed if one[0] == call] or [(call, STANDARD)]
        calls += listed
    return runs(calls, samples, seed)
