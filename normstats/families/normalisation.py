"""Normalisation of a batch, of a row, of groups of channels, of a map, and of a weight.

A sample is what depends on itself: the batch of one feature for batch_norm (features do not depend
on each other), a row of features for layer_norm and rms_norm, all channels for group_norm, one
channel for instance_norm, one row of the weight for weight_norm.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from normstats.errors import UsageError
from normstats.families.normalisation_exact import Sets
from normstats.families.normalisation_layer import Normalisation
from normstats.layer.params import Choice, Integer, Params, Real
from normstats.layer.shapes import Shape
from normstats.layer.windows import LARGEST_WINDOW, MapSize

FULL, CONSTANT = "full", "constant"
TRAIN, EVAL = "train", "eval"
EPS_OF_FLOAT64 = float(np.finfo(np.float64).eps)

WEIGHT = Real(name="weight", default=1.0, help="γ, the factor of each channel; its initial value")
BIAS = Real(name="bias", default=0.0, help="β, what is added to each channel; its initial value")
EPS = Real(name="eps", default=1e-5, low=0.0, help="added to the variance")
ROWS = Integer(
    name="batch_size",
    default=1,
    high=LARGEST_WINDOW,
    help="rows of a sample: gradients of the weights are sums over them",
)
FEATURES = MapSize(name="normalized_shape", default="64", help="the features of a row")
EXACT = "exact values hold for all inputs and every eps"


def map_of(params: Params) -> Shape:
    """The axes of the map; none where it has one element."""
    return () if math.prod(params["size"]) == 1 else params["size"]


def row_of(params: Params) -> Shape:
    """The axes of a row, after those of the batch if there is one."""
    batch = () if params["batch_size"] == 1 else (params["batch_size"],)
    return (*batch, *params["normalized_shape"])


def one_set(elements: int, params: Params, through: bool = True) -> Sets:
    """All elements of the sample together, with one weight and one bias."""
    return Sets(
        positions=elements,
        part=1.0 / elements,
        eps=params["eps"],
        through=through,
        weight=params["weight"],
        bias=params["bias"],
    )


def batch_sets(params: Params) -> Sets:
    elements = params["batch_size"] * math.prod(params["size"])
    return one_set(elements, params, params["grad_stats"] == FULL)


def layer_sets(params: Params) -> Sets:
    features = math.prod(params["normalized_shape"])
    return Sets(
        batch=params["batch_size"],
        channels=features,
        part=1.0 / features,
        eps=params["eps"],
        weight=params["weight"],
        bias=params["bias"],
    )


def rms_sets(params: Params) -> Sets:
    features = math.prod(params["normalized_shape"])
    return Sets(
        batch=params["batch_size"],
        channels=features,
        centred=False,
        part=1.0 / features,
        eps=params["eps"],
        weight=params["weight"],
    )


def group_sets(params: Params) -> Sets:
    channels, positions = params["num_channels"] // params["num_groups"], math.prod(params["size"])
    return Sets(
        groups=params["num_groups"],
        channels=channels,
        positions=positions,
        part=1.0 / (channels * positions),
        eps=params["eps"],
        weight=params["weight"],
        bias=params["bias"],
    )


def instance_sets(params: Params) -> Sets:
    return one_set(math.prod(params["size"]), params)


def weight_sets(params: Params) -> Sets:
    return Sets(positions=params["in_features"], centred=False, weight=params["g"])


def fitting(sets: Callable[[Params], Sets], name: str) -> Callable[[Params], None]:
    """A check that there is something to normalise, but not too much; ``name`` is whose fault."""

    def check(params: Params) -> None:
        found, given = sets(params), params[name]
        elements = found.batch * found.groups * found.size
        if isinstance(given, tuple):
            given = "x".join(map(str, given))
        if elements > LARGEST_WINDOW:
            allowed = f"makes samples of {elements} elements, of which {LARGEST_WINDOW} are allowed"
            raise UsageError(f"`{name}`", given, allowed)
        if found.size < 2 and params.get("mode") != EVAL:
            allowed = "must leave at least 2 elements to normalise: one has no variance"
            raise UsageError(f"`{name}`", given, allowed)
        if found.freedom == 1 and found.eps == 0.0 and found.through:
            allowed = "must be above 0 for 2 elements, whose dx would be nothing but rounding"
            raise UsageError("`eps`", 0, allowed)

    return check


def check_batch(params: Params) -> None:
    """Running statistics are for evaluation alone, where there must be something to divide by."""
    evaluation = params["mode"] == EVAL
    for name, start in (("running_mean", 0.0), ("running_var", 1.0)):
        if not evaluation and params[name] != start:
            allowed = "is for `mode` eval: in training a batch has statistics of its own"
            raise UsageError(f"`{name}`", params[name], allowed)
    if evaluation and params["running_var"] + params["eps"] == 0.0:
        raise UsageError("`running_var`", 0, "must be above 0 if `eps` is 0")
    fitting(batch_sets, "batch_size")(params if not evaluation else {**params, "eps": 1.0})


def check_groups(params: Params) -> None:
    """Groups are of equal size."""
    channels, groups = params["num_channels"], params["num_groups"]
    if channels % groups:
        raise UsageError("`num_groups`", groups, f"must divide `num_channels` {channels}")
    fitting(group_sets, "size")(params)


def _spellings(name: str) -> tuple[str, ...]:
    """PyTorch's BatchNorm2d and batch_norm2d, whatever the dimensions."""
    plain = name.replace("_", "")
    return (plain, *(f"{word}{d}d" for word in (name, plain) for d in (1, 2, 3)))


