"""Exact values of recurrent cells, whose weights and biases are all uniform between ±k.

The law of the weights does not change when the signs of one gate's row (W_ih, W_hh and biases)
are flipped, whatever x and the state are. That turns the gate's sum g into −g, so that odd
functions of it have mean 0, and different rows, which are independent given x and the state, no
correlation where one of them is odd. For even functions of g see ``reference/preactivation.py``.
"""

from __future__ import annotations

import math

from normstats.families.vector_exact import no_gradient, of_std
from normstats.reference.preactivation import Preactivation
from normstats.result import Exact
from normstats.runs.inputs import Inputs

NOTHING = of_std(0.0, 0.0)  # of what is always 0


def of_square(mean: float, square: float, zeros: float = 0.0) -> Exact:
    """From a mean and a mean square."""
    return of_std(mean, math.sqrt(max(square - mean * mean, 0.0)), zeros)


def sums(inputs: int, hidden: int, bias: bool, given: Inputs) -> Preactivation:
    """What a gate is a function of."""
    terms, bound = inputs + hidden, 1.0 / math.sqrt(hidden)
    return Preactivation(terms, 2 * bias, bound, given.x_mean, given.x_std)


def gradients(weight: Exact, bias: Exact, biased: bool) -> tuple[Exact, ...]:
    """Of W_ih and W_hh, and of their biases, if there are some."""
    return weight, weight, *(bias, bias)[: 2 * biased]


def rnn_tanh(g: Preactivation, hidden: int, given: Inputs) -> tuple[Exact, ...]:
    """y = tanh(g): E y = 0 and E y² = E tanh²(g). With s = sech²(g), which is even,

    dx: E = 0, E dx² = hidden·E[dy²]·E[w² s²]; E[w s] = 0, so no pairs of rows are left.
    dW: E = E dy·E[x s], E dW² = E[dy²]·E[x² s²]; the bias has 1 in place of x.
    """
    biased = g.biases > 0
    if g.variance == 0.0:
        y = NOTHING
    elif g.is_wide:
        y = Exact(mean=0.0, zeros=0.0)
    else:
        y = of_square(0.0, g.tanh_square())
    if no_gradient(given):
        return y, NOTHING, NOTHING, NOTHING, *gradients(NOTHING, NOTHING, biased)
    if g.is_wide:
        dx, unknown = Exact(mean=0.0), Exact()  # slopes that underflow count as zeros
        return y, dx, dx, dx, *gradients(unknown, unknown, biased)
    square = given.dy_mean**2 + given.dy_std**2
    dx = of_square(0.0, hidden * square * g.slope_square_times_weight_square())
    mean = given.dy_mean * g.slope_times_input() if given.x_mean != 0.0 else 0.0
    weight = of_square(mean, square * g.slope_square_times_input_square())
    bias = of_square(given.dy_mean * g.slope(), square * g.slope_square())
    return y, dx, dx, dx, *gradients(weight, bias, biased)


def rnn_relu(g: Preactivation, hidden: int, given: Inputs) -> tuple[Exact, ...]:
    """Of y = max(g, 0) the mean is E|g|/2 and the mean square Var g/2, as g is symmetric.

    dx: E dx² = hidden·E[dy²]·k²/6 where E dy = 0; all gates are dead for one sample in 2^hidden.
    dW: half of it is 0, E = E dy·E x/2, E dW² = E[dy²]·E[x²]/2.
    """
    biased = g.biases > 0
    if g.variance == 0.0:
        return (NOTHING,) * 4 + gradients(NOTHING, NOTHING, biased)
    y = Exact(rms=math.sqrt(0.5 * g.variance), zeros=0.5)
    magnitude = g.magnitude()
    if magnitude is not None:
        y = of_square(0.5 * magnitude, 0.5 * g.variance, 0.5)
    if no_gradient(given):
        return y, NOTHING, NOTHING, NOTHING, *gradients(NOTHING, NOTHING, biased)
    square = given.dy_mean**2 + given.dy_std**2
    dead = 0.5**hidden
    if given.dy_mean == 0.0:
        dx = of_square(0.0, hidden * square * g.bound**2 / 6.0, dead)
    else:
        dx = Exact(mean=0.0 if given.x_mean == 0.0 else None, zeros=dead)
    inputs = given.x_mean**2 + given.x_std**2
    weight = of_square(0.5 * given.dy_mean * given.x_mean, 0.5 * square * inputs, 0.5)
    bias = of_square(0.5 * given.dy_mean, 0.5 * square, 0.5)
    return y, dx, dx, dx, *gradients(weight, bias, biased)


def unknown_gradients(g: Preactivation, given: Inputs, parts: int) -> tuple[Exact, ...]:
    """Of cells whose gradients are products of several gates: all that is known is E dx = 0.

    That holds where E dy = 0. ``parts`` is the number of gradients of inputs, all of them first.
    """
    biased = g.biases > 0
    if no_gradient(given):
        return (NOTHING,) * parts + gradients(NOTHING, NOTHING, biased)
    still = given.x_mean == 0.0 and given.x_std == 0.0
    zeros = None if still or g.is_wide else 0.0  # slopes that underflow count as zeros
    some = Exact(mean=0.0 if given.dy_mean == 0.0 else None, zeros=zeros)
    return (some,) * parts + gradients(NOTHING if still else some, some, biased)


def lstm(g: Preactivation, hidden: int, given: Inputs) -> tuple[Exact, ...]:
    """c′ = σ(f)·c + σ(i)·tanh(a), with σ(f) = (1 + tanh(f/2))/2:

    E c′ = μ/2, as the second term is odd in a, and
    E c′² = (E[x²](1 + E tanh²(f/2)) + E tanh²(a) + E[tanh²(i/2) tanh²(a)])/4.

    Of h′ = σ(o)·tanh(c′) the mean is 0 where that of c is.
    """
    x_square = given.x_mean**2 + given.x_std**2
    if g.variance == 0.0:
        h = c = y = NOTHING
    else:
        h = Exact(mean=0.0 if given.x_mean == 0.0 else None, zeros=0.0)
        c = Exact(mean=0.5 * given.x_mean, zeros=0.0)
        if g.has_pairs:
            # Less the square of the mean, which leaves Var x of E x²: nothing cancels.
            own = given.x_std**2 + x_square * g.half_tanh_square() + g.tanh_square() + g.pair()
            c = of_std(0.5 * given.x_mean, 0.5 * math.sqrt(own))
        y = Exact(mean=h.mean, zeros=0.0)
    dx, *parts = unknown_gradients(g, given, 4)
    return y, dx, h, c, *parts


def gru(g: Preactivation, hidden: int, given: Inputs) -> tuple[Exact, ...]:
    """h′ = (1 − σ(z))·n + σ(z)·h: E n = 0 and E σ(z) = ½ given h, so E h′ = μ/2."""
    y = Exact(mean=0.5 * given.x_mean, zeros=0.0) if g.variance > 0.0 else NOTHING
    return y, *unknown_gradients(g, given, 3)
