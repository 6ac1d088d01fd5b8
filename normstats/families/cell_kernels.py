"""Kernels of recurrent cells: what lies between the two matrix products of a step.

Samples lie side by side; each element of the state has a row, ``distance`` after the last. ``a``
and ``b`` are W_ih·x and W_hh·h, gate after gate, and become the gradients of a and of b (of b only
where they differ). ``state`` is h (and c), and becomes its gradient, but for what comes through the
gates; ``dy`` is the gradient of h′ (and of c′), and becomes h′ (and c′).
"""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.elementary import logistic
from normstats.kernels.elementary import tanh as tanh_lanes
from normstats.kernels.lanes import LANES, Lane, load, splat, store, where

_F, _S = build.FLOATS, build.SIZE
CELL = (*(_F,) * 6, _S, _S, _S)  # a, b, bias_a, bias_b, state, dy, hidden, columns, distance


def summed(a: Any, b: Any, bias_a: Any, bias_b: Any, row: int, at: int) -> Lane:
    """A gate before its function, where a and b are only added."""
    return (load(a, at) + bias_a[row]) + (load(b, at) + bias_b[row])


def rnn_tanh(
    a: Any, b: Any, bias_a: Any, bias_b: Any, state: Any, dy: Any,
    hidden: int, columns: int, distance: int,
) -> None:  # fmt: skip
    """h′ = tanh(a + b)."""
    for r in range(hidden):
        for at in range(r * distance, r * distance + columns, LANES):
            value, slope = tanh_lanes(summed(a, b, bias_a, bias_b, r, at))
            store(a, at, load(dy, at) * slope)
            store(dy, at, value)
            store(state, at, splat(0.0))


def rnn_relu(
    a: Any, b: Any, bias_a: Any, bias_b: Any, state: Any, dy: Any,
    hidden: int, columns: int, distance: int,
) -> None:  # fmt: skip
    """h′ = max(a + b, 0)."""
    for r in range(hidden):
        for at in range(r * distance, r * distance + columns, LANES):
            gate = summed(a, b, bias_a, bias_b, r, at)
            store(a, at, where(gate > 0.0, load(dy, at), 0.0))
            store(dy, at, where(gate > 0.0, gate, 0.0))
            store(state, at, splat(0.0))


def lstm(
    a: Any, b: Any, bias_a: Any, bias_b: Any, state: Any, dy: Any,
    hidden: int, columns: int, distance: int,
) -> None:  # fmt: skip
    """Gates i, f, g, o: c′ = σ(f)·c + σ(i)·tanh(g), h′ = σ(o)·tanh(c′)."""
    part = hidden * distance
    for r in range(hidden):
        for at in range(r * distance, r * distance + columns, LANES):
            i, not_i = logistic(summed(a, b, bias_a, bias_b, r, at))
            f, not_f = logistic(summed(a, b, bias_a, bias_b, hidden + r, part + at))
            g, slope_g = tanh_lanes(summed(a, b, bias_a, bias_b, 2 * hidden + r, 2 * part + at))
            o, not_o = logistic(summed(a, b, bias_a, bias_b, 3 * hidden + r, 3 * part + at))
            c = load(state, part + at)
            new = f * c + i * g
            value, slope = tanh_lanes(new)
            dh = load(dy, at)
            dc = load(dy, part + at) + dh * o * slope
            store(dy, at, o * value)
            store(dy, part + at, new)
            store(a, at, dc * g * (i * not_i))
            store(a, part + at, dc * c * (f * not_f))
            store(a, 2 * part + at, dc * i * slope_g)
            store(a, 3 * part + at, dh * value * (o * not_o))
            store(state, at, splat(0.0))
            store(state, part + at, dc * f)


def gru(
    a: Any, b: Any, bias_a: Any, bias_b: Any, state: Any, dy: Any,
    hidden: int, columns: int, distance: int,
) -> None:  # fmt: skip
    """Gates r, z, n: n = tanh(aₙ + σ(r)·bₙ), h′ = (1 − σ(z))·n + σ(z)·h; b has its own gradient."""
    part = hidden * distance
    for row in range(hidden):
        for at in range(row * distance, row * distance + columns, LANES):
            last = 2 * hidden + row
            r, not_r = logistic(summed(a, b, bias_a, bias_b, row, at))
            z, not_z = logistic(summed(a, b, bias_a, bias_b, hidden + row, part + at))
            own = load(b, 2 * part + at) + bias_b[last]
            n, slope = tanh_lanes((load(a, 2 * part + at) + bias_a[last]) + r * own)
            h = load(state, at)
            dh = load(dy, at)
            dn = dh * not_z * slope
            dr = dn * own * (r * not_r)
            dz = dh * (h - n) * (z * not_z)
            store(dy, at, not_z * n + z * h)
            store(a, at, dr)
            store(a, part + at, dz)
            store(a, 2 * part + at, dn)
            store(b, at, dr)
            store(b, part + at, dz)
            store(b, 2 * part + at, dn * r)
            store(state, at, dh * z)
