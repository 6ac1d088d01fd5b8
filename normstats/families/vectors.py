"""Functions of a vector: softmax and its kin, and the maximum. One sample is a vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.families import vector_exact, vector_kernels
from normstats.families.pooling_single import max_exact, max_pool, max_pool_expected, max_twin
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Integer, Params
from normstats.layer.shapes import Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

MOST_FEATURES = 65536
WIDE = "no exact values for an x-std above 32: the integrals would take seconds"


def features(words: str, default: int = 10) -> Integer:
    """The number of elements; of one alone there is nothing to choose."""
    return Integer(name="features", default=default, low=2, high=MOST_FEATURES, help=words)


def _powers(x: Array) -> Array:
    """e^(x − max); never 0, as in the kernel."""
    powers: Array = np.exp(np.maximum(x - x.max(axis=-1, keepdims=True), -708.0))
    return powers


def _shares(x: Array) -> Array:
    powers = _powers(x)
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _log(x: Array) -> Array:
    """log Σ e^x less the largest x, which is a 1 in the sum."""
    powers = _powers(x)
    np.put_along_axis(powers, x.argmax(axis=-1)[..., None], 0.0, axis=-1)
    log: Array = np.log1p(powers.sum(axis=-1, keepdims=True))
    return log


def softmax_twin(x: Array, dy: Array) -> tuple[Array, Array]:
    y = _shares(x)
    # The gradient at the largest x is taken off: for that element the rest is all there is.
    off = dy - np.take_along_axis(dy, x.argmax(axis=-1)[..., None], axis=-1)
    return y, y * (off - (y * off).sum(axis=-1, keepdims=True))


def softmin_twin(x: Array, dy: Array) -> tuple[Array, Array]:
    y, dx = softmax_twin(-x, dy)
    return y, -dx


def log_softmax_twin(x: Array, dy: Array) -> tuple[Array, Array]:
    y = (x - x.max(axis=-1, keepdims=True)) - _log(x)
    return y, dy - _shares(x) * dy.sum(axis=-1, keepdims=True)


def logsumexp_twin(x: Array, dy: Array) -> tuple[Array, Array]:
    y = x.max(axis=-1) + _log(x)[..., 0]
    return y, dy[..., None] * _shares(x)


@dataclass(frozen=True, kw_only=True)
class Vector(ArrayLayer):
    """A function of vectors to vectors, or (``scalar``) to single numbers.

    ``sign`` is what x is multiplied by first. ``vector_twin`` takes x and dy with vectors in the
    last axis; ``vector_exact`` takes the number of elements.
    """

    family: str = "vector"
    scalar: bool = False
    sign: float = 1.0
    kernel: Callable[..., None]
    expected_kernel: Callable[..., None]
    vector_twin: Callable[[Array, Array], tuple[Array, Array]]
    vector_exact: Callable[[int, Inputs], tuple[Exact, Exact]]

    def shapes(self, params: Params) -> Shapes:
        vector = (params["features"],)
        return Shapes(x=vector, y=() if self.scalar else vector)

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return (self.sign,)

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(self.kernel, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(self.expected_kernel, ARRAY_KERNEL)

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx of vectors in the last axis of x."""
        return self.vector_twin(x, dy)

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        return self.vector_exact(params["features"], inputs)


OPTIONS = (features("elements of x: the options"),)

LAYERS = (
    Vector(
        name="softmax",
        formula="yᵢ = e^xᵢ / Σ e^xⱼ",
        gradient="dxᵢ = yᵢ(dyᵢ − Σ yⱼ dyⱼ)",
        torch="torch.nn.functional.softmax",
        params=OPTIONS,
        note=WIDE,
        kernel=vector_kernels.softmax,
        expected_kernel=vector_kernels.softmax_expected,
        vector_twin=softmax_twin,
        vector_exact=vector_exact.softmax,
    ),
    Vector(
        name="softmin",
        formula="yᵢ = e^−xᵢ / Σ e^−xⱼ",
        gradient="dxᵢ = −yᵢ(dyᵢ − Σ yⱼ dyⱼ)",
        torch="torch.nn.functional.softmin",
        params=OPTIONS,
        note=WIDE,
        sign=-1.0,
        kernel=vector_kernels.softmax,
        expected_kernel=vector_kernels.softmax_expected,
        vector_twin=softmin_twin,
        vector_exact=vector_exact.softmax,
    ),
    Vector(
        name="log_softmax",
        aliases=("logsoftmax",),
        formula="yᵢ = xᵢ − log Σ e^xⱼ",
        gradient="dxᵢ = dyᵢ − e^yᵢ Σ dyⱼ",
        torch="torch.nn.functional.log_softmax",
        params=OPTIONS,
        note=WIDE,
        kernel=vector_kernels.log_softmax,
        expected_kernel=vector_kernels.log_softmax_expected,
        vector_twin=log_softmax_twin,
        vector_exact=vector_exact.log_softmax,
    ),
    Vector(
        name="logsumexp",
        formula="y = log Σ e^xⱼ",
        gradient="dxᵢ = dy·e^(xᵢ − y)",
        torch="torch.logsumexp",
        params=OPTIONS,
        note=WIDE,
        scalar=True,
        kernel=vector_kernels.logsumexp,
        expected_kernel=vector_kernels.logsumexp_expected,
        vector_twin=logsumexp_twin,
        vector_exact=vector_exact.logsumexp,
    ),
    Vector(
        name="maxout",
        formula="y = max xⱼ",
        gradient="dxᵢ = dy where xᵢ is the largest, else 0",
        params=(features("pieces, of which the largest is taken"),),
        note="One unit of Goodfellow et al. (2013); PyTorch has none. The pieces are independent.",
        scalar=True,
        kernel=max_pool,
        expected_kernel=max_pool_expected,
        vector_twin=max_twin,
        vector_exact=max_exact,
    ),
)
