"""Convolutions and transposed convolutions of one to three dimensions, with random weights.

A sample is a whole map. A transposed convolution is a convolution from y to x, backward: the maps
change places, the big one is y.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from normstats.engine.maps import NONE, Axis, Maps
from normstats.errors import UsageError
from normstats.families.inits import (
    FLAT_INITS,
    INITS,
    Fans,
    init_choice,
    init_std,
    law,
)
from normstats.families.linear_exact import bias_gradient, samples_within, sums, weight_gradient
from normstats.layer.base import NOTHING, PER_NUMBER, Layer
from normstats.layer.params import Choice, Integer, Param, Params
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.layer.windows import Window
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array, array

if TYPE_CHECKING:
    from normstats.engine.job import LayerJob
    from normstats.engine.mapproducts import Sides

ALL, INTERIOR, BORDER, EACH = "all", "interior", "border", "each"
ALL_INITS = {**INITS, **FLAT_INITS}
MOST_WEIGHTS = 2**26
MOST_TAPS = 2**24  # positions of the map, times elements of the kernel


@dataclass(frozen=True, kw_only=True)
class Convolution(Layer):
    """y = W ∗ x and dx = Wᵀ ∗ dy, with the gradients of W and of a bias that is 0."""

    family: str = "convolution"
    dimensions: int
    transposed: bool

    def maps(self, params: Params) -> Maps:
        """The taps between the big map and the small one."""
        names = ("size", "kernel_size", "stride", "padding", "dilation")
        given = [params[name] for name in names]
        more = params.get("output_padding", (0,) * self.dimensions)
        axes = []
        for size, kernel, stride, padding, dilation, extra in zip(*given, more, strict=True):
            reach = (kernel - 1) * dilation + 1 - 2 * padding
            if self.transposed:
                big, small = (size - 1) * stride + reach + extra, size
            else:
                big, small = size, (size - reach) // stride + 1
            axes.append(Axis(big, small, kernel, stride, padding, dilation))
        return Maps(tuple(axes))

    def shapes(self, params: Params) -> Shapes:
        axes = self.maps(params).axes
        big, small = tuple(a.big for a in axes), tuple(a.small for a in axes)
        x, y = (small, big) if self.transposed else (big, small)
        ins, outs, groups = (params[n] for n in ("in_channels", "out_channels", "groups"))
        channels = (ins, outs // groups) if self.transposed else (outs, ins // groups)

        def normals(rng: np.random.Generator, shape: Shape) -> Array:
            return rng.standard_normal(shape)

        weight = (*channels, *params["kernel_size"])
        text = f"W, of shape ({'in, out' if self.transposed else 'out, in'} / groups, *kernel_size)"
        return Shapes(
            (ins, *x),
            (outs, *y),
            {
                "weight": Extra(weight, text, normals, shared=True, gradient=True),
                "bias": Extra((outs,), "added to y", normals, shared=True, gradient=True),
            },
        )

    def quantities(self, params: Params) -> tuple[str, ...]:
        found = super().quantities(params)
        regions = list(self._regions(params))[2:]
        parts = [f"{'forward' if forward else 'backward'} ({where})" for forward, where in regions]
        return (*found[:2], *parts, *found[2:])

    def _regions(self, params: Params) -> Iterator[tuple[bool, str]]:
        """Of the quantities of y and dx: whether it is y, and of which elements."""
        where = params["where"]
        for forward in (True, False):
            yield forward, ALL if where == EACH else where
        if where == EACH:
            maps = self.maps(params)
            for forward, part in itertools.product((True, False), (INTERIOR, BORDER)):
                if maps.counts(forward != self.transposed, part).elements:
                    yield forward, part

    def sides(self, params: Params) -> Sides:
        """The maps with their channels."""
        from normstats.engine.mapproducts import Sides

        ins, outs = params["in_channels"], params["out_channels"]
        small, big = (ins, outs) if self.transposed else (outs, ins)
        return Sides(self.maps(params), small, big, params["groups"])

    def fans(self, params: Params) -> Fans:
        """As PyTorch counts them from the shape of the weight, and as they are."""
        ins, outs, groups = (params[n] for n in ("in_channels", "out_channels", "groups"))
        taps = math.prod(params["kernel_size"])
        rows, columns = (ins, outs) if self.transposed else (outs, ins)
        columns = columns // groups * taps
        return Fans(
            columns, rows * taps, rows, columns, ins // groups * taps, outs // groups * taps
        )

    def job(self, run: Run) -> LayerJob:
        from normstats.engine import mapjob

        params = run.call.params
        why = "whose weights and maps are thousands of random numbers a sample"
        run.method.must_be_plain(self.name, why)
        parts = {
            (True, INTERIOR): (mapjob.Y_INTERIOR,),
            (True, BORDER): (mapjob.Y_BORDER,),
            (True, ALL): (mapjob.Y_INTERIOR, mapjob.Y_BORDER),
            (False, INTERIOR): (mapjob.DX_INTERIOR,),
            (False, BORDER): (mapjob.DX_BORDER,),
            (False, ALL): (mapjob.DX_INTERIOR, mapjob.DX_BORDER),
        }
        name = params["init"]
        fans = self.fans(params)
        regions = [(side, part) for side in (True, False) for part in (INTERIOR, BORDER)]
        exact = (
            *self._sums(params, run.inputs, regions),
            *self._gradients(params, run.inputs),
        )
        return mapjob.MapJob(
            run=run,
            sides=self.sides(params),
            law=law(ALL_INITS[name], name, fans, params["init_std"], self.transposed),
            transposed=self.transposed,
            one_dy=params["dy_correlation"] == "full",
            pivots=tuple(one.mean or 0.0 for one in exact),
            quantities=(
                *(parts[region] for region in self._regions(params)),
                (mapjob.WEIGHT,),
                (mapjob.BIAS,),
            ),
        )

    def products(self, params: Params) -> float:
        sides = self.sides(params)
        return 6.0 * sides.maps.tap_counts.total * sides.small * sides.big / sides.groups

    def default_samples(self, params: Params) -> int | None:
        return samples_within(PER_NUMBER * self.cost(params))

    def apply(
        self,
        x: Array,
        dy: Array,
        params: Params,
        extras: Mapping[str, Any] = NOTHING,
        gradients: bool = True,
    ) -> tuple[Array, ...]:
        from normstats.engine.mapproducts import GivenMaps

        shapes, sides = self.shapes(params), self.sides(params)
        self.refuse_extras(extras, params)
        given = {"x": (x, shapes.x), "dy": (dy, shapes.y)}
        batch = x.shape[: max(x.ndim - len(shapes.x), 0)]
        for name, (values, shape) in given.items():
            if values.shape != (*batch, *shape):
                allowed = f"must have the shape {(*batch, *shape)}"
                raise UsageError(name, f"of shape {values.shape}", allowed)
        found = {}
        for name, extra in shapes.extras.items():
            if name in extras:
                found[name] = array(name, extras[name])
                if found[name].shape != extra.shape:
                    allowed = f"must have shape {extra.shape}"
                    raise UsageError(name, f"of shape {found[name].shape}", allowed)
        if "weight" not in found:
            allowed = f"{self.name} needs its weight, of shape {shapes.extras['weight'].shape}"
            raise UsageError("weight", "missing", allowed)
        flat = {
            name: np.ascontiguousarray(values).reshape(-1, shape[0], math.prod(shape[1:]))
            for name, (values, shape) in given.items()
        }
        small, big = ("x", "dy") if self.transposed else ("dy", "x")
        weight = np.ascontiguousarray(found["weight"]).ravel()
        maps = GivenMaps(sides, flat[small], flat[big])
        y, dx = (maps.other(weight, small) for small in (not self.transposed, self.transposed))
        if "bias" in found:
            y += found["bias"][:, None]
        y, dx = y.reshape(dy.shape), dx.reshape(x.shape)
        if not gradients:
            return y, dx
        return (
            y,
            dx,
            maps.gradients().reshape(*batch, *shapes.extras["weight"].shape),
            flat["dy"].sum(axis=2).reshape(*batch, -1),
        )

    def twin(
        self, x: Array, dy: Array, params: Params, weight: Any = None, bias: Any = None
    ) -> tuple[Array, ...]:
        """All of them, tap by tap, for samples along the first axis."""
        w, groups, maps = np.asarray(weight), params["groups"], self.maps(params)
        samples, taps = len(x), maps.taps
        small, big = (
            np.reshape(values, (samples, groups, values.shape[1] // groups, -1))
            for values in ((x, dy) if self.transposed else (dy, x))
        )
        kernel = w.reshape(groups, w.shape[0] // groups, w.shape[1], taps)
        dw: Array = np.zeros((samples, *kernel.shape))
        to_small: Array = np.zeros(small.shape)
        to_big: Array = np.zeros(big.shape)
        for o, sources in enumerate(maps.forward.sources):
            for k, q in enumerate(sources):
                if q != NONE:
                    to_small[..., o] += np.einsum("gab,sgb->sga", kernel[..., k], big[..., q])
                    to_big[..., q] += np.einsum("gab,sga->sgb", kernel[..., k], small[..., o])
                    dw[..., k] += np.einsum("sga,sgb->sgab", small[..., o], big[..., q])
        y, dx = (to_big, to_small) if self.transposed else (to_small, to_big)
        y = y.reshape(dy.shape)
        if bias is not None:
            y = y + np.reshape(bias, (-1, *(1,) * self.dimensions))
        db = dy.reshape(*dy.shape[:2], -1).sum(axis=2)
        return y, dx.reshape(x.shape), dw.reshape(samples, *w.shape), db

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        """By how many taps lead to each element, and how many positions each tap serves."""
        regions = self._regions(params)
        return *self._sums(params, inputs, regions), *self._gradients(params, inputs)

    def _sums(
        self, params: Params, inputs: Inputs, regions: Iterable[tuple[bool, str]]
    ) -> Iterator[Exact]:
        """Of y (or else dx) over these regions; without values where a region is empty."""
        sides, init = self.sides(params), ALL_INITS[params["init"]]
        square = init.square(self.fans(params), params["init_std"])
        x, dy = (inputs.x_mean, inputs.x_std), (inputs.dy_mean, inputs.dy_std)
        for forward, where in regions:
            small = forward != self.transposed
            counts = sides.maps.counts(small, where)
            channels = sides.channels(not small) // sides.groups
            one = params["dy_correlation"] == "full" and not forward
            given = x if forward else dy
            yield (
                sums(counts, channels, square, init.fixed, *given, one)
                if counts.elements
                else Exact()
            )

    def _gradients(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """Of weight and bias."""
        maps, one = self.maps(params), params["dy_correlation"] == "full"
        outs = maps.positions(not self.transposed)
        return weight_gradient(maps.tap_counts, inputs, one), bias_gradient(outs, inputs, one)

    def _least(self, params: Params) -> Shape:
        """The smallest x that y has elements for."""
        given = (params[name] for name in ("kernel_size", "stride", "padding", "dilation"))
        more = params.get("output_padding", (0,) * self.dimensions)
        found = []
        for kernel, stride, padding, dilation, extra in zip(*given, more, strict=True):
            reach = (kernel - 1) * dilation + 1 - 2 * padding
            steps = -(-(1 - reach - extra) // stride)
            found.append(max(1, 1 + steps if self.transposed else reach))
        return tuple(found)

    def verify(self, params: Params) -> None:
        """What has to fit together; UsageError that names the argument."""
        for name in ("in_channels", "out_channels"):
            if params[name] % params["groups"]:
                allowed = f"must divide `{name}` {params[name]}"
                raise UsageError("`groups`", params["groups"], allowed)
        extra = params.get("output_padding", (0,) * self.dimensions)
        for own, stride, dilation in zip(extra, params["stride"], params["dilation"], strict=True):
            if own and own >= max(stride, dilation):
                allowed = f"must be below the stride {stride} or the dilation {dilation}"
                raise UsageError("`output_padding`", own, allowed)
        axes = self.maps(params).axes
        if min(min(axis.big, axis.small) for axis in axes) < 1:
            given, least = ("x".join(map(str, s)) for s in (params["size"], self._least(params)))
            allowed = f"must be at least {least}, or y has no elements with this kernel and padding"
            raise UsageError("`size`", given, allowed)
        maps = Maps(axes)
        weights = params["in_channels"] * params["out_channels"] // params["groups"] * maps.taps
        if weights > MOST_WEIGHTS:
            allowed = f"with these channels gives {weights} weights; must be at most {MOST_WEIGHTS}"
            raise UsageError("`kernel_size`", "x".join(map(str, params["kernel_size"])), allowed)
        if max(maps.big, maps.small) * maps.taps > MOST_TAPS:
            allowed = (
                f"positions times elements of the kernel must be at most {MOST_TAPS}, in x and in y"
            )
            raise UsageError("`size`", "x".join(map(str, params["size"])), allowed)
        where = params["where"]
        if where in (INTERIOR, BORDER):
            for small, name in ((not self.transposed, "y"), (self.transposed, "dx")):
                if not maps.counts(small, where).elements:
                    allowed = f"{name} has no {where} here; `where` each shows what there is"
                    raise UsageError("`where`", where, allowed)


def _params(dimensions: int, transposed: bool) -> tuple[Param, ...]:
    def window(name: str, default: int, text: str, low: int = 1, what: str = "window") -> Window:
        spelled = "x".join([str(default)] * dimensions)
        return Window(
            name=name, default=spelled, dimensions=dimensions, help=text, low=low, what=what
        )

    more = (
        (window("output_padding", 0, "elements added at one end of y", 0, ""),)
        if transposed
        else ()
    )
    return (
        Integer(name="in_channels", default=16, high=65536, help="channels of x"),
        Integer(name="out_channels", default=32, high=65536, help="channels of y"),
        window("kernel_size", 3, "size of the kernel"),
        window("stride", 1, "distance of the kernel's places", what=""),
        window("padding", 0, "zeros around x" if not transposed else "what y loses around", 0, ""),
        *more,
        window("dilation", 1, "distance of the kernel's elements", what=""),
        Integer(name="groups", default=1, high=65536, help="groups of channels, not connected"),
        window("size", {1: 32, 2: 8, 3: 5}[dimensions], "size of x", what="map"),
        init_choice(ALL_INITS),
        init_std("normal, flat and trunc_normal"),
        Choice(
            name="where",
            default=ALL,
            choices=(ALL, INTERIOR, BORDER, EACH),
            help="elements of y and dx that count; each: all, and the others in rows of their own",
        ),
        Choice(
            name="dy_correlation",
            default="none",
            choices=("none", "full"),
            help="none: dy is independent; full: one dy for all elements of a map",
        ),
    )


def _convolution(dimensions: int, transposed: bool) -> Convolution:
    word = "_transpose" if transposed else ""
    plain = f"conv{word}{dimensions}d"
    short = (f"conv{word}",) if dimensions == 2 else ()
    layer = Convolution(
        name=plain,
        aliases=(*((plain.replace("_", ""),) if transposed else ()), *short),
        formula="y = Wᵀ ∗ x, W's convolution backward" if transposed else "y = W ∗ x",
        gradient="dx = W ∗ dy" if transposed else "dx = Wᵀ ∗ dy, the convolution backward",
        torch=f"torch.nn.Conv{'Transpose' if transposed else ''}{dimensions}d",
        params=_params(dimensions, transposed),
        dimensions=dimensions,
        transposed=transposed,
        note=(
            "a sample is a whole map; weight and bias are gradients, summed over the map, of a bias"
            " that is 0; interior are the elements that lose no tap to a border, of the big map in"
            " whole periods of the stride; new weights for each group of maps, and the error bars"
            " rest on these groups"
        ),
        check=lambda params: layer.verify(params),
    )
    return layer


LAYERS = tuple(
    _convolution(dimensions, transposed) for transposed in (False, True) for dimensions in (1, 2, 3)
)
