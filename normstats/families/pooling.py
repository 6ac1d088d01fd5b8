"""Pooling: the largest, the average or the p-norm of windows, in one to three dimensions.

Where windows neither overlap nor leave anything out, and there is no padding, one sample is one
window. Otherwise it is a whole map, whose gradients add up where windows overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from normstats.families.pooling_arrange import (
    USUAL_SIZE,
    adaptive_windows,
    sliding_in_maps,
    sliding_windows,
    with_size,
)
from normstats.families.pooling_reduce import AVERAGE, LARGEST, NORM, Reduction
from normstats.families.pooling_windows import Windows
from normstats.frozen import Frozen
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.layer.arrays import ArrayLayer
from normstats.layer.base import NOTHING
from normstats.layer.params import Choice, Integer, OrWord, Param, Params
from normstats.layer.shapes import Shapes
from normstats.layer.windows import Window
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array

if TYPE_CHECKING:
    from normstats.engine.job import LayerJob

STRIDE, SIZE, DIVISOR = "kernel_size", "auto", "elements"
TRUTH = ("false", "true")


@dataclass(frozen=True, kw_only=True)
class Pooling(ArrayLayer):
    """``arrange`` says where the windows lie, ``reduction`` what is made of each."""

    family: str = "pooling"
    reduction: Reduction
    arrange: Callable[[Params], Windows]
    complete: Callable[[dict[str, Any]], dict[str, Any]]

    def parse(self, given: Params) -> dict[str, Any]:
        values = self.complete(super().parse(given))
        self.windows(values)
        return values

    def windows(self, params: Params) -> Windows:
        """The windows of one sample."""
        return _arranged(self.arrange, Frozen(params))

    def is_window(self, params: Params) -> bool:
        """Whether a sample is one window, and nothing else."""
        return self.windows(params).is_whole

    def shapes(self, params: Params) -> Shapes:
        windows = self.windows(params)
        return Shapes(x=windows.x, y=windows.y)

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        return self.reduction.sizes(self.windows(params), params)

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return self.reduction.coefficients(self.windows(params), params)

    def scratch_rows(self, params: Params) -> int:
        return self.reduction.scratch(self.windows(params))

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(self.reduction.kernels(self.windows(params))[0], ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(self.reduction.kernels(self.windows(params))[1], ARRAY_KERNEL)

    def twin(self, x: Array, dy: Array, params: Params) -> tuple[Array, Array]:
        """y and dx of maps in the last axes of x."""
        windows = self.windows(params)
        y, dx = self.reduction.twin(
            x.reshape(-1, windows.ins), dy.reshape(-1, windows.outs), windows, params
        )
        return y.reshape(dy.shape), dx.reshape(x.shape)

    def apply(
        self,
        x: Array,
        dy: Array,
        params: Params,
        extras: Mapping[str, Any] = NOTHING,
        gradients: bool = True,
    ) -> tuple[Array, ...]:
        """y has the shape of dy: a number a window, or a map of one element as PyTorch has it."""
        shapes = self.shapes(params)
        one = (1,) * len(shapes.x)
        batch = x.shape[: max(x.ndim - len(shapes.x), 0)]
        if shapes.y or dy.shape != (*batch, *one):
            return super().apply(x, dy, params, extras, gradients)
        y, *rest = super().apply(x, dy.reshape(batch), params, extras, gradients)
        return y.reshape(dy.shape), *rest

    def job(self, run: Run) -> LayerJob:
        self.reduction.refuse(run.call.params, run.inputs)
        return super().job(run)

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        self.reduction.refuse(params, inputs)
        return self.reduction.exact(self.windows(params), params, inputs)


@lru_cache(maxsize=64)
def _arranged(arrange: Callable[[Params], Windows], params: Frozen[Any]) -> Windows:
    return arrange(params)


def _params(kind: str, dimensions: int) -> tuple[Param, ...]:
    """PyTorch's, and the size of the map."""

    def window(name: str, default: str, text: str, **more: Any) -> Window:
        return Window(name=name, default=default, dimensions=dimensions, help=text, **more)

    found: list[Param] = [window("kernel_size", "x".join("3" * dimensions), "size of the window")]
    if kind == "lp":
        # Odd powers of negative sums have no root.
        text = "p of the p-norm, where negative sums have a root; 1 is the sum, as in PyTorch"
        found = [Integer(name="norm_type", default=2, only=(1, 2, 4, 8), help=text), *found]
    stride = window("stride", "1", "", what="")
    text = "step from window to window"
    found.append(OrWord(name="stride", default=STRIDE, help=text, later=True, other=stride))
    if kind != "lp":
        text = "rim of -inf" if kind == "max" else "rim of zeros"
        text = f"{text} on both sides of each axis"
        found.append(window("padding", "0", text, low=0, what="", later=True))
    if kind == "max":
        text = "step from element to element of a window"
        found.append(window("dilation", "1", text, what="", later=True))
    text = "windows may go beyond the map's end, as far as they begin inside"
    found.append(Choice(name="ceil_mode", default="false", choices=TRUTH, help=text, later=True))
    if kind == "avg":
        text = "padding counts as elements of the window"
        found.append(
            Choice(name="count_include_pad", default="true", choices=TRUTH, help=text, later=True)
        )
    if kind == "avg" and dimensions > 1:
        text = "what the sum is divided by"
        divisor = Integer(name="divisor_override", default=1, help=text)
        found.append(
            OrWord(name="divisor_override", default=DIVISOR, help=text, later=True, other=divisor)
        )
    size = window("size", "1", "", what="map")
    text = "size of the map that is one sample; auto: one window, or a small map where that differs"
    found.append(OrWord(name="size", default=SIZE, help=text, later=True, other=size))
    return tuple(found)


