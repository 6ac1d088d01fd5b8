"""Exact values of linear layers and convolutions, and what their samples cost.

Every element of y is a sum of weights times elements of x. How many terms it has depends on its
place: at a border taps are missing. Σ of n terms, for weights w with E[w] = 0 and E[w w′] = 0:

    mean 0,   variance n · E[w²] · E[x²],

for all initialisations but the flat ones, as their distributions do not change when the signs of a
row or of a column are flipped. For equal weights w, and independent x or one x in all terms:

    mean n·w·μ,   variance n·w²·σ²   or   n²·w²·σ².

Pooled over elements, the variance of the means n·w·μ is added.
"""

from __future__ import annotations

import math

from normstats.engine.maps import Counts
from normstats.result import Exact
from normstats.runs.inputs import Inputs

ONE = Counts(1, 1, 1, 0)  # an element with a single term
_WORK = 6e10  # multiplications and additions of a default run: about a second on two cores
_FEWEST = 512


def _exact(mean: float, variance: float, zeros: float) -> Exact:
    std = math.sqrt(variance)
    nothing = mean == 0.0 and std == 0.0
    return Exact(mean=mean, std=std, rms=math.hypot(mean, std), zeros=1.0 if nothing else zeros)


def sums(
    counts: Counts, channels: int, square: float, fixed: bool, mean: float, std: float, one: bool
) -> Exact:
    """Of y or dx: ``channels`` terms for each of ``counts``, E[w²] = ``square``.

    ``one`` is whether all terms have the same x.
    """
    if not fixed:
        rms = math.sqrt(channels * square * counts.mean) * math.hypot(mean, std)
        return Exact(mean=0.0, std=rms, rms=rms, zeros=1.0 if rms == 0.0 else counts.share)
    w = math.sqrt(square)
    own = channels * channels * counts.square if one else channels * counts.mean
    spread = square * channels * channels * mean * mean * counts.variance
    share = 1.0 if mean == 0.0 and std == 0.0 else counts.share
    return _exact(w * channels * counts.mean * mean, square * std * std * own + spread, share)


def weight_gradient(pairs: Counts, inputs: Inputs, one: bool = False) -> Exact:
    """Σ of x·dy over ``pairs`` of positions, for each weight; ``one`` dy for all of them or not.

    Given n pairs: mean n·μ·ν, variance n·(σ²τ² + σ²ν² + μ²τ²), or with one dy
    n·σ²·(τ² + ν²) + n²·μ²·τ²; x has mean μ and std σ, dy ν and τ.
    """
    m, s, v, t = inputs.x_mean, inputs.x_std, inputs.dy_mean, inputs.dy_std
    if one:
        own = pairs.mean * s * s * (t * t + v * v) + pairs.square * m * m * t * t
    else:
        own = pairs.mean * (s * s * t * t + s * s * v * v + m * m * t * t)
    return _exact(pairs.mean * m * v, own + m * m * v * v * pairs.variance, pairs.share)


def bias_gradient(positions: int, inputs: Inputs, one: bool = False) -> Exact:
    """Σ of dy over positions: variance n·τ², or n²·τ² with one dy for all."""
    n = float(positions)
    return _exact(n * inputs.dy_mean, (n * n if one else n) * inputs.dy_std**2, 0.0)


def samples_within(operations: float) -> int | None:
    """How many samples of so many operations make a default run; None where the usual number does.

    A number of one digit.
    """
    fitting = max(int(_WORK / operations), _FEWEST)
    step = 10 ** (len(str(fitting)) - 1)
    return fitting // step * step if fitting < 10**7 else None
