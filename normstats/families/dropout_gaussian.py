"""Gaussian dropout: each element is multiplied by a normal number of mean 1 and variance p/(1 − p).

Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting (2014), 10.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, fma, load, splat, store, where
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Params, Real
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.sampling.inverse import normal_quantile
from normstats.values import Array, array

GIVEN = 2.0**400  # a power of 2, by which a factor is multiplied without rounding


def gaussian_dropout(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """The factor 1 + c[0]·z with Φ(z) = u. A u of 0, or beyond ±1, is GIVEN times the factor."""
    for i in range(0, columns, LANES):
        uniform = load(u, i)
        drawn = (uniform > 0.0) & (uniform < 1.0)
        z = normal_quantile(where(drawn, uniform, 0.5))
        factor = where(drawn, fma(z, c[0], 1.0), uniform * (1.0 / GIVEN))
        store(y, i, load(x, i) * factor)
        store(dx, i, load(dy, i) * factor)


def gaussian_dropout_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """The factor has mean 1 and variance c[0]²."""
    variance = splat(c[0] * c[0])
    for i in range(0, columns, LANES):
        value = load(x, i)
        store(y, i, value)
        store(y, columns + i, value * value * variance)
        store(y, 2 * columns + i, where(value == 0.0, 1.0, 0.0))
        store(dx, i, splat(dy[0]))
        store(dx, columns + i, variance * (dy[0] * dy[0] + dy[1]) + dy[1])
        store(dx, 2 * columns + i, splat(dy[2]))


def spread(params: Params) -> float:
    """The factor's std."""
    return math.sqrt(params["p"] / (1.0 - params["p"]))


@dataclass(frozen=True, kw_only=True)
class GaussianDropout(ArrayLayer):
    """y = x·r and dx = dy·r with r ~ N(1, p/(1 − p)). Its mask holds the factors r."""

    family: str = "dropout"

    def shapes(self, params: Params) -> Shapes:
        def factors(rng: np.random.Generator, shape: Shape) -> Array:
            return 1.0 + spread(params) * rng.standard_normal(shape)

        mask = Extra((), "the factor of each element", factors)
        return Shapes(extras={"mask": mask})

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return (spread(params),)

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(gaussian_dropout, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(gaussian_dropout_expected, ARRAY_KERNEL)

    def mask_to_uniforms(self, mask: Any, params: Params) -> Array:
        """The factors themselves, moved to where no uniform number is: nothing is rounded."""
        factors = array("mask", mask)
        size = np.abs(factors)
        fitting = (size == 0.0) | ((size >= 1.0 / GIVEN) & (size < GIVEN))
        if not fitting.all():
            allowed = f"must be 0 or a factor from {1.0 / GIVEN:.0e} to {GIVEN:.0e}, or minus that"
            raise UsageError("mask", f"{factors[~fitting].flat[0]:g}", allowed)
        return factors * GIVEN

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx for given factors."""
        return x * mask, dy * mask

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """Of v·r: mean μ, mean square (σ² + μ²)/(1 − p)."""
        std = spread(params)

        def scaled(mean: float, width: float) -> Exact:
            wider = math.hypot(width, std * math.hypot(mean, width))
            zeros = 1.0 if mean == 0.0 and width == 0.0 else 0.0
            return Exact(mean=mean, std=wider, rms=math.hypot(mean, wider), zeros=zeros)

        return scaled(inputs.x_mean, inputs.x_std), scaled(inputs.dy_mean, inputs.dy_std)


LAYERS = (
    GaussianDropout(
        name="gaussian_dropout",
        formula="y = x · r, r ~ N(1, p/(1 − p))",
        gradient="dx = dy · r",
        params=(
            Real(
                name="p",
                default=0.5,
                low=0.0,
                high=1.0,
                below=True,
                help="probability of a drop in the dropout of the same mean and variance",
            ),
        ),
        note="Mean and std are those of dropout with --rescale inverted; nothing is ever 0.",
    ),
)
