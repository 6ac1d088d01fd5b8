"""rrelu, the one random activation: leaky_relu whose negative slope is drawn anew each time.

At 0 the derivative is PyTorch's: the drawn slope.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.families.activations import LEAKY_RELU
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, fma, load, splat, store, where
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Params, Real
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.reference.normal import cumulative
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array, array


def rrelu(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """c: the smallest slope, the width of the slopes' interval."""
    for i in range(0, columns, LANES):
        value = load(x, i)
        slope = where(value > 0.0, 1.0, fma(load(u, i), c[1], c[0]))
        store(y, i, value * slope)
        store(dx, i, load(dy, i) * slope)


def rrelu_expected(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """Mean and variance over the slope (c: also its mean and variance), and for dx over dy.

    The variance of a product of independent factors is that of each times the mean square of the
    other, the product of both variances counted once.
    """
    for i in range(0, columns, LANES):
        value = load(x, i)
        mean = where(value > 0.0, 1.0, splat(c[2]))
        variance = where(value > 0.0, 0.0, splat(c[3]))
        flat = where((mean == 0.0) & (variance == 0.0), 1.0, 0.0)
        store(y, i, value * mean)
        store(y, columns + i, value * value * variance)
        store(y, 2 * columns + i, where(value == 0.0, 1.0, flat))
        store(dx, i, mean * dy[0])
        store(dx, columns + i, mean * mean * dy[1] + variance * (dy[0] * dy[0] + dy[1]))
        store(dx, 2 * columns + i, where(splat(dy[2]) > 0.0, 1.0, flat))


def check(params: Params) -> None:
    """UsageError unless lower ≤ upper."""
    if params["lower"] > params["upper"]:
        raise UsageError(
            "`upper`", params["upper"], f"must be at least `lower` {params['lower']:g}"
        )


def negative_part(inputs: Inputs) -> tuple[float, float]:
    """P(x ≤ 0) and E[x²; x ≤ 0]."""
    mean, std = inputs.x_mean, inputs.x_std
    if std == 0.0:
        return (1.0, mean * mean) if mean <= 0.0 else (0.0, 0.0)
    below = cumulative(-mean / std)
    z = mean / std
    density = math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)
    return below, max(0.0, (mean * mean + std * std) * below - mean * std * density)


@dataclass(frozen=True, kw_only=True)
class RandomSlope(ArrayLayer):
    """y = x·a and dx = dy·a, with a = 1 for x > 0 and a ~ U(lower, upper) for x ≤ 0.

    Its mask holds the slopes, one an element; those of positive elements are not looked at.
    """

    family: str = "elementwise"

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(rrelu, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(rrelu_expected, ARRAY_KERNEL)

    def shapes(self, params: Params) -> Shapes:
        def slopes(rng: np.random.Generator, shape: Shape) -> Array:
            return rng.uniform(params["lower"], params["upper"], shape)

        mask = Extra((), "the slope of each element, from lower to upper", slopes)
        return Shapes(extras={"mask": mask})

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        lower, width = params["lower"], params["upper"] - params["lower"]
        mean = lower + width / 2.0
        return lower, width, mean, width * width / 12.0

    def mask_to_uniforms(self, mask: Any, params: Params) -> Array:
        """The uniform numbers that give these slopes."""
        width = params["upper"] - params["lower"]
        above = array("mask", mask) - params["lower"]
        return above / width if width > 0.0 else np.zeros_like(above)

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx for given slopes."""
        slope = np.where(x > 0.0, 1.0, np.asarray(mask, float))
        return x * slope, dy * slope

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """Those of leaky_relu with the mean slope, plus the variance of the slopes."""
        from normstats.reference.quadrature import elementwise

        lower, upper = params["lower"], params["upper"]
        slope, variance = (lower + upper) / 2.0, (upper - lower) ** 2 / 12.0
        below, square_below = negative_part(inputs)
        leaky, _ = elementwise(LEAKY_RELU.function({"negative_slope": slope}), inputs)

        def exact(mean: float, std: float, zeros: float) -> Exact:
            return Exact(mean=mean, std=std, rms=math.hypot(mean, std), zeros=zeros)

        def zeros(always: bool) -> float:
            """Where everything is 0, and where the negative side is flat."""
            return 1.0 if always else below if lower == upper == 0.0 else 0.0

        if leaky.mean is None or leaky.std is None:
            forward = Exact()
        else:
            forward = exact(
                leaky.mean,
                math.hypot(leaky.std, math.sqrt(variance * square_below)),
                zeros(inputs.x_mean == 0.0 and inputs.x_std == 0.0),
            )
        # The derivative is 1 with probability 1 − below, else the drawn slope.
        mean_a = 1.0 - below + slope * below
        var_a = (1.0 - slope) ** 2 * below * (1.0 - below) + variance * below
        backward = exact(
            inputs.dy_mean * mean_a,
            math.hypot(
                inputs.dy_std * math.hypot(mean_a, math.sqrt(var_a)),
                inputs.dy_mean * math.sqrt(var_a),
            ),
            zeros(inputs.dy_mean == 0.0 and inputs.dy_std == 0.0),
        )
        return forward, backward


LAYERS = (
    RandomSlope(
        name="rrelu",
        formula="y = x where x > 0, else a·x, a ~ U(lower, upper)",
        gradient="dx = dy where x > 0, else a·dy",
        torch="torch.nn.RReLU",
        params=(
            Real(name="lower", default=1.0 / 8.0, help="smallest slope for x ≤ 0"),
            Real(name="upper", default=1.0 / 3.0, help="largest slope for x ≤ 0"),
        ),
        note="As in training: a is drawn for every element.",
        check=check,
    ),
)
