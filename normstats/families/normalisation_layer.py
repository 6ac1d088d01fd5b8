"""What the layers of normalisation share: sets of elements that are normalised together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from normstats.errors import UsageError
from normstats.families.normalisation_exact import SEEN, Sets, evaluated, trained
from normstats.families.normalisation_expected import expected, fixed_expected
from normstats.families.normalisation_kernels import centred, fixed, uncentred
from normstats.families.normalisation_large import KEPT, LARGE, centred_large, uncentred_large
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Params
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array, array

if TYPE_CHECKING:
    from normstats.engine.job import LayerJob


@dataclass(frozen=True, kw_only=True)
class Normalisation(ArrayLayer):
    """Elements are normalised in the sets that ``sets`` tells; x has the shape ``shape``.

    ``names`` are those of the gradients: of the weight, and of the bias if there is one. ``set_of``
    is what a set is called in notes.
    """

    family: str = "normalisation"
    sets: Callable[[Params], Sets]
    shape: Callable[[Params], Shape]
    weight_shape: Callable[[Params], Shape]
    names: tuple[str, ...] = ("weight", "bias")
    set_of: str = "sets"

    def shapes(self, params: Params) -> Shapes:
        def normals(rng: np.random.Generator, shape: Shape) -> Array:
            return rng.standard_normal(shape)

        own, given = self.weight_shape(params), self.shape(params)
        words = ("the factor of each channel", "what is added to each channel")
        extras = {
            name: Extra(own, text, normals, shared=True, gradient=True)
            for name, text in zip(self.names, words, strict=False)
        }
        return Shapes(given, given, extras)

    def fixed(self, params: Params) -> bool:
        """Whether the statistics are given."""
        return params.get("mode") == "eval"

    def is_gradient(self, params: Params) -> bool:
        return self.fixed(params) or self.sets(params).through

    def kernel_for(self, params: Params) -> Kernel:
        if self.fixed(params):
            return Kernel(fixed, ARRAY_KERNEL)
        if self._large(params):
            large = centred_large if self.sets(params).centred else uncentred_large
            return Kernel(large, ARRAY_KERNEL)
        return Kernel(centred if self.sets(params).centred else uncentred, ARRAY_KERNEL)

    def _large(self, params: Params) -> bool:
        return not self.fixed(params) and math.prod(self.shape(params)) >= LARGE

    def scratch_rows(self, params: Params) -> int:
        return KEPT if self._large(params) else 0

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(fixed_expected if self.fixed(params) else expected, ARRAY_KERNEL)

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        sets = self.sets(params)
        sizes = sets.batch, sets.groups, sets.channels, sets.positions
        return (*sizes, int(sets.centred))

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return self.coefficients_with(params, {})

    def coefficients_with(self, params: Params, extras: Mapping[str, Any]) -> tuple[float, ...]:
        sets = self.sets(params)
        head = sets.part, sets.eps, float(sets.through)
        if self.fixed(params):
            head = params["running_mean"], 1.0 / math.sqrt(params["running_var"] + sets.eps), 0.0
        return (*head, *self._each("weight", params, extras), *self._each("bias", params, extras))

    def _each(self, role: str, params: Params, extras: Mapping[str, Any]) -> list[float]:
        """The weight or the bias of each channel of each group."""
        sets, shape = self.sets(params), self.weight_shape(params)
        start = sets.weight if role == "weight" else sets.bias
        name = self.names[0] if role == "weight" else role
        given = array(name, extras[name]) if name in extras else np.full(shape, start)
        if given.shape != shape:
            raise UsageError(name, f"of shape {given.shape}", f"must have shape {shape}")
        return given.ravel().tolist()

    def _divides_by_zero(self, params: Params, inputs: Inputs) -> bool:
        sets = self.sets(params)
        if self.fixed(params) or sets.eps > 0.0 or inputs.x_std > 0.0:
            return False
        return sets.centred or inputs.x_mean == 0.0

    def job(self, run: Run) -> LayerJob:
        if self._divides_by_zero(run.call.params, run.inputs):
            raise UsageError("`x_std`", 0, f"must be above 0 for {self.name} with an eps of 0")
        return super().job(run)

    def twin(self, x: Array, dy: Array, params: Params, **extras: Array) -> tuple[Array, ...]:
        """y, dx and the gradients of the weights, sample by sample along the first axis."""
        sets = self.sets(params)
        sizes = sets.batch, sets.groups, sets.channels, sets.positions
        v, g = x.reshape(-1, *sizes), dy.reshape(-1, *sizes)
        of_channel = (1, 1, sets.groups, sets.channels, 1)
        w = np.reshape(self._each("weight", params, extras), of_channel)
        b = np.reshape(self._each("bias", params, extras), of_channel)

        def mean(values: Array) -> Array:
            result: Array = values.mean(axis=(3, 4), keepdims=True)
            return result

        def taken(values: Array) -> Array:
            return values - mean(values) if sets.centred else values

        if self.fixed(params):
            r = 1.0 / np.sqrt(params["running_var"] + sets.eps)
            unit = (v - params["running_mean"]) * r
            dx = g * w * r
        else:
            d = taken(v)
            r = 1.0 / np.sqrt(mean(d**2) * (sets.part * sets.size) + sets.eps)
            unit, h = d * r, g * w
            dx = r * h
            if sets.through:
                dx = r * (taken(h) - unit * mean(h * unit) * (sets.part * sets.size))
        shape = len(v), *self.weight_shape(params)
        to_weight = (g * unit).sum(axis=(1, 4)).reshape(shape)
        result = (unit * w + b).reshape(x.shape), dx.reshape(x.shape), to_weight
        if len(self.names) == 1:
            return result
        return (*result, g.sum(axis=(1, 4)).reshape(shape))

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        sets = self.sets(params)
        if self.fixed(params):
            return evaluated(sets, params["running_mean"], params["running_var"], inputs)
        if self._divides_by_zero(params, inputs):
            return (Exact(),) * (2 + len(self.names))
        return trained(sets, inputs)

    def notes(self, params: Params, inputs: Inputs) -> tuple[str, ...]:
        if self.fixed(params):
            return ()
        sets, dx = self.sets(params), self.exact(params, inputs)[1]
        which = f"{self.set_of} of {sets.size}"
        also = ", nor has its mean" if dx.mean_from else ""
        if dx.std is not None and math.isinf(dx.std):
            return (
                f"the variance of dx is infinite for {which} with eps = 0: its std grows with the"
                f" number of samples, and has no standard error{also}",
            )
        if math.isinf(dx.std_from):
            return (
                f"the fourth moment of dx is infinite for {which} with eps = 0: its std has no"
                f" standard error{also}",
            )
        if dx.std_from:
            samples = dx.std_from / (sets.batch * sets.groups * sets.size)
            moment = "variance" if sets.freedom <= 2 else "fourth moment"
            return (
                f"but for eps the {moment} of dx would be infinite for {which}: it rests on those"
                f" few whose variance is below eps. It takes some {samples:.1e} samples to see"
                f" {SEEN} of them; with fewer, its std has no standard error{also}",
            )
        return ()
