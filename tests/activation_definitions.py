"""The activations once more, as textbooks define them, in mpmath: the oracle of their tests.

Derivatives are differences at a precision where that is exact: nothing here is derived by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp

SELU_ALPHA = mp.mpf("1.6732632423543772848170429916717")
SELU_SCALE = mp.mpf("1.0507009873554804934193349852946")


def sigma(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def elu(x: Any, alpha: float) -> Any:
    return x if x > 0 else alpha * mp.expm1(x)


def clip(x: Any, low: float, high: float) -> Any:
    return min(max(x, low), high)


def shrink(x: Any, lambd: float) -> Any:
    return x - lambd if x > lambd else x + lambd if x < -lambd else mp.mpf(0)


def softplus(x: Any, beta: float = 1.0, threshold: float = mp.inf) -> Any:
    return x if beta * x > threshold else mp.log1p(mp.exp(beta * x)) / beta


def gelu(x: Any, approximate: str) -> Any:
    if approximate == "tanh":
        inner = mp.sqrt(2 / mp.pi) * (x + mp.mpf(0.044715) * x**3)
        return x * (1 + mp.tanh(inner)) / 2
    return x * mp.erfc(-x / mp.sqrt(2)) / 2


DEFINITIONS: Mapping[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "identity": lambda x, p: x,
    "relu": lambda x, p: max(x, mp.mpf(0)),
    "relu6": lambda x, p: clip(x, 0, 6),
    "leaky_relu": lambda x, p: x if x > 0 else p["negative_slope"] * x,
    "prelu": lambda x, p: x if x > 0 else p["weight"] * x,
    "elu": lambda x, p: elu(x, p["alpha"]),
    "celu": lambda x, p: x if x > 0 else p["alpha"] * mp.expm1(x / p["alpha"]),
    "selu": lambda x, p: SELU_SCALE * elu(x, SELU_ALPHA),
    "gelu": lambda x, p: gelu(x, p["approximate"]),
    "silu": lambda x, p: x * sigma(x),
    "mish": lambda x, p: x * mp.tanh(softplus(x)),
    "sigmoid": lambda x, p: sigma(x),
    "logsigmoid": lambda x, p: -mp.log1p(mp.exp(-x)),
    "hardsigmoid": lambda x, p: clip(x + 3, 0, 6) / mp.mpf(6),
    "hardswish": lambda x, p: x * clip(x + 3, 0, 6) / 6,
    "hardtanh": lambda x, p: clip(x, p["min_val"], p["max_val"]),
    "hardshrink": lambda x, p: x if abs(x) > p["lambd"] else mp.mpf(0),
    "softshrink": lambda x, p: shrink(x, p["lambd"]),
    "tanhshrink": lambda x, p: x - mp.tanh(x),
    "softplus": lambda x, p: softplus(x, p["beta"], p["threshold"]),
    "softsign": lambda x, p: x / (1 + abs(x)),
    "threshold": lambda x, p: x if x > p["threshold"] else mp.mpf(p["value"]),
    "tanh": lambda x, p: mp.tanh(x),
    "relu_squared": lambda x, p: max(x, mp.mpf(0)) ** 2,
    "relu_cubed": lambda x, p: max(x, mp.mpf(0)) ** 3,
    "lecun_tanh": lambda x, p: mp.mpf(1.7159) * mp.tanh(2 * x / 3),
    "quick_gelu": lambda x, p: x * sigma(mp.mpf(1.702) * x),
    "squareplus": lambda x, p: (x + mp.sqrt(x * x + p["b"])) / 2,
    "smooth_leaky_relu": lambda x, p: (
        (1 + mp.mpf(p["negative_slope"])) * x / 2
        + (1 - mp.mpf(p["negative_slope"])) * x * (2 * sigma(x) - 1) / 2
    ),
    "shifted_softplus": lambda x, p: softplus(x) - mp.log(2),
    "sin": lambda x, p: mp.sin(x),
    "cos": lambda x, p: mp.cos(x),
    "erf": lambda x, p: mp.erf(x),
    "exp": lambda x, p: mp.exp(x),
    "gaussian": lambda x, p: mp.exp(-x * x),
    "bent_identity": lambda x, p: (mp.sqrt(x * x + 1) - 1) / 2 + x,
    "abs": lambda x, p: abs(x),
}

# Parameters beside the defaults at which the tests look as well.
OTHERS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("leaky_relu", {"negative_slope": 0.2}),
    ("leaky_relu", {"negative_slope": 0.0}),
    ("leaky_relu", {"negative_slope": -0.3}),
    ("prelu", {"weight": -1.5}),
    ("elu", {"alpha": 0.3}),
    ("elu", {"alpha": 0.0}),
    ("celu", {"alpha": 0.3}),
    ("celu", {"alpha": 2.0}),
    ("gelu", {"approximate": "tanh"}),
    ("hardtanh", {"min_val": 0.0, "max_val": 2.0}),
    ("hardtanh", {"min_val": -3.0, "max_val": 0.0}),
    ("hardshrink", {"lambd": 0.0}),
    ("hardshrink", {"lambd": 1.25}),
    ("softshrink", {"lambd": 0.0}),
    ("softshrink", {"lambd": 1.25}),
    ("softplus", {"beta": 2.0}),
    ("softplus", {"beta": 0.1, "threshold": 3.0}),
    ("softplus", {"threshold": -1.0}),
    ("threshold", {"threshold": 0.5, "value": 7.0}),
    ("threshold", {"threshold": -2.0, "value": 0.0}),
    ("squareplus", {"b": 0.01}),
    ("smooth_leaky_relu", {"negative_slope": 0.5}),
)
CASES: tuple[tuple[str, Mapping[str, Any]], ...] = (
    *((name, {}) for name in DEFINITIONS),
    *OTHERS,
)


def value_and_slope(name: str, x: float, params: Mapping[str, Any]) -> tuple[Any, Any]:
    """f(x) and f′(x) to 24 digits; x must be more than 1e-15 away from a kink."""
    f = DEFINITIONS[name]
    with mp.workdps(40):
        x, h = mp.mpf(x), mp.mpf(10) ** -15
        below, above = f(x - h, params), f(x + h, params)
        return (above + below) / 2, (above - below) / (2 * h)
