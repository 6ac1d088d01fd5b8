"""The standard errors that measured values are judged by.

An error that is estimated from the same samples as the value is not good enough in the tails. Where
large values are rare (exp, relu_cubed) a run that happens to miss them finds both the value and its
error too small; the two are correlated, with 0.65 for the std of exp from 1e5 samples. Activations
therefore get the exact error, from the fourth moments of y and dx. What is left is that a single
sample may weigh as much as all others; how much is found here, too, and widens the threshold.

Where these moments have no exact value (exp of N(0, 5²)), or a few samples make up the std, nothing
is known of the error: it counts as infinite, and the measurement cannot tell.

Pooling, dropout and linear layers have light tails: they keep the estimated error, as one with as
many degrees of freedom as there were independent samples, or groups of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from normstats import registry
from normstats.layer.elementwise import Elementwise
from normstats.published.quantity import Moments
from normstats.reference.quadrature import Moments4, moments4
from normstats.result import Result
from normstats.result.notes import large_values
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs
from normstats.values import Array

DIRECTIONS = ("forward", "backward")
STATISTICS = ("mean", "std", "rms", "zeros")
GRID = 2001  # points at which the largest contribution of a sample is looked for

# The chance that any sample of a layer lies farther out than what is searched for the largest.
BEYOND = 1e-12

# Quantity -> the statistic that it is a function of.
BASE = {"gain": "forward.std", "gain_rms": "forward.rms", "backward_gain": "backward.std"}
BASE |= {"second_moment": "forward.rms"}


@dataclass(frozen=True)
class Noise:
    """The noise of one statistic, for any number of samples.

    ``unit_se`` is the standard error times √n, ``largest`` the most that one sample can move the
    statistic, times n. ``freedom`` is the degrees of freedom of an estimated error per sample.
    """

    unit_se: float
    largest: float = 0.0
    freedom: float = math.inf

    @property
    def is_exact(self) -> bool:
        """Whether the error is known rather than estimated."""
        return math.isinf(self.freedom)

    @property
    def known_from(self) -> str:
        """How it is known."""
        return "exact fourth moments" if self.is_exact else "the samples"

    def se(self, samples: int) -> float:
        """The standard error of so many samples."""
        return self.unit_se / math.sqrt(samples)

    def scaled(self, factor: float) -> Noise:
        """The noise of a function of the statistic with this derivative."""
        return replace(self, unit_se=self.unit_se * factor, largest=self.largest * factor)


SILENT = Noise(0.0)
UNKNOWN = Noise(math.inf)


def noises(result: Result) -> Mapping[str, Noise]:
    """The noise of each statistic, "forward.mean" and so on."""
    layer = registry.find(result.run.call.layer)  # None: layers in a row
    found = {}
    root = math.sqrt(result.samples)
    freedom = max((result.units or result.samples) - 1, 1) / result.samples
    for direction, side in result.statistics.items():
        for statistic in STATISTICS:
            # An unknown error counts as none: where units agree on a wrong value, that is off.
            unit_se = (getattr(side, statistic).se or 0.0) * root
            few = statistic != "zeros" and (side.std.heavy or large_values(side.std) is not None)
            name = f"{direction}.{statistic}"
            found[name] = UNKNOWN if few else Noise(unit_se, freedom=freedom)
    if isinstance(layer, Elementwise):
        reach = math.sqrt(2.0 * math.log(result.samples / BEYOND))
        exact = _elementwise(result.run.call, result.inputs, math.ceil(10.0 * reach) / 10.0)
        found |= {
            name: noise
            for name, noise in exact.items()
            # Where powers underflow instead, the estimated error is the better one.
            if math.isfinite(noise.unit_se) or getattr(result, name.split(".")[0]).std.value > 1.0
        }
        for direction in DIRECTIONS:
            zeros = getattr(result, direction).zeros.exact
            if zeros is not None:
                unit_se = math.sqrt(zeros * (1.0 - zeros))
                found[f"{direction}.zeros"] = Noise(unit_se, max(zeros, 1.0 - zeros))
    return found


@lru_cache(maxsize=1024)
def _elementwise(call: Call, inputs: Inputs, reach: float) -> Mapping[str, Noise]:
    """Exact errors, and the largest contribution within ``reach`` std of (x, dy) from its mean."""
    layer = registry.layer_of(call)
    assert isinstance(layer, Elementwise)
    function = layer.function(call.params)
    z = np.linspace(-reach, reach, GRID)
    z = np.concatenate([z, [-1e-9, 1e-9]])
    with np.errstate(all="ignore"):
        y, slope = function.both(inputs.x_mean + inputs.x_std * z)
        across = inputs.dy_std * np.sqrt(np.maximum(reach * reach - z * z, 0.0))
        dx = np.concatenate([slope * (inputs.dy_mean + across), slope * (inputs.dy_mean - across)])
    found = {}
    for direction, moments, values in zip(
        DIRECTIONS, moments4(function, inputs), (y, dx), strict=True
    ):
        complete = _complete(moments)
        for statistic in ("mean", "std", "rms"):
            found[f"{direction}.{statistic}"] = (
                UNKNOWN
                if complete is None
                else Noise(complete.unit_se(statistic), _largest(statistic, complete, values))
            )
    return found


def _complete(moments: Moments4) -> Moments | None:
    numbers = (moments.mean, moments.variance, moments.third, moments.fourth)
    known = [number for number in numbers if number is not None and math.isfinite(number)]
    return Moments(*known) if len(known) == len(numbers) else None


def _largest(statistic: str, moments: Moments, values: Array) -> float:
    """The largest term of the sum that the statistic is, to first order, of the samples."""
    square = moments.variance + moments.mean**2
    with np.errstate(all="ignore"):
        off = values - moments.mean
        if statistic == "mean":
            terms = np.abs(off)
        elif statistic == "std":
            terms = np.abs(off * off - moments.variance) / (2.0 * math.sqrt(moments.variance))
        else:
            terms = np.abs(values * values - square) / (2.0 * math.sqrt(square))
    return float(np.max(terms)) if np.all(np.isfinite(terms)) else math.inf
