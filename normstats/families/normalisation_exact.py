"""Exact values of normalisation, for x and dy normal with any means and stds.

All are expectations of powers of r = 1/√(u + eps), with u = s·Σd² over a set, which is a multiple
of a χ² with L − 1 degrees of freedom (L where no mean is taken off: then not central, if x has a
mean). In the notation of ``normalisation_kernels``:

- centred, E dx = 0 and E dx² = γ²·Var[dy]·((L − 2)·E r² + eps²·E r⁶)/L: of the L directions one is
  lost to the mean, and that of x̂ keeps the part eps·r². For eps = 0 this is (L − 2)/(L − 3).
- with constant statistics dx = γ·r·dy; for eps = 0, E r² = L/(L − 3).
- not centred, (L − 1)·E r² + eps²·E r⁶ in place of that; for eps = 0, (L − 1)/(L − 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from normstats.reference.normalised import Squares
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

LOST = 1e-3  # a std below this part of the mean has lost digits to the difference of moments
SEEN = 100  # sets that decide a moment and have to be met before its error means something


@dataclass(frozen=True)
class Sets:
    """``batch`` rows of ``groups`` sets, each of ``channels`` times ``positions`` elements.

    ``part`` is s, 1/L for a mean square; ``through`` says that the gradient goes through the
    statistics; all weights and biases are equal.
    """

    batch: int = 1
    groups: int = 1
    channels: int = 1
    positions: int = 1
    centred: bool = True
    part: float = 1.0
    eps: float = 0.0
    through: bool = True
    weight: float = 1.0
    bias: float = 0.0

    @property
    def size(self) -> int:
        """L, the elements of a set."""
        return self.channels * self.positions

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the sum of squares."""
        return self.size - 1 if self.centred else self.size

    def squares(self, inputs: Inputs) -> Squares:
        """u under these inputs."""
        return Squares(
            self.freedom, self.part, 0.0 if self.centred else inputs.x_mean, inputs.x_std
        )

    def needed(self, inputs: Inputs, moment: int) -> float:
        """Elements after which the mean of dx^(moment/2) has an error that means something.

        The mean of 1/u^(moment/2) exists for more than ``moment`` degrees of freedom. With fewer it
        is infinite for eps = 0; else it is decided by the few sets with u below eps.
        """
        if self.freedom > moment or inputs.x_std == 0.0 or self.weight == 0.0:
            return 0.0
        if inputs.dy_std == 0.0 and (inputs.dy_mean == 0.0 or (self.through and self.centred)):
            return 0.0
        rare = self.squares(inputs).below(self.eps)
        return SEEN * self.size / rare if rare > 0.0 else math.inf


def of(mean: float, variance: float, zeros: float = 0.0) -> Exact:
    """From mean and variance; a std that is lost in the mean's rounding is left out."""
    std = math.sqrt(max(variance, 0.0))
    if mean != 0.0 and 0.0 < std < LOST * abs(mean):
        return Exact(mean=mean, rms=math.hypot(mean, std), zeros=zeros)
    return Exact(mean=mean, std=std, rms=math.hypot(mean, std), zeros=zeros)


def trained(sets: Sets, inputs: Inputs) -> tuple[Exact, ...]:
    """y, dx, gradients of weights and, if centred, of biases; sets have their own statistics."""
    u, eps, mu, var = sets.squares(inputs), sets.eps, inputs.x_mean, inputs.x_std**2
    size, dof = sets.size, sets.freedom
    mean = 0.0
    if sets.centred:
        square = u.expectation(1.0, eps, lambda d: dof * sets.part * var / d)
    else:
        mean = u.expectation(0.5, eps, lambda d: mu / d)
        square = u.expectation(1.0, eps, lambda d: dof * sets.part * (var / d + (mu / d) ** 2))
    square /= sets.part * size  # E x̂²
    spread = sets.weight**2 * (square - mean**2) if inputs.x_std else 0.0
    none = sets.weight == 0.0 or (inputs.x_std == mean == 0.0)
    forward = of(sets.weight * mean, spread, float(none and sets.bias == 0.0))
    if sets.bias and forward.mean is not None:
        level = forward.mean + sets.bias
        rms = None if forward.std is None else math.hypot(level, forward.std)
        forward = replace(forward, mean=level, rms=rms)
    result = (forward, _backward(sets, inputs), _to_weight(sets, inputs, mean, square))
    count = sets.batch * sets.positions
    return (*result, _to_bias(inputs, count)) if sets.centred else result


