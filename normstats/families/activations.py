"""Identity, the piecewise-linear rectifiers, and the two classic sigmoids.

At a kink the derivative is PyTorch's: 0 at 0 for relu, the negative slope for leaky_relu and prelu.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from normstats.kernels.elementary import logistic
from normstats.kernels.elementary import tanh as lane_tanh
from normstats.kernels.lanes import Lane, splat, where
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params, Real
from normstats.reference.function import Interval
from normstats.values import Array


def identity(x: Lane, c: Any) -> tuple[Lane, Lane]:
    return x, splat(1.0)


def identity_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return x, np.ones_like(x)


def relu(x: Lane, c: Any) -> tuple[Lane, Lane]:
    positive = x > 0.0
    return where(positive, x, 0.0), where(positive, 1.0, 0.0)


def relu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return np.maximum(x, 0.0), np.heaviside(x, 0.0)


def leaky(x: Lane, c: Any) -> tuple[Lane, Lane]:
    positive = x > 0.0
    return where(positive, x, c[0] * x), where(positive, 1.0, c[0])


def leaky_relu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    slope = np.where(x > 0.0, 1.0, params["negative_slope"])
    return x * slope, slope


def prelu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    slope = np.where(x > 0.0, 1.0, params["weight"])
    return x * slope, slope


def negative_if_flat(params: Params) -> tuple[Interval, ...]:
    """The negative half-line where the one parameter, its slope, is 0."""
    (slope,) = params.values()
    return ((-math.inf, 0.0),) if slope == 0.0 else ()


def sigmoid(x: Lane, c: Any) -> tuple[Lane, Lane]:
    s, rest = logistic(x)
    return s, s * rest


def sigmoid_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    return expit(x), expit(x) * expit(-x)


def tanh(x: Lane, c: Any) -> tuple[Lane, Lane]:
    return lane_tanh(x)


def tanh_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    return np.tanh(x), 4.0 * expit(2.0 * x) * expit(-2.0 * x)


LEAKY_RELU = Elementwise(
    name="leaky_relu",
    formula="y = x where x > 0, else negative_slope·x",
    gradient="dx = dy where x > 0, else negative_slope·dy",
    torch="torch.nn.LeakyReLU",
    aliases=("lrelu", "leakyrelu"),
    params=(Real(name="negative_slope", default=0.01, help="slope for x ≤ 0"),),
    activation=leaky,
    twin=leaky_relu_twin,
    kinks=lambda params: (0.0,),
    zero_value=negative_if_flat,
    zero_slope=negative_if_flat,
)

LAYERS = (
    Elementwise(
        name="identity",
        formula="y = x",
        gradient="dx = dy",
        torch="torch.nn.Identity",
        activation=identity,
        twin=identity_twin,
    ),
    Elementwise(
        name="relu",
        formula="y = max(x, 0)",
        gradient="dx = dy where x > 0, else 0",
        torch="torch.nn.ReLU",
        activation=relu,
        twin=relu_twin,
        kinks=lambda params: (0.0,),
        zero_value=lambda params: ((-math.inf, 0.0),),
        zero_slope=lambda params: ((-math.inf, 0.0),),
    ),
    LEAKY_RELU,
    Elementwise(
        name="prelu",
        formula="y = x where x > 0, else weight·x",
        gradient="dx = dy where x > 0, else weight·dy",
        torch="torch.nn.PReLU",
        params=(
            Real(name="weight", default=0.25, help="learned slope for x ≤ 0; its initial value"),
        ),
        note="PyTorch calls the initial value init and the parameter weight.",
        activation=leaky,
        twin=prelu_twin,
        kinks=lambda params: (0.0,),
        zero_value=negative_if_flat,
        zero_slope=negative_if_flat,
    ),
    Elementwise(
        name="sigmoid",
        formula="y = 1/(1 + e^−x)",
        gradient="dx = dy·y(1 − y)",
        torch="torch.nn.Sigmoid",
        aliases=("logistic",),
        activation=sigmoid,
        twin=sigmoid_twin,
    ),
    Elementwise(
        name="tanh",
        formula="y = tanh(x)",
        gradient="dx = dy(1 − y²)",
        torch="torch.nn.Tanh",
        activation=tanh,
        twin=tanh_twin,
    ),
)
