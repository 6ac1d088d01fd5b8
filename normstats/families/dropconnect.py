"""DropConnect: a linear layer whose weights are dropped, each with probability p, for every sample.

Wan et al., Regularization of neural networks using DropConnect (2013).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.families.dropout import RESCALE, P, check, factor, kept_or_not, mask_to_uniforms
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, fma, load, splat, store, where
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Integer, Params
from normstats.layer.shapes import Extra, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array, array

MOST_WEIGHTS = 4096


def dropconnect(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """n: ins, outs. c: the probability of a drop, the factor of what is kept, W row by row.

    After the rows of dx come those of dW.
    """
    ins, outs = n[0], n[1]
    for i in range(0, columns, LANES):
        for k in range(ins):
            store(dx, k * columns + i, splat(0.0))
        for j in range(outs):
            gradient = load(dy, j * columns + i)
            s = splat(0.0)
            for k in range(ins):
                at = j * ins + k
                share = where(load(u, at * columns + i) > c[0], splat(c[1]), 0.0)
                weight = share * c[2 + at]
                value = load(x, k * columns + i)
                s = fma(weight, value, s)
                back = load(dx, k * columns + i)
                store(dx, k * columns + i, fma(weight, gradient, back))
                store(dx, (ins + at) * columns + i, share * gradient * value)
            store(y, j * columns + i, s)


def weights(params: Params) -> Array:
    """±1/√in in a checkerboard: rows of length 1, whose sum is 0 where in is even."""
    outs, ins = params["out_features"], params["in_features"]
    signs = (-1.0) ** np.add.outer(np.arange(outs), np.arange(ins))
    return signs / math.sqrt(ins)


@dataclass(frozen=True, kw_only=True)
class DropConnect(ArrayLayer):
    """y = (W∘R)·x·s and dx = (W∘R)ᵀ·dy·s, with R of independent Bernoulli(1 − p) numbers."""

    family: str = "dropout"

    def shapes(self, params: Params) -> Shapes:
        ins, outs = params["in_features"], params["out_features"]
        weight = Extra((outs, ins), "W", lambda rng, shape: rng.standard_normal(shape), True, True)
        mask = Extra((outs, ins), "1 where a weight is kept, else 0", kept_or_not)
        return Shapes(x=(ins,), y=(outs,), extras={"mask": mask, "weight": weight})

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        return params["in_features"], params["out_features"]

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return params["p"], factor(params), *weights(params).reshape(-1).tolist()

    def coefficients_with(self, params: Params, extras: Mapping[str, Any]) -> tuple[float, ...]:
        given = array("weight", extras.get("weight", weights(params)))
        shape = (params["out_features"], params["in_features"])
        if given.shape != shape:
            raise UsageError("weight", f"of shape {given.shape}", f"must have shape {shape}")
        return params["p"], factor(params), *given.reshape(-1).tolist()

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(dropconnect, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        raise UsageError(
            "`conditional`",
            "given",
            "does not apply to dropconnect: whether a sum is 0 depends on its whole mask at once",
        )

    def mask_to_uniforms(self, mask: Any, params: Params) -> Array:
        """True or 1 where a weight is kept."""
        return mask_to_uniforms(mask)

    def twin(
        self, x: Array, dy: Array, params: Params, mask: Any = None, weight: Any = None
    ) -> tuple[Array, Array, Array]:
        """y, dx and dW of each sample."""
        share = np.asarray(mask, float) * factor(params)
        kept = share * (weights(params) if weight is None else weight)
        return (
            np.einsum("...jk,...k->...j", kept, x),
            np.einsum("...jk,...j->...k", kept, dy),
            share * dy[..., :, None] * x[..., None, :],
        )

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, ...]:
        """For W as it is measured, pooled over the elements.

        y = s·Σ wₖ·rₖ·xₖ has mean q·s·μ·Σwₖ and variance s²·q·(σ² + p·μ²)·Σwₖ².
        """
        p, s = params["p"], factor(params)
        q, w = 1.0 - p, weights(params)

        def side(matrix: Array, mean: float, std: float) -> Exact:
            means = q * s * mean * matrix.sum(axis=1)
            squares = (matrix**2).sum(axis=1)
            each = s * math.sqrt(q * (std * std + p * mean * mean))
            centre = float(means.mean())
            width = math.hypot(each * math.sqrt(float(squares.mean())), float(means.std()))
            zeros = self._zeros(params, matrix[0], mean, std)
            return Exact(mean=centre, std=width, rms=math.hypot(centre, width), zeros=zeros)

        mean = inputs.x_mean * inputs.dy_mean
        rms = math.hypot(inputs.x_mean, inputs.x_std) * math.hypot(inputs.dy_mean, inputs.dy_std)
        variance = max(rms * rms - mean * mean, 0.0)
        std = s * math.sqrt(q * (variance + p * mean * mean))
        weight = Exact(
            mean=q * s * mean,
            std=std,
            rms=math.hypot(q * s * mean, std),
            zeros=1.0 if rms == 0.0 else p,
        )
        return (
            side(w, inputs.x_mean, inputs.x_std),
            side(w.T, inputs.dy_mean, inputs.dy_std),
            weight,
        )

    def _zeros(self, params: Params, row: Array, mean: float, std: float) -> float | None:
        """P(nothing is kept); of inputs without width also P(as many kept of either sign)."""
        p, count = params["p"], len(row)
        if std > 0.0:
            return float(p**count)
        if mean == 0.0:
            return 1.0
        return None


def check_weights(params: Params) -> None:
    """Every weight takes a row for its mask and one for its gradient."""
    check(params)
    ins, outs = params["in_features"], params["out_features"]
    if ins * outs > MOST_WEIGHTS:
        allowed = f"times --out-features {outs} must be at most {MOST_WEIGHTS} weights"
        raise UsageError("`in_features`", ins, allowed)


LAYERS = (
    DropConnect(
        name="dropconnect",
        alone="has a mask for every weight and example: use linear and dropout",
        aliases=("drop_connect",),
        formula="y = (W∘R)·x · s, each of R is 0 with probability p, else 1",
        gradient="dx = (W∘R)ᵀ·dy · s; dW = R∘(dy·xᵀ) · s",
        params=(
            P,
            RESCALE,
            Integer(name="in_features", default=8, high=256, help="elements of x"),
            Integer(name="out_features", default=4, high=256, help="elements of y"),
        ),
        note=(
            "New R for every sample. W is fixed, ±1/√in_features in a checkerboard: any W with rows"
            " of length 1 gives the same std of y for x of mean 0. There is no exact share of zeros"
            " for inputs without width."
        ),
        check=check_weights,
    ),
)
