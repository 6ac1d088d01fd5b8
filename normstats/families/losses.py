"""Losses: cross entropy and the mean squared error, and the gradient that starts back-propagation.

That gradient, dy, is 1 unless it is said otherwise: so layers here begin with dy of mean 1, std 0.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.families import loss_kernels
from normstats.families.vector_exact import UNKNOWN, exact, gradient, unknown
from normstats.families.vectors import MOST_FEATURES, WIDE, features
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.layer.arrays import ArrayLayer
from normstats.layer.masks import whole_numbers
from normstats.layer.params import Choice, Integer, Params
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.reference.softmax import softmax as moments
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

MOST_NUMBERS = 2**20
STARTING = Inputs(dy_mean=1.0, dy_std=0.0)
REDUCTION = Choice(
    name="reduction",
    default="mean",
    choices=("mean", "sum", "none"),
    help="mean or sum of all losses of a sample, or none: each by itself",
)


@dataclass(frozen=True, kw_only=True)
class Loss(ArrayLayer):
    """``terms`` single losses, each with its own dy or reduced to one number."""

    family: str = "loss"
    inputs: Inputs = STARTING

    @abstractmethod
    def terms(self, params: Params) -> int:
        """How many losses are summed up, or averaged."""

    def outputs(self, params: Params) -> Shape:
        """The shape of y."""
        return (self.terms(params),) if params["reduction"] == "none" else ()

    def weight(self, params: Params) -> float:
        """What each loss is multiplied by."""
        return 1.0 / self.terms(params) if params["reduction"] == "mean" else 1.0

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return (self.weight(params),)

    def reduced(self, losses: Array, params: Params) -> Array:
        """y from the losses in the last axis."""
        if params["reduction"] == "none":
            return losses
        total: Array = losses.sum(axis=-1) * self.weight(params)
        return total

    def spread(self, dy: Array, params: Params) -> Array:
        """What comes to each loss, with an axis of the losses at the end."""
        return dy if params["reduction"] == "none" else dy[..., None] * self.weight(params)

    def forward(self, mean: float, variance: float, params: Params) -> Exact:
        """Of y, from the mean and variance of independent losses."""
        count = 1 if params["reduction"] == "none" else self.terms(params)
        weight = self.weight(params)
        return exact(count * weight * mean, count * weight * weight * variance)


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Loss):
    """One sample is a batch of rows of logits, each with a class that is drawn uniformly."""

    def terms(self, params: Params) -> int:
        rows: int = params["batch_size"]
        return rows

    def shapes(self, params: Params) -> Shapes:
        rows, classes = params["batch_size"], params["features"]

        def some(rng: np.random.Generator, shape: Shape) -> Array:
            return rng.integers(0, classes, shape).astype(np.float64)

        target = Extra((rows,), f"the class of each row, 0 to {classes - 1}", some)
        return Shapes((rows, classes), self.outputs(params), {"mask": target})

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        return params["features"], params["batch_size"], int(params["reduction"] == "none")

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(loss_kernels.cross_entropy, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(loss_kernels.cross_entropy_expected, ARRAY_KERNEL)

    def mask_to_uniforms(self, mask: Any, params: Params) -> Array:
        """The middle of the interval that stands for the class."""
        classes = params["features"]
        allowed = f"must be classes from 0 to {classes - 1}"
        target = whole_numbers(mask, classes, allowed)
        middle: Array = (target + 0.5) / classes
        return middle

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx of batches (rows, classes) in the last axes of x, for these classes."""
        at = np.asarray(mask, int)[..., None]
        top = x.argmax(axis=-1)[..., None]
        largest = np.take_along_axis(x, top, axis=-1)
        powers = np.exp(np.maximum(x - largest, -708.0))
        total = powers.sum(axis=-1, keepdims=True)
        others = powers.copy()
        np.put_along_axis(others, top, 0.0, axis=-1)
        log = np.log1p(others.sum(axis=-1, keepdims=True))
        losses = (largest - np.take_along_axis(x, at, axis=-1)) + log
        # y − 1 at the class itself, from the others' y: it may be far below 1.
        others = powers.copy()
        np.put_along_axis(others, at, 0.0, axis=-1)
        np.put_along_axis(powers, at, -others.sum(axis=-1, keepdims=True), axis=-1)
        dx = powers / total * self.spread(dy, params)[..., None]
        return self.reduced(losses[..., 0], params), dx

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """A loss is −log_softmax at the class: E L, and v(1 − 2/n) + Var L.

        dxⱼ = w·dy(yⱼ − 1ⱼ): E dx = 0 and n E dx² = w² E dy² (E Q − 2/n + 1).
        """
        n = params["features"]
        found = moments(n, inputs.x_std)
        if found is None:
            return UNKNOWN, unknown(0.0, inputs)
        variance = inputs.x_std**2 * (1.0 - 2.0 / n) + found.log_variance
        square = (inputs.dy_mean**2 + inputs.dy_std**2) * self.weight(params) ** 2
        backward = square * (found.square - 2.0 / n + 1.0) / n
        return (
            self.forward(found.log_mean, variance, params),
            gradient(0.0, backward, inputs),
        )


