"""Activations made of powers, roots and quotients.

softsign has a kink of its second derivative only, and relu_squared and relu_cubed are 0 at 0 with
their derivatives, so that no convention is needed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from normstats.kernels.elementary import magnitude
from normstats.kernels.lanes import Lane, fma, sqrt, where
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params, Real
from normstats.reference.function import Interval
from normstats.values import Array


def relu_squared(x: Lane, c: Any) -> tuple[Lane, Lane]:
    r = where(x > 0.0, x, 0.0)
    return r * r, r + r


def relu_squared_twin(x: Array, params: Params) -> tuple[Array, Array]:
    r = np.maximum(x, 0.0)
    return r**2, 2.0 * r


def relu_cubed(x: Lane, c: Any) -> tuple[Lane, Lane]:
    r = where(x > 0.0, x, 0.0)
    square = r * r
    return square * r, 3.0 * square


def relu_cubed_twin(x: Array, params: Params) -> tuple[Array, Array]:
    r = np.maximum(x, 0.0)
    return r**3, 3.0 * r**2


def negative(params: Params) -> tuple[Interval, ...]:
    return ((-math.inf, 0.0),)


def softsign(x: Lane, c: Any) -> tuple[Lane, Lane]:
    r = 1.0 / (1.0 + magnitude(x))
    return x * r, r * r


def softsign_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return x / (1.0 + np.abs(x)), (1.0 + np.abs(x)) ** -2.0


def squareplus(x: Lane, c: Any) -> tuple[Lane, Lane]:
    # With s = √(x² + b) and p = |x| + s: y = p/2 for x > 0, else b/(2p), which does not cancel;
    # and f′ = y/s. One division by p·s serves both.
    s = sqrt(fma(x, x, c[0]))
    p = magnitude(x) + s
    r = 1.0 / (p * s)
    y = 0.5 * where(x > 0.0, p, c[0] * (r * s))
    return y, y * (r * p)


def squareplus_twin(x: Array, params: Params) -> tuple[Array, Array]:
    b = params["b"]
    s = np.sqrt(x**2 + b)
    y = np.where(x > 0.0, x + s, b / (np.abs(x) + s)) / 2.0
    return y, y / s


def bent_identity(x: Lane, c: Any) -> tuple[Lane, Lane]:
    # √(x² + 1) − 1 = x²/(s + 1), which does not cancel at 0.
    square = x * x
    s = sqrt(square + 1.0)
    r = 0.5 / (s * (s + 1.0))
    return fma(square, s * r, x), fma(x, (s + 1.0) * r, 1.0)


def bent_identity_twin(x: Array, params: Params) -> tuple[Array, Array]:
    s = np.hypot(x, 1.0)
    return x + x**2 / (2.0 * (s + 1.0)), 1.0 + x / (2.0 * s)


LAYERS = (
    Elementwise(
        name="relu_squared",
        formula="y = max(x, 0)²",
        gradient="dx = 2·dy·max(x, 0)",
        aliases=("relu2", "squared_relu"),
        activation=relu_squared,
        twin=relu_squared_twin,
        kinks=lambda params: (0.0,),
        zero_value=negative,
        zero_slope=negative,
    ),
    Elementwise(
        name="relu_cubed",
        formula="y = max(x, 0)³",
        gradient="dx = 3·dy·max(x, 0)²",
        aliases=("relu3", "cubed_relu"),
        activation=relu_cubed,
        twin=relu_cubed_twin,
        kinks=lambda params: (0.0,),
        zero_value=negative,
        zero_slope=negative,
    ),
    Elementwise(
        name="softsign",
        formula="y = x/(1 + |x|)",
        gradient="dx = dy/(1 + |x|)²",
        torch="torch.nn.Softsign",
        aliases=("soft_sign",),
        activation=softsign,
        twin=softsign_twin,
        kinks=lambda params: (0.0,),
    ),
    Elementwise(
        name="squareplus",
        formula="y = (x + √(x² + b))/2",
        gradient="dx = dy(1 + x/√(x² + b))/2",
        params=(
            Real(name="b", default=4.0, low=0.0, above=True, help="width of the bend, squared"),
        ),
        note="jax.nn.squareplus; Barron 2021.",
        activation=squareplus,
        twin=squareplus_twin,
    ),
    Elementwise(
        name="bent_identity",
        formula="y = (√(x² + 1) − 1)/2 + x",
        gradient="dx = dy(1 + x/(2√(x² + 1)))",
        activation=bent_identity,
        twin=bent_identity_twin,
    ),
)
