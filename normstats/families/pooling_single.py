"""Pooling of a single window, which all of x belongs to: kernels, twins and exact values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from normstats.kernels.lanes import LANES, load, splat, store, where
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array


def max_pool(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """The largest element; the first of equals gets the gradient, as in PyTorch."""
    rows = n[0]
    for i in range(0, columns, LANES):
        largest = load(x, i)
        at = splat(0.0)
        for r in range(1, rows):
            value = load(x, r * columns + i)
            larger = value > largest
            largest = where(larger, value, largest)
            at = where(larger, splat(float(r)), at)
        store(y, i, largest)
        gradient = load(dy, i)
        for r in range(rows):
            store(dx, r * columns + i, where(at == splat(float(r)), gradient, 0.0))


def avg_pool(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """The average of the window."""
    rows = n[0]
    for i in range(0, columns, LANES):
        s = load(x, i)
        for r in range(1, rows):
            s = s + load(x, r * columns + i)
        store(y, i, s * c[0])
        gradient = load(dy, i) * c[0]
        for r in range(rows):
            store(dx, r * columns + i, gradient)


def max_pool_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """y as it is; of dx, dy's mean and variance at the largest element."""
    rows = n[0]
    max_pool(x, dy, u, y, dx, columns, n, c)
    second = rows * columns
    for i in range(0, columns, LANES):
        value = load(y, i)
        store(y, columns + i, splat(0.0))
        store(y, 2 * columns + i, where(value == 0.0, 1.0, 0.0))
        largest = splat(0.0)
        for r in range(rows):
            at = r * columns + i
            here = (load(x, at) == value) & (largest == 0.0)
            largest = where(here, 1.0, largest)
            store(dx, at, where(here, splat(dy[0]), 0.0))
            store(dx, second + at, where(here, splat(dy[1]), 0.0))
            store(dx, 2 * second + at, where(here, splat(dy[2]), 1.0))


def avg_pool_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """y as it is; dx does not depend on x."""
    rows = n[0]
    avg_pool(x, dy, u, y, dx, columns, n, c)
    second = rows * columns
    for i in range(0, columns, LANES):
        value = load(y, i)
        store(y, columns + i, splat(0.0))
        store(y, 2 * columns + i, where(value == 0.0, 1.0, 0.0))
        for at in range(i, second, columns):
            store(dx, at, splat(dy[0] * c[0]))
            store(dx, second + at, splat(dy[1] * c[0] * c[0]))
            store(dx, 2 * second + at, splat(dy[2]))


def max_twin(x: Array, dy: Array) -> tuple[Array, Array]:
    """Windows along the last axis of x."""
    at = np.argmax(x, axis=-1)[..., None]
    dx = np.zeros_like(x)
    np.put_along_axis(dx, at, dy[..., None], axis=-1)
    return np.take_along_axis(x, at, axis=-1)[..., 0], dx


def avg_twin(x: Array, dy: Array) -> tuple[Array, Array]:
    """Windows along the last axis of x."""
    return x.mean(axis=-1), np.repeat(dy[..., None] / x.shape[-1], x.shape[-1], axis=-1)


def max_exact(window: int, inputs: Inputs) -> tuple[Exact, Exact]:
    """Order statistics forward; backward the gradient goes to one element in ``window``."""
    from normstats.reference.orderstatistics import maximum

    mean, variance = maximum(window)
    x_mean, x_std = inputs.x_mean, inputs.x_std
    forward_mean = x_mean + x_std * mean
    forward_std = x_std * math.sqrt(variance)
    second = inputs.dy_std**2 + inputs.dy_mean**2
    backward_mean = inputs.dy_mean / window
    return (
        Exact(
            mean=forward_mean,
            std=forward_std,
            rms=math.hypot(forward_mean, forward_std),
            zeros=1.0 if x_std == 0.0 and x_mean == 0.0 else 0.0,
        ),
        Exact(
            mean=backward_mean,
            std=math.sqrt(inputs.dy_std**2 / window + inputs.dy_mean**2 * (window - 1) / window**2),
            rms=math.sqrt(second / window),
            zeros=1.0 if second == 0.0 else (window - 1) / window,
        ),
    )


def avg_exact(window: int, inputs: Inputs) -> tuple[Exact, Exact]:
    """The mean of ``window`` independent normals, and the gradient shared among them."""

    def normal(mean: float, std: float) -> Exact:
        zeros = 1.0 if mean == 0.0 and std == 0.0 else 0.0
        return Exact(mean=mean, std=std, rms=math.hypot(mean, std), zeros=zeros)

    return (
        normal(inputs.x_mean, inputs.x_std / math.sqrt(window)),
        normal(inputs.dy_mean / window, inputs.dy_std / window),
    )
