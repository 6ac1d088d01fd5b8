"""Activations that are x times a sigmoid: of x, of a cubic in x, or the normal distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from normstats.kernels.elementary import logistic, normal
from normstats.kernels.lanes import Lane, fma
from normstats.layer.elementwise import Activation, Elementwise
from normstats.layer.params import Choice, Params, Real
from normstats.values import Array

# gelu's tanh form is x·σ(2u), u = √(2/π)(x + 0.044715 x³); these are the coefficients of 2u.
_LINEAR = 2.0 * math.sqrt(2.0 / math.pi)
_CUBIC = 0.044715 * _LINEAR
_CUBIC_3 = 3.0 * _CUBIC
QUICK = 1.702


def silu(x: Lane, c: Any) -> tuple[Lane, Lane]:
    s, rest = logistic(x)
    return x * s, s * fma(x, rest, 1.0)


def silu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    return x * expit(x), expit(x) * (1.0 + x * expit(-x))


def quick_gelu(x: Lane, c: Any) -> tuple[Lane, Lane]:
    z = QUICK * x
    s, rest = logistic(z)
    return x * s, s * fma(z, rest, 1.0)


def quick_gelu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    z = QUICK * x
    return x * expit(z), expit(z) * (1.0 + z * expit(-z))


def gelu(x: Lane, c: Any) -> tuple[Lane, Lane]:
    cdf, density = normal(x)
    return x * cdf, fma(x, density, cdf)


def gelu_tanh(x: Lane, c: Any) -> tuple[Lane, Lane]:
    w = x * x
    s, rest = logistic(x * fma(w, _CUBIC, _LINEAR))
    return x * s, s * fma(x * fma(w, _CUBIC_3, _LINEAR), rest, 1.0)


def gelu_form(params: Params) -> Activation:
    return gelu_tanh if params["approximate"] == "tanh" else gelu


def gelu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit, ndtr

    if params["approximate"] == "tanh":
        z = _LINEAR * (x + 0.044715 * x**3)
        return x * expit(z), expit(z) * (
            1.0 + x * expit(-z) * _LINEAR * (1.0 + 3.0 * 0.044715 * x**2)
        )
    density = np.exp(-(x**2) / 2.0) / math.sqrt(2.0 * math.pi)
    return x * ndtr(x), ndtr(x) + x * density


def smooth_leaky_relu(x: Lane, c: Any) -> tuple[Lane, Lane]:
    """c = (slope, 1 − slope)."""
    s, rest = logistic(x)
    return x * fma(c[1], s, c[0]), fma(c[1] * s, fma(x, rest, 1.0), c[0])


def smooth_leaky_relu_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    a = params["negative_slope"]
    return (
        x * (a + (1.0 - a) * expit(x)),
        a + (1.0 - a) * expit(x) * (1.0 + x * expit(-x)),
    )


LAYERS = (
    Elementwise(
        name="silu",
        formula="y = x/(1 + e^−x)",
        gradient="dx = dy·σ(x)(1 + x·σ(−x)), σ(x) = 1/(1 + e^−x)",
        torch="torch.nn.SiLU",
        aliases=("swish",),
        activation=silu,
        twin=silu_twin,
    ),
    Elementwise(
        name="gelu",
        formula="y = x·Φ(x), or with tanh: x(1 + tanh(√(2/π)(x + 0.044715 x³)))/2",
        gradient="dx = dy(Φ(x) + x·φ(x)), or the derivative of the tanh form",
        torch="torch.nn.GELU",
        params=(
            Choice(
                name="approximate",
                default="none",
                choices=("none", "tanh"),
                help="none for the normal distribution itself, tanh for its approximation",
            ),
        ),
        activation=gelu,
        choose=gelu_form,
        twin=gelu_twin,
        coefficients=lambda params: (),
    ),
    Elementwise(
        name="quick_gelu",
        formula="y = x/(1 + e^(−1.702 x))",
        gradient="dx = dy·σ(z)(1 + z·σ(−z)), z = 1.702 x",
        aliases=("quickgelu",),
        note="The sigmoid form of gelu that CLIP uses.",
        activation=quick_gelu,
        twin=quick_gelu_twin,
    ),
    Elementwise(
        name="smooth_leaky_relu",
        formula="y = x(a + (1 − a)/(1 + e^−x)), a = negative_slope",
        gradient="dx = dy(a + (1 − a)·σ(x)(1 + x·σ(−x)))",
        params=(Real(name="negative_slope", default=0.2, help="slope at −∞"),),
        note="Equiformer's: (1 + a)x/2 + (1 − a)x(2σ(x) − 1)/2.",
        activation=smooth_leaky_relu,
        twin=smooth_leaky_relu_twin,
        coefficients=lambda params: (params["negative_slope"], 1.0 - params["negative_slope"]),
    ),
)
