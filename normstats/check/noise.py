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
from normstats.reference.quadrature import moments4
from normstats.result import Result
from normstats.result.document import estimates
from normstats.result.notes import large_values
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs
from normstats.values import Array

DIRECTIONS = ("forward", "backward")
GRID = 2001  # points at which the largest contribution of a sample is looked for

# The chance that any sample of a layer lies farther out than what is searched for the largest.
BEYOND = 1e-12


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
    for direction, statistic, estimate in estimates(result):
        std = result.statistics[direction].std
        few = statistic != "zeros" and (std.heavy or large_values(std) is not None)
        # An unknown error counts as none: where units agree on a wrong value, that is off.
        noise = Noise((estimate.se or 0.0) * root, freedom=freedom)
        found[f"{direction}.{statistic}"] = UNKNOWN if few else noise
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
    sides = zip(DIRECTIONS, map(Moments.of, moments4(function, inputs)), (y, dx), strict=True)
    return {
        f"{direction}.{statistic}": UNKNOWN
        if moments is None
        else Noise(moments.unit_se(statistic), _largest(statistic, moments, values))
        for direction, moments, values in sides
        for statistic in ("mean", "std", "rms")
    }


def _largest(statistic: str, moments: Moments, values: Array) -> float:
    """The largest term of the sum that the statistic is, to first order, of the samples."""
    with np.errstate(all="ignore"):
        if statistic == "mean":
            terms = values - moments.mean
        else:  # s = √q of a mean square q about the mean or 0 is off by (q − s²)/2s
            square = moments.variance + (moments.mean**2 if statistic == "rms" else 0.0)
            about = values - (moments.mean if statistic == "std" else 0.0)
            terms = (about * about - square) / (2.0 * math.sqrt(square))
    return float(np.max(np.abs(terms))) if np.all(np.isfinite(terms)) else math.inf
