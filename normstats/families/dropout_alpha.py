"""Alpha dropout: what is dropped becomes selu's lowest value, and mean 0 and std 1 are kept.

Klambauer et al., Self-normalizing neural networks (2017).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.families.dropout import kept_or_not, mask_to_uniforms
from normstats.families.dropout_features import across, channel
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, load, splat, store, where
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Params, Real
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

# Minus the lowest value of selu, scale · alpha.
LOWEST = 1.7580993408473766


def alpha_dropout(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """All n[0] elements by the first uniform number. c: p, a, b, and y where dropped."""
    for i in range(0, columns, LANES):
        kept = load(u, i) > c[0]
        for at in range(i, n[0] * columns, columns):
            store(y, at, where(kept, load(x, at) * c[1] + c[2], c[3]))
            store(dx, at, where(kept, load(dy, at) * c[1], 0.0))


def alpha_dropout_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """y is one of two values; dx has the moments of a Bernoulli number times dy."""
    rows = n[0] * columns
    p = splat(c[0])
    q = 1.0 - p
    low = splat(c[3])
    mean = q * c[1]
    square = mean * c[1]
    for at in range(0, rows, LANES):
        value = load(x, at) * c[1] + c[2]
        apart = value - low
        store(y, at, q * apart + low)
        store(y, rows + at, p * q * apart * apart)
        zero = where(value == 0.0, q, 0.0) + where(low == 0.0, p, 0.0)
        store(y, 2 * rows + at, zero)
        store(dx, at, mean * dy[0])
        store(dx, rows + at, square * (p * (dy[0] * dy[0]) + dy[1]))
        store(dx, 2 * rows + at, where(splat(dy[2]) > 0.0, 1.0, p))


def numbers(params: Params) -> tuple[float, float, float, float]:
    """p, then a and b of y = a·(x or −LOWEST) + b, then y where x is dropped; as in PyTorch.

    With q = 1 − p, a = 1/√(q·(1 + LOWEST²·p)) and b = a·p·LOWEST.
    """
    p: float = params["p"]
    a = 1.0 / math.sqrt((LOWEST**2 * p + 1.0) * (1.0 - p))
    b = LOWEST * a * p
    return p, a, b, b - LOWEST * a


@dataclass(frozen=True, kw_only=True)
class AlphaDropout(ArrayLayer):
    """``sample`` is the shape of the elements that are kept or dropped together."""

    family: str = "dropout"
    sample: Callable[[Params], Shape]

    def shapes(self, params: Params) -> Shapes:
        shape = self.sample(params)
        mask = Extra((), "1 where a sample is kept, else 0", kept_or_not)
        return Shapes(x=shape, y=shape, extras={"mask": mask})

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return numbers(params)

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(alpha_dropout, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(alpha_dropout_expected, ARRAY_KERNEL)

    def mask_to_uniforms(self, mask: Any, params: Params) -> Array:
        """True or 1 where a sample is kept."""
        return mask_to_uniforms(mask)

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx for a mask of the samples that are kept."""
        _, a, b, _ = numbers(params)
        kept = across(np.asarray(mask, float), x)
        return a * np.where(kept > 0.0, x, -LOWEST) + b, dy * kept * a

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """y is a·x + b with probability q, else one value; dx is a·dy, else 0."""
        p, a, b, low = numbers(params)
        q = 1.0 - p

        def mixed(mean: float, std: float, other: float) -> Exact:
            centre = q * mean + p * other
            width = math.hypot(math.sqrt(q) * std, math.sqrt(p * q) * (mean - other))
            zeros = (q if std == 0.0 and mean == 0.0 else 0.0) + (p if other == 0.0 else 0.0)
            return Exact(mean=centre, std=width, rms=math.hypot(centre, width), zeros=zeros)

        return (
            mixed(a * inputs.x_mean + b, a * inputs.x_std, low),
            mixed(a * inputs.dy_mean, a * inputs.dy_std, 0.0),
        )


P = Real(name="p", default=0.5, low=0.0, high=1.0, below=True, help="probability of a drop")
NOTE = "a and b keep mean 0 and std 1 of x, which selu leaves as they are."

LAYERS = (
    AlphaDropout(
        name="alpha_dropout",
        formula="y = a·x + b, with −1.758… in place of x with probability p",
        gradient="dx = a·dy where x is kept, else 0",
        torch="torch.nn.AlphaDropout",
        params=(P,),
        note=NOTE,
        sample=lambda params: (),
    ),
    AlphaDropout(
        name="feature_alpha_dropout",
        formula="y = a·x + b, with −1.758… in place of a whole channel with probability p",
        gradient="dx = a·dy where the channel is kept, else 0",
        torch="torch.nn.FeatureAlphaDropout",
        params=(P, channel(2)),
        note=f"{NOTE} Errors rest on channels, which are dropped whole.",
        sample=lambda params: params["size"],
    ),
)
