"""How far an average over evenly spread points can be from its integral: a bound, not an error.

With --method rqmc --conditional the statistics of an activation are averages of functions h of x
alone. The M points of a sequence lie two by two in strata of probability 2/M, mirrored about the
centre (``fill_strata``). So the number of points below any limit is off by at most 1, and their
average by at most V/M, where V is the total variation of h (Koksma's inequality). No chance is in
this and no estimated error, and it falls like 1/n, where that of independent samples falls like
1/√n.

Source: Niederreiter, Random Number Generation and Quasi-Monte Carlo Methods (1992), theorem 2.9.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from normstats import registry
from normstats.layer.elementwise import Elementwise
from normstats.result import Exact, Result
from normstats.runs.method import REPLICATES, RQMC, Method
from normstats.sampling.strata import SPREAD
from normstats.values import Array

FINE = Method(RQMC, conditional=True)

REACH = 8.2  # standard deviations: no point lies farther out
GRID = 40_001  # points between which the variation is summed up


def bounds(result: Result) -> Mapping[str, float]:
    """The bound of each statistic of an activation under FINE, "forward.mean" and so on.

    Those are left out that have none, or that hold whatever the kernel does.
    """
    layer = registry.layer_of(result.run.call)
    assert isinstance(layer, Elementwise)
    inputs, function = result.inputs, layer.function(result.run.call.params)
    with np.errstate(all="ignore"):
        y, slope = function.both(inputs.x_mean + inputs.x_std * np.linspace(-REACH, REACH, GRID))
    forward, backward = registry.exact(result.run.call, inputs)
    # The shortest of the sequences, as if all were that.
    rate = REPLICATES / ((1.0 - SPREAD) * result.samples)
    zeros = 2.0 * len(function.zero_value), 2.0 * len(function.zero_slope)
    one_side = _side("forward", y, np.zeros_like(y), forward, rate)
    other = _side("backward", inputs.dy_mean * slope, inputs.dy_std * slope, backward, rate)
    if inputs.dy_mean == 0.0:
        del other["backward.mean"]  # it is 0, whatever f′ is
    ends = {"forward.zeros": rate * zeros[0], "backward.zeros": rate * zeros[1]}
    found = {**one_side, **other, **ends}
    return {name: bound for name, bound in found.items() if math.isfinite(bound)}


def _side(name: str, mean: Array, std: Array, exact: Exact, rate: float) -> dict[str, float]:
    """For a value that has this mean and std where x is known."""

    def off(values: Array) -> float:
        with np.errstate(all="ignore"):
            return rate * float(np.abs(np.diff(values)).sum())

    def root(of: float | None, square: float) -> float:
        """Of a root, from the bound of its square."""
        return math.inf if of is None else of - math.sqrt(max(of * of - square, 0.0))

    with np.errstate(all="ignore"):
        centred = (mean - (exact.mean or 0.0)) ** 2 + std**2
        square = mean**2 + std**2
    first = off(mean)
    return {
        f"{name}.mean": first,
        f"{name}.std": root(exact.std, off(centred) + first * first),
        f"{name}.rms": root(exact.rms, off(square)),
    }
