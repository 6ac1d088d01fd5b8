"""Exact values of softmax and its kin for n independent logits x ~ N(μ, v) and dy ~ N(m, s²).

``reference/softmax.py`` has E Q of Q = Σ yⱼ², E Σ yⱼ³, E Q², and the mean and variance of
L = log Σ e^(xⱼ − μ). None of y or dx is 0, but where all of it is.
"""

from __future__ import annotations

import math

from normstats.reference.softmax import softmax as moments
from normstats.result import Exact
from normstats.runs.inputs import Inputs

# A std that is a smaller share of the mean is mostly rounding.
LEAST_STD = 1e-10
UNKNOWN = Exact(zeros=0.0)


def exact(mean: float, variance: float, zeros: float = 0.0) -> Exact:
    """From a mean and a variance."""
    return of_std(mean, math.sqrt(max(variance, 0.0)), zeros)


def of_std(mean: float, std: float, zeros: float = 0.0) -> Exact:
    """From a mean and a std; where both are 0, all is 0."""
    if 0.0 < std < LEAST_STD * abs(mean):
        return Exact(mean=mean, rms=abs(mean), zeros=zeros)
    constant = 1.0 if mean == 0.0 and std == 0.0 else zeros
    return Exact(mean=mean, std=std, rms=math.hypot(mean, std), zeros=constant)


def gradient(mean: float, variance: float, inputs: Inputs) -> Exact:
    """Of dx, which is 0 where dy always is."""
    return exact(mean, 0.0 if no_gradient(inputs) else variance)


def unknown(mean: float, inputs: Inputs) -> Exact:
    """Of dx, if all that is known is its mean."""
    return exact(0.0, 0.0) if no_gradient(inputs) else Exact(mean=mean, zeros=0.0)


def no_gradient(inputs: Inputs) -> bool:
    """Whether dy is always 0."""
    return inputs.dy_mean == 0.0 and inputs.dy_std == 0.0


def softmax(n: int, inputs: Inputs) -> tuple[Exact, Exact]:
    """E y = 1/n. dxᵢ = yᵢ(dyᵢ − ⟨y, dy⟩), of which m drops out, so that n E dx² is

    s² E[Q − 2 Σ yⱼ³ + Q²].
    """
    found = moments(n, inputs.x_std)
    if found is None:
        return Exact(mean=1.0 / n, zeros=0.0), unknown(0.0, inputs)
    square = found.square - 2.0 * found.cube + found.squares
    return (
        exact(1.0 / n, found.excess / n),
        gradient(0.0, inputs.dy_std**2 * square / n, inputs),
    )


def log_softmax(n: int, inputs: Inputs) -> tuple[Exact, Exact]:
    """Var y = v + Var L − 2 Cov(xᵢ, L), and Cov(xᵢ, L) = v E yᵢ = v/n by Stein's lemma.

    dxᵢ = dyᵢ − yᵢ Σ dyⱼ: E dx = 0 and E dx² = s²(1 − 2/n + E Q) + m²(n E Q − 1).
    """
    found = moments(n, inputs.x_std)
    if found is None:
        return UNKNOWN, unknown(0.0, inputs)
    variance = inputs.x_std**2 * (1.0 - 2.0 / n) + found.log_variance
    square = inputs.dy_std**2 * (1.0 - 2.0 / n + found.square)
    square += inputs.dy_mean**2 * n * found.excess
    return exact(-found.log_mean, variance), gradient(0.0, square, inputs)


def logsumexp(n: int, inputs: Inputs) -> tuple[Exact, Exact]:
    """y = μ + L, and dxᵢ = dy yᵢ: n Var dx = s² E Q + m²(E Q − 1/n)."""
    found = moments(n, inputs.x_std)
    mean = inputs.dy_mean / n
    if found is None:
        return UNKNOWN, unknown(mean, inputs)
    square = inputs.dy_std**2 * found.square + inputs.dy_mean**2 * found.excess
    return (
        exact(inputs.x_mean + found.log_mean, found.log_variance),
        gradient(mean, square / n, inputs),
    )