def _sum_square(sets: Sets, inputs: Inputs, d: Array) -> Array:
    """E (Σ x)² of a set under N(mean/D, std²/D)."""
    size = sets.size
    total: Array = (size * inputs.x_mean / d) ** 2 + size * inputs.x_std**2 / d
    return total


def _backward(sets: Sets, inputs: Inputs) -> Exact:
    u, eps, size = sets.squares(inputs), sets.eps, sets.size
    mu, var = inputs.dy_mean, inputs.dy_std**2
    if sets.weight == 0.0 or (var == 0.0 and (mu == 0.0 or (sets.centred and sets.through))):
        return Exact(mean=0.0, std=0.0, rms=0.0, zeros=1.0)
    first, second = u.expectation(0.5, eps), u.expectation(1.0, eps)
    mean = spread = 0.0
    if not sets.through:
        mean, variance = mu * first, var * second
        spread = mu**2 * (second - first**2) if mu else 0.0
    else:
        kept = (sets.freedom - 1) * second if sets.freedom > 1 else 0.0
        variance = var * (kept + u.expectation(3.0, eps, times=2.0)) / size
    if sets.through and not sets.centred and mu != 0.0:
        if inputs.x_std == var == 0.0:
            return Exact()  # dy has the direction of x, which is taken away: rounding is left

        def sums(k: float, times: float = 0.0) -> float:
            """s/L · eps^times · E[(Σx)² r^2k]."""
            inside = u.expectation(k, eps, lambda d: _sum_square(sets, inputs, d), times)
            return sets.part / size * inside

        mean = mu * (first - sums(1.5))
        if math.isfinite(second):
            spread = mu**2 * (second - sums(2.0) - sums(3.0, 1.0)) - mean**2
    found = of(sets.weight * mean, sets.weight**2 * (variance + spread))
    certain = sets.centred and sets.through  # dx adds up to 0 in every set
    mean_from = 0.0 if certain else sets.needed(inputs, 2)
    return replace(found, mean_from=mean_from, std_from=sets.needed(inputs, 4))


def _to_weight(sets: Sets, inputs: Inputs, mean: float, square: float) -> Exact:
    """Σ dy·x̂ over the batch and the positions."""
    positions, size = sets.positions, sets.size
    mu, var = inputs.dy_mean, inputs.dy_std**2
    if mu == var == 0.0 or inputs.x_std == mean == 0.0:
        return Exact(mean=0.0, std=0.0, rms=0.0, zeros=1.0)
    # E (Σ x̂)² over the positions: any two elements of a set are as good as any others.
    if sets.centred:
        together = positions * square * (size - positions) / (size - 1)
    elif positions == 1:
        together = square
    else:
        u = sets.squares(inputs)
        all_ = u.expectation(1.0, sets.eps, lambda d: _sum_square(sets, inputs, d))
        pair = (all_ - size * square) / (size * (size - 1))
        together = positions * (square + (positions - 1) * pair)
    if var == together == 0.0:
        return Exact()  # 0, but for rounding
    one = positions * mean
    variance = var * positions * square + mu**2 * (together - one**2)
    return of(sets.batch * mu * one, sets.batch * variance)


def _to_bias(inputs: Inputs, count: int) -> Exact:
    """Σ dy of so many."""
    mean, std = count * inputs.dy_mean, math.sqrt(count) * inputs.dy_std
    return Exact(mean=mean, std=std, rms=math.hypot(mean, std), zeros=float(mean == std == 0.0))


def evaluated(
    sets: Sets, centre: float, variance: float, inputs: Inputs
) -> tuple[Exact, Exact, Exact, Exact]:
    """The same for statistics that are given."""
    r = 1.0 / math.sqrt(variance + sets.eps)
    mean, std = (inputs.x_mean - centre) * r, inputs.x_std * r
    gamma, mu, width = sets.weight, inputs.dy_mean, inputs.dy_std
    dead = float(mu == width == 0.0)
    count, level = sets.positions, gamma * mean + sets.bias
    product = width**2 * (mean**2 + std**2) + (mu * std) ** 2

    def normal(centre: float, width: float, zeros: float) -> Exact:
        return Exact(mean=centre, std=width, rms=math.hypot(centre, width), zeros=zeros)

    return (
        normal(level, abs(gamma) * std, float(level == 0.0 and (gamma == 0.0 or std == 0.0))),
        normal(gamma * r * mu, abs(gamma) * r * width, max(dead, float(gamma == 0.0))),
        normal(
            count * mu * mean,
            math.sqrt(count * product),
            max(dead, float(mean == std == 0.0)),
        ),
        normal(count * mu, math.sqrt(count) * width, dead),
    )
