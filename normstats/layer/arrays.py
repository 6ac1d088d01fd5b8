"""Layers with an array kernel: samples side by side, the elements of one sample in rows.

The engine is imported when a layer is run: a list of layers does without it.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from normstats.errors import UsageError
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES
from normstats.layer.base import NOTHING, Layer
from normstats.layer.params import Params
from normstats.layer.shapes import Shape
from normstats.runs.run import Run
from normstats.values import Array

if TYPE_CHECKING:
    from normstats.engine.job import LayerJob

MASK = "mask"


@dataclass(frozen=True, kw_only=True)
class ArrayLayer(Layer):
    """A layer whose kernel maps rows of x, dy and uniform numbers to rows of y and dx.

    Each element of a sample's x and y has a row of its own, in C order, and so has each uniform
    number: a random layer takes one for each element of its mask. After the rows of dx come those
    of the gradients of weights, in the order of ``shapes``, and then scratch rows.

    ``narrow`` layers have samples so large that eight of them fill a cache: they are run eight at a
    time, by plain sampling.
    """

    narrow: bool = False

    @abstractmethod
    def kernel_for(self, params: Params) -> Kernel:
        """The array kernel, with what is bound into it."""

    @abstractmethod
    def conditional_kernel_for(self, params: Params) -> Kernel:
        """The array kernel for expectations over dy and the uniform numbers, given x.

        ``dy[0]`` and ``dy[1]`` are E[dy] and Var[dy], ``dy[2]`` is 1 if dy is always 0, else 0;
        y and dx get, for each of their rows, E[v], after all of these Var[v], and then P(v = 0).
        """

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        """What the kernel sees as n: the elements of x, unless the layer says otherwise."""
        return (self.shapes(params).ins,)

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        """What the kernel sees as c."""
        return tuple(params.values())

    def coefficients_with(self, params: Params, extras: Mapping[str, Any]) -> tuple[float, ...]:
        """The same where weights are given; without them they are what the layer begins with."""
        return self.coefficients_for(params)

    def scratch_rows(self, params: Params) -> int:
        """Rows that the kernel needs to itself."""
        return 0

    def mask_to_uniforms(self, mask: Any, params: Params) -> Array:
        """Uniform numbers under which the kernel acts as the given mask says.

        Raises UsageError for a mask that does not fit, and where the layer takes none.
        """
        raise UsageError(MASK, "given", f"{self.name} takes none")

    def job(self, run: Run) -> LayerJob:
        from normstats.engine.arrayjob import ArrayJob
        from normstats.engine.arrays import Rows
        from normstats.runs.method import RQMC
        from normstats.sampling.sobol import MOST_COORDINATES

        params, method = run.call.params, run.method
        shapes = self.shapes(params)
        if self.narrow:
            method.must_be_plain(self.name, "whose samples are thousands of random numbers")
        mask = shapes.extras.get(MASK)
        rows = Rows(
            x=shapes.ins,
            dy=shapes.outs,
            uniforms=math.prod(mask.shape) if mask is not None else 0,
            parts=tuple(shapes.parts.values()),
            gradients=tuple(map(math.prod, shapes.gradients.values())),
            scratch=self.scratch_rows(params),
            narrow=self.narrow,
        )
        numbers = rows.x + (0 if method.conditional else rows.dy + rows.uniforms)
        if method.name == RQMC and numbers > MOST_COORDINATES:
            raise UsageError(
                "`method`",
                method.name,
                f"does not apply to {self.name} here: {numbers} random numbers a sample are more"
                f" than its {MOST_COORDINATES} coordinates",
            )
        return ArrayJob(
            run=run,
            kernel=(self.conditional_kernel_for if method.conditional else self.kernel_for)(params),
            rows=rows,
            sizes=self.sizes_for(params),
            coefficients=self.coefficients_for(params),
        )

    def apply(
        self,
        x: Array,
        dy: Array,
        params: Params,
        extras: Mapping[str, Any] = NOTHING,
        gradients: bool = True,
    ) -> tuple[Array, ...]:
        from normstats.kernels.run import load

        shapes = self.shapes(params)
        self.refuse_extras(extras, params)
        batch = x.shape[: x.ndim - len(shapes.x)]
        if x.shape[len(batch) :] != shapes.x:
            raise UsageError("x", f"of shape {x.shape}", f"must end in {shapes.x}")
        if dy.shape != (*batch, *shapes.y):
            allowed = f"must have the shape of y, {(*batch, *shapes.y)}"
            raise UsageError("dy", f"of shape {dy.shape}", allowed)
        samples = math.prod(batch)
        columns = -(-max(samples, 1) // LANES) * LANES

        def rows(values: Array, count: int) -> Array:
            work = np.zeros((count, columns))
            work[:, :samples] = values.reshape(samples, count).T
            return work

        u = np.zeros((1, columns))
        if MASK in shapes.extras:
            shape = shapes.extras[MASK].shape
            u = rows(self._uniforms(extras, params, (*batch, *shape)), math.prod(shape))
        found = {"x": shapes.x, **shapes.gradients}
        ends = np.cumsum([math.prod(shape) for shape in found.values()]).tolist()
        y = np.empty((shapes.outs, columns))
        dx = np.empty((ends[-1] + self.scratch_rows(params), columns))
        n = np.array([*self.sizes_for(params), 0], np.intp)
        c = np.array([*self.coefficients_with(params, extras), 0.0])
        inside = rows(x, shapes.ins), rows(dy, shapes.outs)
        load(self.kernel_for(params))(*inside, u, y, dx, columns, n, c)
        # A kernel's comparisons would take a nan for a small number.
        unknown = np.isnan(inside[0]).any(axis=0)
        y[:, unknown] = np.nan
        dx[:, unknown] = np.nan
        found = found if gradients else {"x": shapes.x}
        parts = (
            dx[end - math.prod(shape) : end, :samples].T.reshape((*batch, *shape))
            for end, shape in zip(ends, found.values(), strict=False)
        )
        return y[:, :samples].T.reshape(dy.shape), *parts

    def _uniforms(self, extras: Mapping[str, Any], params: Params, shape: Shape) -> Array:
        if MASK not in extras:
            raise UsageError(MASK, "missing", f"{self.name} is random: give its mask")
        found = self.mask_to_uniforms(extras[MASK], params)
        if found.shape != shape:
            raise UsageError(MASK, f"of shape {found.shape}", f"must have shape {shape}")
        return found