REDUCTIONS = {"max": LARGEST, "avg": AVERAGE, "lp": NORM}
SHARED = "Where windows overlap, their gradients add up."
DIVIDED = "y = sum of the window / n, n its elements unless told otherwise"
OVERRIDE = " divisor_override, if it is given, takes the place of n."
NOTES = {
    "max": (
        f"{SHARED} Of equal elements the first gets the gradient. There is no exact share of zeros"
        " in dx where too many windows overlap to go through all their unions, as in three"
        " dimensions with stride 1."
    ),
    "avg": (
        f"n is the number of the window's elements, which padding counts among unless"
        f" count_include_pad is false. {SHARED}"
    ),
    "lp": (
        f"{SHARED} There are no exact values for means of x beyond four stds, where the integrals"
        " have too few digits, and no exact std of dx where windows overlap, norm_type is above 2"
        " and dy has a mean: that integral has too many dimensions."
    ),
}


def _pooling(kind: str, dimensions: int) -> Pooling:
    reduction = REDUCTIONS[kind]
    divided = kind == "avg"
    return Pooling(
        name=f"{kind}_pool{dimensions}d",
        aliases=(
            f"{kind}pool{dimensions}d",
            *((f"{kind}pool", f"{kind}_pool") if dimensions == 2 else ()),
        ),
        formula=DIVIDED if divided else f"y = {reduction.formula} of the window",
        gradient="dx = dy / n" if divided else reduction.gradient,
        torch=f"torch.nn.functional.{kind}_pool{dimensions}d",
        params=_params(kind, dimensions),
        reduction=reduction,
        # PyTorch's averages and norms over three dimensions go another way, and demand more.
        arrange=sliding_in_maps if dimensions == 3 and kind != "max" else sliding_windows,
        complete=with_size,
        note=NOTES[kind] + (OVERRIDE if divided and dimensions > 1 else ""),
    )


def _adaptive(kind: str, dimensions: int) -> Pooling:
    reduction = REDUCTIONS[kind]
    usual = "x".join(str(USUAL_SIZE[dimensions]) for _ in range(dimensions))
    return Pooling(
        name=f"adaptive_{kind}_pool{dimensions}d",
        aliases=(f"adaptive{kind}pool{dimensions}d", f"global_{kind}_pool{dimensions}d"),
        formula=f"y = {reduction.formula} of the window; output_size 1 is global pooling",
        gradient=reduction.gradient,
        torch=f"torch.nn.functional.adaptive_{kind}_pool{dimensions}d",
        params=(
            Window(
                name="output_size",
                default="1",
                dimensions=dimensions,
                what="output",
                help="windows along each axis, which overlap where it does not divide size",
            ),
            Window(
                name="size",
                default=usual,
                dimensions=dimensions,
                what="map",
                help="size of the map that is one sample",
            ),
        ),
        reduction=reduction,
        arrange=adaptive_windows,
        complete=lambda values: values,
        note=SHARED if kind == "avg" else NOTES[kind],
    )


LAYERS = (
    *(_pooling(kind, d) for kind in ("max", "avg", "lp") for d in (1, 2, 3)),
    *(_adaptive(kind, d) for kind in ("max", "avg") for d in (1, 2, 3)),
)
