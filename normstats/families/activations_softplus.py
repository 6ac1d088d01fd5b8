"""Activations made of softplus, log(1 + e^x).

softplus with a threshold jumps there by log(1 + e^−threshold)/beta; at the threshold itself
PyTorch's value and derivative are those of the curve, not of the line.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.kernels.elementary import clamp, exp_within
from normstats.kernels.elementary import softplus as lane_softplus
from normstats.kernels.lanes import Lane, fma, where
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params, Real
from normstats.runs.inputs import Inputs
from normstats.values import Array

_LN2 = 0.6931471805599453
LEAST_STD = 1e-12  # of the inputs of shifted_softplus


def softplus(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """c = (beta, 1/beta, threshold)."""
    z = c[0] * x
    y, slope = lane_softplus(z)
    linear = z > c[2]
    return where(linear, x, c[1] * y), where(linear, 1.0, slope)


def softplus_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    beta = params["beta"]
    z = beta * x
    linear = z > params["threshold"]
    return np.where(linear, x, np.logaddexp(0.0, z) / beta), np.where(linear, 1.0, expit(z))


def shifted_softplus(x: Lane, c: Any) -> tuple[Lane, Lane]:
    y, slope = lane_softplus(x)
    return y - _LN2, slope


def shifted_softplus_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    # Near 0 the difference has lost its digits.
    near = np.log1p(np.expm1(np.clip(x, -0.1, 0.1)) / 2.0)
    return np.where(np.abs(x) < 0.1, near, np.logaddexp(0.0, x) - np.log(2.0)), expit(x)


def refuse_differences(inputs: Inputs) -> None:
    """log(1 + e^x) is known to 1e-16: next to log 2 too little is left of the least x."""
    if 0.0 < inputs.x_std < LEAST_STD:
        allowed = f"must be 0 or at least {LEAST_STD:g} for shifted_softplus, a difference of logs"
        raise UsageError("`x_std`", inputs.x_std, allowed)


def logsigmoid(x: Lane, c: Any) -> tuple[Lane, Lane]:
    y, slope = lane_softplus(-x)
    return -y, slope


def logsigmoid_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    return -np.logaddexp(0.0, -x), expit(-x)


def mish(x: Lane, c: Any) -> tuple[Lane, Lane]:
    # With e = e^x and n = e(e + 2): tanh(log(1 + e)) = n/(n + 2), and its derivative
    # 4e(1 + e)/(n + 2)².
    e = exp_within(clamp(x, -708.0, 350.0))
    n = e * (e + 2.0)
    r = 1.0 / (n + 2.0)
    t = n * r
    return x * t, fma(4.0 * x, (e * r) * ((1.0 + e) * r), t)


def mish_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    t = np.tanh(np.logaddexp(0.0, x))
    # 1 − t² = 1/cosh² of log(1 + e^x), and cosh of a logarithm is (u + 1/u)/2
    u = np.exp(-np.logaddexp(0.0, x))
    return x * t, t + x * expit(x) * (2.0 * u / (1.0 + u**2)) ** 2


LAYERS = (
    Elementwise(
        name="softplus",
        formula="y = log(1 + e^(beta·x))/beta; x where beta·x > threshold",
        gradient="dx = dy/(1 + e^(−beta·x)); dy where beta·x > threshold",
        torch="torch.nn.Softplus",
        aliases=("soft_plus",),
        params=(
            Real(name="beta", default=1.0, low=0.0, above=True, help="sharpness of the bend"),
            Real(name="threshold", default=20.0, help="of beta·x, above which y = x"),
        ),
        activation=softplus,
        twin=softplus_twin,
        kinks=lambda params: (params["threshold"] / params["beta"],),
        coefficients=lambda params: (params["beta"], 1.0 / params["beta"], params["threshold"]),
    ),
    Elementwise(
        name="shifted_softplus",
        formula="y = log(1 + e^x) − log 2",
        gradient="dx = dy/(1 + e^−x)",
        aliases=("ssp",),
        note="SchNet's activation; 0 at 0.",
        activation=shifted_softplus,
        twin=shifted_softplus_twin,
        refuse=refuse_differences,
    ),
    Elementwise(
        name="logsigmoid",
        formula="y = −log(1 + e^−x)",
        gradient="dx = dy/(1 + e^x)",
        torch="torch.nn.LogSigmoid",
        aliases=("log_sigmoid",),
        activation=logsigmoid,
        twin=logsigmoid_twin,
    ),
    Elementwise(
        name="mish",
        formula="y = x·tanh(log(1 + e^x))",
        gradient="dx = dy(t + x(1 − t²)/(1 + e^−x)), t = y/x",
        torch="torch.nn.Mish",
        activation=mish,
        twin=mish_twin,
    ),
)
