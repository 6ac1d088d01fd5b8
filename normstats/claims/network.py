"""A small network with given weights: x forward, dy backward, and the gradients of the weights.

Gradients are kept near 1 and their scale as a logarithm, so that two hundred layers that make them
vanish or explode give numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from normstats.values import Array

EPS = 1e-5

# An activation gives y and its slope.
Both = tuple[Array, Array]


def _relu(u: Array) -> Both:
    return np.maximum(u, 0.0), (u > 0.0).astype(np.float64)


def _tanh(u: Array) -> Both:
    y = np.tanh(u)
    return y, 1.0 - y * y


def _sigmoid(u: Array) -> Both:
    y = 0.5 * (1.0 + np.tanh(0.5 * u))
    return y, y * (1.0 - y)


def _identity(u: Array) -> Both:
    return u, np.ones_like(u)


ACTIVATIONS: Mapping[str, Callable[[Array], Both]] = {
    "identity": _identity,
    "relu": _relu,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
}


@dataclass(frozen=True)
class Design:
    """What every layer does: h → [h +] factor · f([BN] W·h)."""

    activation: str
    batch_norm: bool = False
    residual: bool = False
    factor: float = 1.0


@dataclass(frozen=True)
class Pass:
    """What passed through the network.

    ``hidden`` are the inputs of all layers and the last output, scaled by exp of ``log_hidden``.
    ``log_gradient`` are the logs of the rms of the gradient at each of them, ``log_weight`` those
    of the gradient of each W.
    """

    hidden: Sequence[Array]
    log_gradient: Sequence[float]
    log_weight: Sequence[float]


def rms(values: Array) -> float:
    """The root mean square, also of numbers whose squares are too small or too large."""
    largest = float(np.abs(values).max())
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    return largest * math.sqrt(float(np.mean((values / largest) ** 2)))


def normalised(u: Array) -> tuple[Array, Array]:
    """Batch normalisation of the columns, with the inverse std of each."""
    centred = u - u.mean(axis=-2, keepdims=True)
    inverse = 1.0 / np.sqrt(np.mean(centred * centred, axis=-2, keepdims=True) + EPS)
    return centred * inverse, inverse


def normalised_back(dy: Array, x_hat: Array, inverse: Array) -> Array:
    """Its gradient, through the statistics."""
    mean = dy.mean(axis=-2, keepdims=True)
    along = np.mean(dy * x_hat, axis=-2, keepdims=True)
    return (dy - mean - x_hat * along) * inverse


def forward(design: Design, weights: Sequence[Array], x: Array) -> list[Array]:
    """The inputs of all layers, rows are examples, and the last output."""
    hidden = [x]
    for w in weights:
        y, *_ = _layer(design, w, hidden[-1])
        hidden.append(hidden[-1] + y if design.residual else y)
    return hidden


def run(design: Design, weights: Sequence[Array], x: Array, dy: Array) -> Pass:
    """Forward, then backward."""
    hidden, log = forward(design, weights, x), 0.0
    gradients, products = [math.log(rms(dy))], []
    for w, h in zip(reversed(weights), reversed(hidden[:-1]), strict=True):
        _, slope, x_hat, inverse = _layer(design, w, h)
        du = dy * slope
        if design.batch_norm:
            du = normalised_back(du, x_hat, inverse)
        products.append(log + _log(rms(du.T @ h)))
        dx = du @ w
        dx = dy + dx if design.residual else dx
        size = rms(dx)
        log += _log(size)
        dy = dx / size if size > 0.0 else dx
        gradients.append(log + (0.0 if size > 0.0 else -math.inf))
    return Pass(hidden, gradients[::-1], products[::-1])


def _log(size: float) -> float:
    return math.log(size) if size > 0.0 else -math.inf


def _layer(design: Design, w: Array, h: Array) -> tuple[Array, Array, Array, Array]:
    """f(W·h) with its slope; what batch normalisation needs for its gradient."""
    u = h @ w.T
    inverse = np.ones(1)
    if design.batch_norm:
        u, inverse = normalised(u)
    y, slope = ACTIVATIONS[design.activation](u)
    return design.factor * y, design.factor * slope, u, inverse
