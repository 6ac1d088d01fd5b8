"""The sum at the end of a residual block, each side with its weight: y = skip·a + branch·b."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.families.several import pooled, refuse_conditional
from normstats.families.vector_exact import of_std
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, fma, load, store
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Params, Real
from normstats.layer.shapes import Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array


def residual(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """c: the two weights."""
    for i in range(0, columns, LANES):
        store(y, i, fma(load(x, i), c[0], load(x, columns + i) * c[1]))
        store(dx, i, load(dy, i) * c[0])
        store(dx, columns + i, load(dy, i) * c[1])


@dataclass(frozen=True, kw_only=True)
class Residual(ArrayLayer):
    """One sample is a number of the skip connection, and one of the branch."""

    family: str = "residual"

    def shapes(self, params: Params) -> Shapes:
        return Shapes(x=(2,), parts={"skip": 1, "branch": 1})

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(residual, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        raise refuse_conditional(self.name)

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx of pairs in the last axis of x."""
        weights = np.array([params["skip"], params["branch"]])
        return x @ weights, dy[..., None] * weights

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        """Sums of independent normals, and multiples of dy."""
        a, b = params["skip"], params["branch"]
        y = of_std((a + b) * inputs.x_mean, math.hypot(a, b) * inputs.x_std)
        parts = [of_std(w * inputs.dy_mean, abs(w) * inputs.dy_std) for w in (a, b)]
        return y, pooled(*parts), *parts


LAYERS = (
    Residual(
        name="residual",
        alone="is written around its branch: residual(linear(512), relu, branch=0.5)",
        aliases=("add", "residual_add"),
        formula="y = skip·a + branch·b, x = (a, b)",
        gradient="da = skip·dy, db = branch·dy",
        params=(
            Real(
                name="skip",
                default=1.0,
                low=-1e20,
                high=1e20,
                help="weight of a, which comes past the block",
            ),
            Real(
                name="branch",
                default=1.0,
                low=-1e20,
                high=1e20,
                help="weight of b, which comes through the block",
            ),
        ),
        note="a and b are independent, as at the start of training.",
    ),
)
