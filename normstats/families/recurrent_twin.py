"""What recurrent cells make of their sums, with NumPy: the slow, readable version.

Each takes a = W_ih·x + b_ih, b = W_hh·h + b_hh, the state and the gradient of the new one, samples
along the first axis. It gives the new state, the gradients of a and of b, and what comes to the
state past its gates.
"""

from __future__ import annotations

import numpy as np

from normstats.values import Array

Stepped = tuple[Array, Array, Array, Array]


def sigmoid(x: Array) -> Array:
    """σ(x), accurate for very negative x, too."""
    small = np.exp(-np.abs(x))
    result: Array = np.where(x >= 0.0, 1.0, small) / (1.0 + small)
    return result


def sech_square(x: Array) -> Array:
    """1/cosh²(x), the derivative of tanh."""
    result: Array = 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x)
    return result


def rnn_tanh(a: Array, b: Array, state: Array, dy: Array) -> Stepped:
    g = a + b
    gradient = dy * sech_square(g)
    return np.tanh(g), gradient, gradient, np.zeros_like(state)


def rnn_relu(a: Array, b: Array, state: Array, dy: Array) -> Stepped:
    g = a + b
    gradient = np.where(g > 0.0, dy, 0.0)
    return np.maximum(g, 0.0), gradient, gradient, np.zeros_like(state)


def lstm(a: Array, b: Array, state: Array, dy: Array) -> Stepped:
    i, f, g, o = np.split(a + b, 4, axis=1)
    h, c = np.split(state, 2, axis=1)
    dh, dc = np.split(dy, 2, axis=1)
    new = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    dc = dc + dh * sigmoid(o) * sech_square(new)
    gates = (
        dc * np.tanh(g) * sigmoid(i) * sigmoid(-i),
        dc * c * sigmoid(f) * sigmoid(-f),
        dc * sigmoid(i) * sech_square(g),
        dh * np.tanh(new) * sigmoid(o) * sigmoid(-o),
    )
    gradient = np.hstack(gates)
    y = np.hstack([sigmoid(o) * np.tanh(new), new])
    return y, gradient, gradient, np.hstack([np.zeros_like(h), dc * sigmoid(f)])


def gru(a: Array, b: Array, state: Array, dy: Array) -> Stepped:
    (a_r, a_z, a_n), (b_r, b_z, b_n) = np.split(a, 3, axis=1), np.split(b, 3, axis=1)
    r, z = sigmoid(a_r + b_r), sigmoid(a_z + b_z)
    g = a_n + r * b_n
    n = np.tanh(g)
    dn = dy * sigmoid(-(a_z + b_z)) * sech_square(g)
    dr = dn * b_n * r * sigmoid(-(a_r + b_r))
    dz = dy * (state - n) * z * sigmoid(-(a_z + b_z))
    y = sigmoid(-(a_z + b_z)) * n + z * state
    return y, np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * r]), dy * z
