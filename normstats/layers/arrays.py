"""Layers with an array kernel: samples side by side, the elements of one sample in rows.

The engine is imported when a layer is run: a list of layers does without it.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from normstats.errors import UsageError
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES
from normstats.layers.base import Array, Layer, Params
from normstats.result import Inputs
from normstats.sampling.streams import stream_number

if TYPE_CHECKING:
    from normstats.engine.arrays import Shape
    from normstats.engine.job import Job
    from normstats.engine.method import Method


@dataclass(frozen=True, kw_only=True)
class ArrayLayer(Layer):
    """A layer whose kernel maps rows of x, dy and uniform numbers to rows of y and dx.

    One sample has ``element_shape`` elements of x and a single y.
    """

    @abstractmethod
    def kernel_for(self, params: Params) -> Kernel:
        """The array kernel, with what is bound into it."""

    @abstractmethod
    def conditional_kernel_for(self, params: Params) -> Kernel:
        """The array kernel for expectations over dy and the uniform numbers, given x.

        ``dy[0]`` and ``dy[1]`` are E[dy] and Var[dy], ``dy[2]`` is 1 if dy is always 0, else 0;
        y and dx get, for each of their rows, E[v], after all of these Var[v], and then P(v = 0).
        """

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        """What the kernel sees as c."""
        return tuple(params.values())

    def element_shape(self, params: Params) -> tuple[int, ...]:
        """The shape of one sample's x; empty for a scalar."""
        return ()

    def uniforms(self, params: Params) -> int:
        """How many uniform numbers one sample takes."""
        return 0

    def mask_to_uniforms(self, mask: Any, params: Params) -> Array:
        """Uniform numbers under which the kernel acts as the given mask says."""
        raise UsageError("mask", "given", f"{self.name} takes none")

    def shape(self, params: Params) -> Shape:
        """Rows of the work array."""
        from normstats.engine.arrays import Shape

        return Shape(math.prod(self.element_shape(params)), 1, self.uniforms(params))

    def job(self, params: Params, inputs: Inputs, seed: int, samples: int, method: Method) -> Job:
        from normstats.engine.arrayjob import ArrayJob
        from normstats.engine.method import RQMC
        from normstats.sampling.sobol import MOST_COORDINATES

        shape = self.shape(params)
        numbers = shape.x + (0 if method.conditional else shape.dy + shape.uniforms)
        if method.name == RQMC and numbers > MOST_COORDINATES:
            raise UsageError(
                "--method",
                method.name,
                f"does not apply to {self.name} here: {numbers} random numbers a sample are more"
                f" than its {MOST_COORDINATES} coordinates",
            )
        return ArrayJob(
            kernel=(self.conditional_kernel_for if method.conditional else self.kernel_for)(params),
            shape=shape,
            coefficients=self.coefficients_for(params),
            inputs=inputs,
            seed=seed,
            stream=stream_number(self.name, params),
            samples=samples,
            method=method,
        )

    def apply(
        self, x: Array, dy: Array, params: Params, mask: Any = None, weight: Any = None
    ) -> tuple[Array, Array]:
        from normstats.kernels.run import load

        if weight is not None:
            raise UsageError("weight", "given", f"{self.name} takes none")
        element = self.element_shape(params)
        batch = x.shape[: x.ndim - len(element)]
        if x.shape[len(batch) :] != element:
            raise UsageError("x", f"of shape {x.shape}", f"must end in {element}")
        if dy.shape != batch:
            raise UsageError("dy", f"of shape {dy.shape}", f"must have the shape of y, {batch}")
        samples, rows = math.prod(batch), math.prod(element)
        columns = -(-max(samples, 1) // LANES) * LANES

        def padded(values: Array, count: int) -> Array:
            work = np.zeros((count, columns))
            work[:, :samples] = values.reshape(samples, count).T
            return work

        u = np.zeros((1, columns))
        if self.uniforms(params):
            if mask is None:
                raise UsageError("mask", "missing", f"{self.name} is random: give its mask")
            given = self.mask_to_uniforms(mask, params)
            if given.shape != batch:
                raise UsageError("mask", f"of shape {given.shape}", f"must have shape {batch}")
            u = padded(given, 1)
        elif mask is not None:
            self.mask_to_uniforms(mask, params)
        y, dx = np.empty((1, columns)), np.empty((rows, columns))
        c = np.array([*self.coefficients_for(params), 0.0])
        inside = padded(x, rows), padded(dy, 1)
        load(self.kernel_for(params))(*inside, u, y, dx, columns, rows, c)
        # A kernel's comparisons would take a nan for a small number.
        unknown = np.isnan(inside[0]).any(axis=0)
        y[0, unknown] = np.nan
        dx[:, unknown] = np.nan
        return y[0, :samples].reshape(batch), dx[:, :samples].T.reshape(x.shape)
