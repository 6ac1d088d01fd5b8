"""Small networks with given weights, many at once: x forward, dy and gradients of W backward.

Gradients are kept near 1 and their scale as a logarithm, so that two hundred layers that make them
vanish or explode give numbers.
"""

from __future__ import annotations

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
    """What every layer does: h → [h +] factor · (f([BN] W·h) − shift).

    ``back`` is the factor of the gradient, where that is another one than the true one.
    """

    activation: str
    batch_norm: bool = False
    residual: bool = False
    factor: float = 1.0
    shift: float = 0.0
    back: float | None = None


@dataclass(frozen=True)
class Pass:
    """What passed through the networks.

    ``hidden`` are the inputs of all layers and the last output. ``log_gradient`` are the logs of
    the rms of the gradient at each of them, ``log_weight`` those of the gradient of each W: a row
    a place, a column a network.
    """

    hidden: Sequence[Array]
    log_gradient: Array
    log_weight: Array

    @property
    def growth(self) -> Array:
        """By how much the log of the gradient grows a layer, backward, for each network."""
        found: Array = (self.log_gradient[0] - self.log_gradient[-1]) / len(self.log_weight)
        return found


def rms(values: Array) -> Array:
    """The root mean square of each network, also where squares are too small or too large."""
    largest = np.abs(values).max(axis=(-2, -1))
    scale = np.where(largest > 0.0, largest, 1.0)
    found: Array = scale * np.sqrt(np.mean((values / scale[..., None, None]) ** 2, axis=(-2, -1)))
    return found


def normalised(u: Array) -> tuple[Array, Array]:
    """Batch normalisation of the columns, with the inverse std of each."""
    centred = u - u.mean(axis=-2, keepdims=True)
    inverse = 1.0 / np.sqrt(np.mean(centred * centred, axis=-2, keepdims=True) + EPS)
    return centred * inverse, inverse


def normalised_back(dy: Array, x_hat: Array, inverse: Array) -> Array:
    """Its gradient, through the statistics."""
    mean = dy.mean(axis=-2, keepdims=True)
    along = np.mean(dy * x_hat, axis=-2, keepdims=True)
    found: Array = (dy - mean - x_hat * along) * inverse
    return found


def forward(design: Design, weights: Sequence[Array], x: Array) -> list[Array]:
    """The inputs of all layers, and the last output."""
    hidden = [x]
    for w in weights:
        y, *_ = _layer(design, w, hidden[-1])
        hidden.append(hidden[-1] + y if design.residual else y)
    return hidden


def run(design: Design, weights: Sequence[Array], x: Array, dy: Array) -> Pass:
    """Forward, then backward.

    ``x`` and ``dy`` have the axes (network, example, unit), each of the weights (network, unit out,
    unit in).
    """
    hidden, log = forward(design, weights, x), _log(rms(dy))
    dy = dy / rms(dy)[:, None, None]
    gradients, products = [log], []
    for w, h in zip(reversed(weights), reversed(hidden[:-1]), strict=True):
        _, slope, x_hat, inverse = _layer(design, w, h)
        du = dy * slope
        if design.batch_norm:
            du = normalised_back(du, x_hat, inverse)
        products.append(log + _log(rms(np.swapaxes(du, -1, -2) @ h)))
        dy = dy + du @ w if design.residual else du @ w
        size = rms(dy)
        log = log + _log(size)
        dy = dy / np.where(size > 0.0, size, 1.0)[:, None, None]
        gradients.append(log)
    return Pass(hidden, np.array(gradients[::-1]), np.array(products[::-1]))


def _log(size: Array) -> Array:
    with np.errstate(divide="ignore"):
        found: Array = np.log(size)
    return found


def _layer(design: Design, w: Array, h: Array) -> tuple[Array, Array, Array, Array]:
    """f(W·h) with its slope; what batch normalisation needs for its gradient."""
    u, inverse = h @ np.swapaxes(w, -1, -2), np.ones(1)
    if design.batch_norm:
        u, inverse = normalised(u)
    y, slope = ACTIVATIONS[design.activation](u)
    back = design.factor if design.back is None else design.back
    return design.factor * (y - design.shift), back * slope, u, inverse