LAYERS = (
    Normalisation(
        name="batch_norm",
        aliases=_spellings("batch_norm"),
        formula="y = γ·x̂ + β, x̂ = (x − mean)/√(variance + eps) over batch and map of a feature",
        gradient="dx = γ·(dy − mean dy − x̂·mean(dy·x̂))/√(variance + eps); constant: γ·dy/√(…)",
        torch="torch.nn.functional.batch_norm",
        params=(
            Integer(
                name="batch_size", default=32, high=LARGEST_WINDOW, help="examples in the batch"
            ),
            MapSize(name="size", default="1", help="the map of each example: 1, or 4x4 and so on"),
            EPS,
            WEIGHT,
            BIAS,
            Choice(
                name="mode",
                default=TRAIN,
                choices=(TRAIN, EVAL),
                help="mean and variance of the batch (train), or running_mean and running_var",
            ),
            Real(name="running_mean", default=0.0, help="the mean, with `mode` eval"),
            Real(name="running_var", default=1.0, low=0.0, help="the variance, with `mode` eval"),
            Choice(
                name="grad_stats",
                default=FULL,
                choices=(FULL, CONSTANT),
                help="the gradient goes through mean and variance, or takes them for constants (in"
                " evaluation they are)",
            ),
        ),
        note="one sample is the batch of one feature: features do not depend on each other;"
        f" {EXACT}",
        check=check_batch,
        sets=batch_sets,
        shape=lambda params: (params["batch_size"], *map_of(params)),
        weight_shape=lambda params: (),
        set_of="batches",
    ),
    Normalisation(
        name="layer_norm",
        aliases=("layernorm",),
        formula="y = γ·x̂ + β, x̂ = (x − mean)/√(variance + eps) over the features of a row",
        gradient="dx = (h − mean h − x̂·mean(h·x̂))/√(variance + eps), h = γ·dy",
        torch="torch.nn.functional.layer_norm",
        params=(FEATURES, ROWS, EPS, WEIGHT, BIAS),
        note=f"one sample is one row, or batch_size rows; {EXACT}",
        check=fitting(layer_sets, "normalized_shape"),
        sets=layer_sets,
        shape=row_of,
        weight_shape=lambda params: params["normalized_shape"],
        set_of="rows",
    ),
    Normalisation(
        name="rms_norm",
        aliases=("rmsnorm",),
        formula="y = γ·x̂, x̂ = x/√(mean x² + eps) over the features of a row",
        gradient="dx = (h − x̂·mean(h·x̂))/√(mean x² + eps), h = γ·dy",
        torch="torch.nn.functional.rms_norm",
        params=(
            FEATURES,
            ROWS,
            Real(
                name="eps",
                default=EPS_OF_FLOAT64,
                low=0.0,
                help="added to the mean square; PyTorch's default is the eps of the number type",
            ),
            WEIGHT,
        ),
        note=f"one sample is one row, or batch_size rows; {EXACT}, but for a std that is less than"
        " a thousandth of the mean",
        check=fitting(rms_sets, "normalized_shape"),
        sets=rms_sets,
        shape=row_of,
        weight_shape=lambda params: params["normalized_shape"],
        names=("weight",),
        set_of="rows",
    ),
    Normalisation(
        name="group_norm",
        aliases=("groupnorm",),
        formula="y = γ·x̂ + β, x̂ = (x − mean)/√(variance + eps) over channels and map of a group",
        gradient="dx = (h − mean h − x̂·mean(h·x̂))/√(variance + eps), h = γ·dy",
        torch="torch.nn.functional.group_norm",
        params=(
            Integer(name="num_groups", default=2, high=LARGEST_WINDOW, help="groups of channels"),
            Integer(name="num_channels", default=8, high=LARGEST_WINDOW, help="channels in all"),
            MapSize(name="size", default="4x4", help="the map of each channel; 1 for none"),
            EPS,
            WEIGHT,
            BIAS,
        ),
        note=f"one sample is one example with all its channels; {EXACT}",
        check=check_groups,
        sets=group_sets,
        shape=lambda params: (params["num_channels"], *map_of(params)),
        weight_shape=lambda params: (params["num_channels"],),
        set_of="groups",
    ),
    Normalisation(
        name="instance_norm",
        aliases=_spellings("instance_norm"),
        formula="y = γ·x̂ + β, x̂ = (x − mean)/√(variance + eps) over the map of one channel",
        gradient="dx = γ·(dy − mean dy − x̂·mean(dy·x̂))/√(variance + eps)",
        torch="torch.nn.functional.instance_norm",
        params=(
            MapSize(name="size", default="8x8", help="the map of a channel"),
            EPS,
            WEIGHT,
            BIAS,
        ),
        note=f"one sample is one channel: channels do not depend on each other; {EXACT}",
        check=fitting(instance_sets, "size"),
        sets=instance_sets,
        shape=lambda params: params["size"],
        weight_shape=lambda params: (),
        set_of="maps",
    ),
    Normalisation(
        name="weight_norm",
        alone="acts on a weight: use linear(…, init=fan_in_rows), which has such rows",
        aliases=("weightnorm",),
        formula="y = g·x/‖x‖: x is one row v of a weight, y the row that is used",
        gradient="dx = g·(dy − x̂·(dy·x̂))/‖x‖, x̂ = x/‖x‖",
        torch="torch.nn.utils.parametrizations.weight_norm",
        params=(
            Integer(
                name="in_features",
                default=64,
                low=2,
                high=LARGEST_WINDOW,
                help="elements of the row: the fan-in",
            ),
            Real(name="g", default=1.0, help="the length of the row"),
        ),
        note="a linear layer with such rows is linear with init fan_in_rows; exact values hold for"
        " all inputs, but for a std that is less than a thousandth of the mean",
        sets=weight_sets,
        shape=lambda params: (params["in_features"],),
        weight_shape=lambda params: (),
        names=("g",),
        set_of="rows",
    ),
)
