"""Whitening: a batch of vectors gets the covariance 1, not only the variances.

With the centred batch X (m rows of d features) and Σ = XᵀX/m + eps = VΛVᵀ, ZCA whitening is
Y = X·Σ^(−1/2), the whitened batch that is nearest to X. Its gradient goes through Σ:

    dX = (dY − mean)·Σ^(−1/2) + X·V(K ∘ (G + Gᵀ))Vᵀ/m,   G = Vᵀ XᵀdY V,
    K_ij = −1/(√λᵢ √λⱼ (√λᵢ + √λⱼ)),

where K is the divided difference of λ^(−1/2): equal eigenvalues do no harm. One feature is
batch_norm. Desjardins et al. (Natural neural networks, 2015) and Huang et al. (Decorrelated batch
normalization, 2018) use it in networks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from normstats.errors import UsageError
from normstats.families.whitening_kernel import SQUARES, VECTORS, zca
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Integer, Params, Real
from normstats.layer.shapes import Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array

if TYPE_CHECKING:
    from normstats.engine.job import LayerJob

MOST_FEATURES = 64
MOST_ROWS = 4096


def sweeps_for(features: int) -> int:
    """Sweeps of Jacobi's method after which nothing is left beside the diagonal."""
    doublings: int = (features - 1).bit_length()
    return 4 + doublings


@dataclass(frozen=True, kw_only=True)
class Whitening(ArrayLayer):
    """ZCA whitening; one sample is a whole batch."""

    family: str = "normalisation"

    def shapes(self, params: Params) -> Shapes:
        given = params["batch_size"], params["num_features"]
        return Shapes(given, given)

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(zca, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        raise UsageError(
            "`conditional`",
            "given",
            f"does not apply to {self.name}, whose Jacobian would have to be formed for each batch",
        )

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        features = params["num_features"]
        return params["batch_size"], features, sweeps_for(features)

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return 1.0 / params["batch_size"], params["eps"]

    def scratch_rows(self, params: Params) -> int:
        features: int = params["num_features"]
        return SQUARES * features * features + VECTORS * features

    def job(self, run: Run) -> LayerJob:
        if run.call.params["eps"] == run.inputs.x_std == 0.0:
            raise UsageError("`x_std`", 0, f"must be above 0 for {self.name} with an eps of 0")
        return super().job(run)

    def twin(self, x: Array, dy: Array, params: Params) -> tuple[Array, Array]:
        """y and dx of the batches in the last two axes of x."""
        m = params["batch_size"]
        centred, g = x - x.mean(axis=-2, keepdims=True), dy - dy.mean(axis=-2, keepdims=True)
        across = np.swapaxes(centred, -1, -2)
        eye = params["eps"] * np.eye(params["num_features"])
        values, v = np.linalg.eigh(across @ centred / m + eye)
        root, v_t = np.sqrt(values), np.swapaxes(v, -1, -2)
        inverse = (v / root[..., None, :]) @ v_t
        column, row = root[..., :, None], root[..., None, :]
        inside = v_t @ (across @ g) @ v
        inside = (inside + np.swapaxes(inside, -1, -2)) / (-column * row * (column + row))
        return centred @ inverse, g @ inverse + centred @ (v @ inside @ v_t) / m

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """For eps = 0, by the singular values s of X: Y/√m is the orthogonal factor of X.

        Of a change of X, what is outside its columns' span is divided by s_j, (m − 1 − d) times
        each; what is inside turns the factor, by (A_ij − A_ji)/(s_i + s_j). So

            E|dX|² = m·Var[dy]·E[(m − 1 − d) Σ 1/s_j² + Σ_(i<j) 4/(s_i + s_j)²],

        with E Σ 1/s_j² = d/(m − d − 2) from the inverse Wishart distribution. For d = 2 the second
        is ψ((m − 1)/2) − ψ((m − 2)/2): sin 2φ with tan φ = s₂/s₁ has the density ∝ t^(m − 3).
        """
        m, d = params["batch_size"], params["num_features"]
        if params["eps"] > 0.0 or inputs.x_std == 0.0:
            return Exact(), Exact()
        forward = Exact(mean=0.0, std=1.0, rms=1.0, zeros=0.0)
        if inputs.dy_std == 0.0:
            return forward, Exact(mean=0.0, std=0.0, rms=0.0, zeros=1.0)
        std: float | None = None
        if m == d + 2:
            std = math.inf
        elif d <= 2:
            square = (m - 1 - d) / (m - d - 2) + self._turned(m, d) / d
            std = inputs.dy_std / inputs.x_std * math.sqrt(square)
        std_from = math.inf if m <= d + 4 else 0.0
        return forward, Exact(mean=0.0, std=std, rms=std, zeros=0.0, std_from=std_from)

    def _turned(self, m: int, d: int) -> float:
        from scipy.special import digamma

        return float(digamma((m - 1) / 2) - digamma((m - 2) / 2)) if d == 2 else 0.0

    def notes(self, params: Params, inputs: Inputs) -> tuple[str, ...]:
        m, d = params["batch_size"], params["num_features"]
        if params["eps"] > 0.0 or m > d + 4:
            return ()
        moment = "variance" if m == d + 2 else "fourth moment"
        return (
            f"the {moment} of dx is infinite for {m} rows of {d} features with eps = 0: its std has"
            " no standard error",
        )


def check(params: Params) -> None:
    """A covariance that can be inverted, and whose inverse has a mean."""
    m, d = params["batch_size"], params["num_features"]
    if params["eps"] == 0.0 and m < d + 2:
        allowed = f"must be at least {d + 2}, two more than `num_features`, with an eps of 0"
        raise UsageError("`batch_size`", m, allowed)


LAYERS = (
    Whitening(
        name="zca",
        aliases=("whitening", "zca_whitening", "decorrelated_batch_norm"),
        formula="y = (x − mean)·Σ^(−1/2), Σ = covariance of the batch + eps",
        gradient="dx = (dy − mean)·Σ^(−1/2) + x·(the gradient through Σ)",
        params=(
            Integer(
                name="batch_size", default=32, low=2, high=MOST_ROWS, help="examples in the batch"
            ),
            Integer(name="num_features", default=2, high=MOST_FEATURES, help="features of each"),
            Real(name="eps", default=0.0, low=0.0, help="added to the variances"),
        ),
        note="one sample is a whole batch. There is no exact std of dx for more than 2 features: it"
        " would take the joint distribution of two singular values; and no exact value with an eps"
        " above 0",
        check=check,
    ),
)
