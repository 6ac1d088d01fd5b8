"""A layer of many y's, with a weight whose gradient is measured, and scratch: made for tests.

One sample is x of shape (2, 3). y (3,) is the product over the two rows, times the weight w (3,):
yⱼ = wⱼ x₀ⱼ x₁ⱼ, dx₀ⱼ = dyⱼ wⱼ x₁ⱼ, dx₁ⱼ = dyⱼ wⱼ x₀ⱼ, dwⱼ = dyⱼ x₀ⱼ x₁ⱼ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, load, store
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Params
from normstats.layer.shapes import Extra, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

WEIGHT = (0.5, -1.0, 2.0)


def products(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """The rows of dw follow those of dx; the last row, scratch, holds the product."""
    half = n[0]
    scratch = 3 * half * columns
    for i in range(0, columns, LANES):
        for j in range(half):
            first, second = load(x, j * columns + i), load(x, (half + j) * columns + i)
            gradient = load(dy, j * columns + i)
            store(dx, scratch + i, first * second)
            store(y, j * columns + i, load(dx, scratch + i) * c[j])
            store(dx, j * columns + i, gradient * second * c[j])
            store(dx, (half + j) * columns + i, gradient * first * c[j])
            store(dx, (2 * half + j) * columns + i, gradient * load(dx, scratch + i))


@dataclass(frozen=True, kw_only=True)
class Products(ArrayLayer):
    family: str = "tests"

    def shapes(self, params: Params) -> Shapes:
        def normals(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
            return rng.standard_normal(shape)

        return Shapes((2, 3), (3,), {"weight": Extra((3,), "w", normals, True, True)})

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        return (3,)

    def scratch_rows(self, params: Params) -> int:
        return 1

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return WEIGHT

    def coefficients_with(self, params: Params, extras: Mapping[str, Any]) -> tuple[float, ...]:
        return tuple(extras.get("weight", WEIGHT))

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(products, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        raise AssertionError("not asked for")

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        square = sum(w * w for w in WEIGHT) / 3.0
        moment = inputs.x_mean**2 + inputs.x_std**2
        gradient = inputs.dy_mean**2 + inputs.dy_std**2
        rms = (
            (square * moment**2) ** 0.5,
            (square * moment * gradient) ** 0.5,
            (moment**2 * gradient) ** 0.5,
        )
        means = (
            sum(WEIGHT) / 3.0 * inputs.x_mean**2,
            sum(WEIGHT) / 3.0 * inputs.x_mean * inputs.dy_mean,
            inputs.x_mean**2 * inputs.dy_mean,
        )
        return tuple(
            Exact(mean=m, std=(r * r - m * m) ** 0.5, rms=r, zeros=0.0)
            for m, r in zip(means, rms, strict=True)
        )


LAYER = Products(name="products", formula="y = w·x₀·x₁", gradient="dx = …")
