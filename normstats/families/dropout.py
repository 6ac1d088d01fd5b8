"""Dropout: each element is dropped with probability p, and the kept ones may be rescaled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, load, splat, store, where
from normstats.layer.arrays import ArrayLayer
from normstats.layer.masks import whole_numbers
from normstats.layer.params import Choice, Params, Real
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array


def dropout(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """c: the probability of a drop, the factor of what is kept."""
    for i in range(0, columns, LANES):
        kept = load(u, i) > c[0]
        store(y, i, where(kept, load(x, i) * c[1], 0.0))
        store(dx, i, where(kept, load(dy, i) * c[1], 0.0))


def dropout_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """Mean and variance over the mask, and for dx over dy as well.

    Of v · r · s with r ~ Bernoulli(q): q·s·E[v] and q·s²·(Var[v] + p·E[v]²).
    """
    p = splat(c[0])
    mean = (1.0 - p) * c[1]
    square = mean * c[1]
    for i in range(0, columns, LANES):
        value = load(x, i)
        store(y, i, value * mean)
        store(y, columns + i, value * value * p * square)
        store(y, 2 * columns + i, where(value == 0.0, 1.0, p))
        store(dx, i, mean * dy[0])
        store(dx, columns + i, square * (p * (dy[0] * dy[0]) + dy[1]))
        store(dx, 2 * columns + i, where(splat(dy[2]) > 0.0, 1.0, p))


def factor(params: Params) -> float:
    """What kept values are multiplied by; q = 1 − p is the probability of being kept."""
    kept: float = 1.0 - params["p"]
    if params["rescale"] == "inverted":
        return 1.0 / kept
    return 1.0 / math.sqrt(kept) if params["rescale"] == "sqrt" else 1.0


def check(params: Params) -> None:
    """Nothing is left to rescale when all is dropped."""
    if params["p"] == 1.0 and params["rescale"] != "none":
        raise UsageError("`p`", params["p"], "must be below 1 unless `rescale` is none")


def kept_or_not(rng: np.random.Generator, shape: Shape) -> Array:
    """A mask for trying things out."""
    return rng.integers(0, 2, shape).astype(np.float64)


def mask_to_uniforms(mask: Any) -> Array:
    """Uniform numbers above every p where the mask is True or 1, which is kept, else below."""
    kept = whole_numbers(mask, 2, "must be 0 or 1, which is kept")
    return np.where(kept == 1.0, 2.0, -1.0)


@dataclass(frozen=True, kw_only=True)
class Dropout(ArrayLayer):
    """y = x · r · s and dx = dy · r · s with r ~ Bernoulli(1 − p)."""

    family: str = "dropout"

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(dropout, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(dropout_expected, ARRAY_KERNEL)

    def shapes(self, params: Params) -> Shapes:
        mask = Extra((), "1 where an element is kept, else 0", kept_or_not)
        return Shapes(extras={"mask": mask})

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return params["p"], factor(params)

    def mask_to_uniforms(self, mask: Any, params: Params) -> Array:
        """True or 1 where an element is kept."""
        return mask_to_uniforms(mask)

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx for a mask of what is kept."""
        kept = np.asarray(mask, float) * factor(params)
        return x * kept, dy * kept

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        p, s = params["p"], factor(params)
        q = 1.0 - p

        def scaled(mean: float, std: float) -> Exact:
            """Of v · r · s: mean q·s·μ, variance q·s²·(σ² + p·μ²)."""
            return Exact(
                mean=q * s * mean,
                std=s * math.sqrt(q * (std * std + p * mean * mean)),
                rms=s * math.sqrt(q) * math.hypot(mean, std),
                zeros=1.0 if mean == 0.0 and std == 0.0 else p,
            )

        return scaled(inputs.x_mean, inputs.x_std), scaled(inputs.dy_mean, inputs.dy_std)


P = Real(name="p", default=0.5, low=0.0, high=1.0, help="probability of being dropped")
RESCALE = Choice(
    name="rescale",
    default="inverted",
    choices=("inverted", "sqrt", "none"),
    help="kept values are divided by q = 1 - p (inverted), by √q (sqrt) or not (none)",
)

LAYERS = (
    Dropout(
        name="dropout",
        formula="y = x · r · s, r = 0 with probability p, else 1",
        gradient="dx = dy · r · s",
        torch="torch.nn.Dropout",
        params=(P, RESCALE),
        note="inverted is what PyTorch does; sqrt gives std 1 in both directions",
        check=check,
    ),
)