@dataclass(frozen=True, kw_only=True)
class SquaredError(Loss):
    """One sample is a vector and its target, both random."""

    def terms(self, params: Params) -> int:
        size: int = params["features"]
        return size

    def shapes(self, params: Params) -> Shapes:
        return Shapes((2, params["features"]), self.outputs(params))

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        return params["features"], int(params["reduction"] == "none")

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(loss_kernels.squared_error, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(loss_kernels.squared_error_expected, ARRAY_KERNEL)

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx of pairs (input, target) in the last axes of x."""
        off = x[..., 0, :] - x[..., 1, :]
        dx = 2.0 * off * self.spread(dy, params)
        return self.reduced(off * off, params), np.stack([dx, -dx], axis=-2)

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """input − target ~ N(0, 2v), whatever the mean: its square has mean 2v, variance 8v²."""
        v = inputs.x_std**2
        square = (inputs.dy_mean**2 + inputs.dy_std**2) * self.weight(params) ** 2
        return (
            self.forward(2.0 * v, 8.0 * v * v, params),
            gradient(0.0, 8.0 * v * square, inputs),
        )


def check(params: Params) -> None:
    """A batch must fit into the cache, more or less."""
    rows, classes = params["batch_size"], params["features"]
    if rows * classes > MOST_NUMBERS:
        allowed = f"times `features` {classes} must be at most {MOST_NUMBERS} numbers"
        raise UsageError("`batch_size`", rows, allowed)


LAYERS = (
    CrossEntropy(
        name="cross_entropy",
        alone="is a loss: a chain begins backward with dy at its end; leave the loss out",
        aliases=("crossentropy", "softmax_cross_entropy"),
        formula="y = mean of log Σ e^xⱼ − x at the class, over the rows of a batch",
        gradient="dx = dy·(softmax(x) − 1 at the class)/rows",
        torch="torch.nn.functional.cross_entropy",
        params=(
            features("classes: logits in a row"),
            Integer(name="batch_size", default=8, high=MOST_FEATURES, help="rows in a sample"),
            REDUCTION,
        ),
        note=f"classes are drawn uniformly; dy is 1 unless it is said otherwise; {WIDE}",
        check=check,
    ),
    SquaredError(
        name="mse_loss",
        alone="is a loss: a chain begins backward with dy at its end; leave the loss out",
        aliases=("mse",),
        formula="y = mean of (a − b)², x = (a, b): input and target",
        gradient="da = 2·dy·(a − b)/features, db = −da",
        torch="torch.nn.functional.mse_loss",
        params=(
            Integer(
                name="features",
                default=10,
                high=MOST_FEATURES,
                help="elements of the input, and of the target",
            ),
            REDUCTION,
        ),
        note="the target is random, too; dy is 1 unless it is said otherwise",
    ),
)
