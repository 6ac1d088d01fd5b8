"""Activations that are an exponential, wholly or for negative x.

At 0 the derivative is PyTorch's, which counts 0 to the negative side: alpha for elu, 1 for celu,
scale·alpha = 1.758… for selu.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from normstats.kernels.elementary import clamp, exp_parts, exp_within
from normstats.kernels.elementary import exp as lane_exp
from normstats.kernels.lanes import Lane, fma, where
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params, Real
from normstats.reference.function import Interval
from normstats.values import Array

# PyTorch's constants of selu (Klambauer et al. 2017, the fixed point for mean 0, variance 1).
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def exponential_unit(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """c0·x for x > 0, else c1(e^(c2·x) − 1); its derivative for x ≤ 0 is c3·e^(c2·x)."""
    positive = x > 0.0
    p, m = exp_parts(clamp(c[2] * x, -708.0, 0.0))
    return (
        where(positive, c[0] * x, c[1] * fma(p, m, p - 1.0)),
        where(positive, c[0], c[3] * fma(p, m, p)),
    )


def elu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return _elu(x, 1.0, params["alpha"], 1.0)


def celu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return _elu(x, 1.0, params["alpha"], params["alpha"])


def selu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return _elu(x, SELU_SCALE, SELU_ALPHA, 1.0)


def _elu(x: Array, scale: float, alpha: float, width: float) -> tuple[Array, Array]:
    below = np.minimum(x, 0.0) / width
    y = np.where(x > 0.0, x, alpha * np.expm1(below))
    return scale * y, scale * np.where(x > 0.0, 1.0, alpha / width * np.exp(below))


def flat_if_alpha_0(params: Params) -> tuple[Interval, ...]:
    return ((-math.inf, 0.0),) if params["alpha"] == 0.0 else ()


def exponential(x: Lane, c: Any) -> tuple[Lane, Lane]:
    y = lane_exp(x)
    return y, y


def exponential_twin(x: Array, params: Params) -> tuple[Array, Array]:
    with np.errstate(over="ignore", under="ignore"):
        y = np.exp(x)
    return y, y


def gaussian(x: Lane, c: Any) -> tuple[Lane, Lane]:
    y = exp_within(clamp(-x * x, -708.0, 0.0))
    return y, -2.0 * x * y


def gaussian_twin(x: Array, params: Params) -> tuple[Array, Array]:
    y = np.exp(-(x**2))
    return y, -2.0 * x * y


LAYERS = (
    Elementwise(
        name="elu",
        formula="y = x where x > 0, else alpha(e^x − 1)",
        gradient="dx = dy where x > 0, else dy·alpha·e^x",
        torch="torch.nn.ELU",
        params=(Real(name="alpha", default=1.0, help="minus the limit at −∞"),),
        activation=exponential_unit,
        twin=elu_twin,
        kinks=lambda params: (0.0,),
        zero_value=flat_if_alpha_0,
        zero_slope=flat_if_alpha_0,
        coefficients=lambda params: (1.0, params["alpha"], 1.0, params["alpha"]),
    ),
    Elementwise(
        name="celu",
        formula="y = x where x > 0, else alpha(e^(x/alpha) − 1)",
        gradient="dx = dy where x > 0, else dy·e^(x/alpha)",
        torch="torch.nn.CELU",
        params=(
            Real(name="alpha", default=1.0, low=0.0, above=True, help="minus the limit at −∞"),
        ),
        note="PyTorch's own derivative has 1/alpha in single precision, up to 6e-8 off.",
        activation=exponential_unit,
        twin=celu_twin,
        kinks=lambda params: (0.0,),
        coefficients=lambda params: (1.0, params["alpha"], 1.0 / params["alpha"], 1.0),
    ),
    Elementwise(
        name="selu",
        formula="y = 1.0507·x where x > 0, else 1.7581(e^x − 1)",
        gradient="dx = 1.0507·dy where x > 0, else 1.7581·dy·e^x",
        torch="torch.nn.SELU",
        activation=exponential_unit,
        twin=selu_twin,
        kinks=lambda params: (0.0,),
        coefficients=lambda params: (
            SELU_SCALE,
            SELU_SCALE * SELU_ALPHA,
            1.0,
            SELU_SCALE * SELU_ALPHA,
        ),
    ),
    Elementwise(
        name="exp",
        formula="y = e^x",
        gradient="dx = dy·e^x",
        torch="torch.exp",
        note="Infinite above x = 709.78, as in PyTorch.",
        activation=exponential,
        twin=exponential_twin,
    ),
    Elementwise(
        name="gaussian",
        formula="y = e^(−x²)",
        gradient="dx = −2·dy·x·e^(−x²)",
        activation=gaussian,
        twin=gaussian_twin,
    ),
)
