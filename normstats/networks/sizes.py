"""What a layer in a chain is told: sizes from what comes before it, values without names."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

from normstats.errors import UsageError
from normstats.layer.base import Layer
from normstats.layer.params import Param
from normstats.layer.shapes import Shape
from normstats.networks.tree import Word
from normstats.registry import canonical, get

# Parameters that come from the input, by their names.
INPUT_SIZES = (
    *("in_features", "in_channels", "num_channels", "num_features", "normalized_shape"),
    *("features", "channels", "size", "batch_size"),
)

# Parameters that may be given without their names, in the layer's order, as in PyTorch.
_POSITIONAL = {
    *("out_features", "out_channels", "kernel_size", "stride", "padding", "output_padding"),
    *("dilation", "groups", "ceil_mode", "count_include_pad", "divisor_override", "norm_type"),
    *("output_size", "upscale_factor", "num_groups", "normalized_shape", "eps", "p"),
    *("negative_slope", "alpha", "beta", "threshold", "value", "lambd", "lower", "upper"),
    *("min_val", "max_val", "approximate", "b"),
}
# PyTorch has groups before dilation here.
_TRANSPOSED = ("out_channels", "kernel_size", "stride", "padding", "output_padding", "groups")


def positional(layer: Layer) -> tuple[str, ...]:
    """The names of the values that may be given without a name, in their order."""
    if layer.name.startswith("conv_transpose"):
        return _TRANSPOSED
    first = (p.name for p in layer.params if not _left_out(p))
    return tuple(itertools.takewhile(_POSITIONAL.__contains__, first))


def _left_out(param: Param) -> bool:
    return param.name in INPUT_SIZES and param.name != "normalized_shape"


def given(word: Word) -> tuple[Layer, dict[str, str]]:
    """The layer, and what was written of its parameters under their names."""
    layer = get(word.name)
    if layer.alone:
        raise UsageError("layer", layer.name, layer.alone)
    names = positional(layer)
    if len(word.values) > len(names):
        said = f"takes {', '.join(names)} without a name" if names else "takes no value without one"
        raise UsageError("layer", layer.name, f"{said}, and was given {', '.join(word.values)}")
    found = dict(zip(names, word.values, strict=False))
    for name, value in word.named:
        if canonical(name) in found:
            raise UsageError("layer", layer.name, f"{name} is given twice")
        found[canonical(name)] = value
    return layer, found


def inferred(layer: Layer, own: Mapping[str, Any], x: Shape, batch: int) -> dict[str, Any]:
    """The parameters that x, of the shape of one example, and the batch decide."""
    return {
        param.name: value
        for param in layer.params
        if param.name in INPUT_SIZES
        for value in _inferred(param, layer, own, x, batch)
    }


def _inferred(
    param: Param, layer: Layer, own: Mapping[str, Any], x: Shape, batch: int
) -> Iterator[Any]:
    name = param.name
    if name == "batch_size":
        # One that is 1 by default only groups rows; examples of a chain are rows by themselves.
        yield batch if param.default != 1 else 1
    elif name == "normalized_shape":
        yield _last(x, own[name], param) if name in own else _some(layer, x)
    elif name == "features" and layer.family == "dropout":  # what is dropped is a whole example
        yield math.prod(_some(layer, x))
    elif name in ("in_features", "features", "num_features"):
        yield _some(layer, x)[-1]
    elif name in ("in_channels", "num_channels"):
        yield _maps(layer, x, least=1 if name == "num_channels" else 2)[0]
    elif name == "channels":
        yield _channels(layer, own, _maps(layer, x)[0])
    else:
        maps = _maps(layer, x, least=1 if name == "size" and _without_map(layer) else 2)
        dimensions = _dimensions(layer)
        if dimensions and len(maps) != dimensions + 1:
            what = "x".join(["C", *"DHW"[3 - dimensions :]])
            _refuse(layer, x, f"takes channels of {dimensions}-dimensional maps ({what})")
        yield maps[1:] or (1,)


def _dimensions(layer: Layer) -> int:
    """Of the maps: the windows' of the layer's parameters; 0 if any will do."""
    found = [getattr(param, "dimensions", 0) for param in layer.params]
    others = [getattr(getattr(param, "other", None), "dimensions", 0) for param in layer.params]
    return max([*found, *others, 0])


def _without_map(layer: Layer) -> bool:
    """Whether a feature may be a single number: where all channels or the batch are looked at."""
    names = {param.name for param in layer.params}
    return layer.family == "normalisation" and bool(names & {"num_channels", "batch_size"})


def _last(x: Shape, text: Any, param: Param) -> Shape:
    """The last axes of x, of which so many were given; they are compared later."""
    count = len(param.parse(text))
    return x[-count:] if count <= len(x) else x


def _channels(layer: Layer, own: Mapping[str, Any], channels: int) -> int:
    (scale,) = (p for p in layer.params if p.name == "upscale_factor")
    squared: int = scale.parse(own.get(scale.name, scale.default)) ** 2
    if channels % squared:
        allowed = f"makes one channel of {squared}, which does not divide the {channels} of its x"
        raise UsageError("layer", layer.name, allowed)
    return channels // squared


def _some(layer: Layer, x: Shape) -> Shape:
    if not x:
        _refuse(layer, x, "takes vectors")
    return x


def _maps(layer: Layer, x: Shape, least: int = 2) -> Shape:
    if len(x) < least:
        _refuse(layer, x, "takes channels with maps, such as 3x32x32" if least > 1 else "features")
    return x


def _refuse(layer: Layer, x: Shape, takes: str) -> None:
    raise UsageError("layer", layer.name, f"{takes}, and gets {spelled(x)}")


def complete(word: Word, x: Shape, batch: int) -> tuple[Layer, dict[str, Any], dict[str, Any]]:
    """The layer, all its parameters for this x, and those that were written and are not usual.

    Sizes that were written must be those that come in.
    """
    layer, own = given(word)
    sizes = inferred(layer, own, x, batch)
    by_name = {param.name: param for param in layer.params}
    for name in own.keys() & sizes.keys():
        wanted = by_name[name].parse(own[name])
        if wanted != by_name[name].parse(sizes[name]):
            comes = spelled(sizes[name])
            allowed = f"{name} is {spelled(wanted)}, but what comes in has {comes}"
            raise UsageError("layer", layer.name, allowed)
    params = layer.parse({**own, **sizes})
    usual = {p.name: p.parse(p.default) for p in layer.params}
    kept = {
        name: by_name[name].parse(own[name])
        for name in by_name
        if name in own and name not in sizes and by_name[name].parse(own[name]) != usual[name]
    }
    if "normalized_shape" in own and params["normalized_shape"] != x:
        kept["normalized_shape"] = params["normalized_shape"]
    if "out_features" in by_name:  # the width is said even where it is usual
        kept = {"out_features": params["out_features"]} | kept
    return layer, params, kept


def spelled(size: Any) -> str:
    """A size as it is typed: 512, or 3x32x32."""
    if isinstance(size, tuple):
        return "x".join(map(str, size)) if size else "a single number"
    return str(size)


def first_size(word: Word) -> Shape | None:
    """The size of x that a layer asks for by itself; None if any will do.

    A layer with weights that does not say is as wide in front as behind.
    """
    layer, own = given(word)
    by_name = {param.name: param for param in layer.params}

    def of(name: str, other: str = "") -> Any:
        param = by_name[name]
        if name in own or not other:
            return param.parse(own.get(name, param.default))
        return by_name[other].parse(own.get(other, by_name[other].default))

    if "in_features" in by_name:
        return (of("in_features", "out_features"),)
    if "in_channels" in by_name:
        return (of("in_channels", "out_channels"), *of("size"))
    for name in ("normalized_shape", "features", "num_features"):
        if name in own:
            found = of(name)
            return found if isinstance(found, tuple) else (found,)
    if "size" in own:
        size = of("size")
        return (of("num_channels") if "num_channels" in by_name else 1, *size)
    return None


def shapes_as_x(layer: Layer) -> bool:
    """Whether y is as large as x, whatever that is: such layers may come before the first size."""
    return layer.family in ("elementwise", "dropout", "normalisation")
