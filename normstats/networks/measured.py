"""Mean and variance of an array times a power of two, wherever in float64 its numbers are.

The squares of numbers below 1e-154 or above 1e154 are no normal numbers. So what is that far from 1
is measured in a copy, times a power of two, which changes no digit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from normstats.kernels import signals
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.values import Array

_RANGE = 200  # octaves around 1: even fourth powers, of which errors are made, are numbers


@dataclass(frozen=True)
class Measured:
    """The mean times 2**exponent, the variance times 4**exponent."""

    mean: float
    variance: float
    exponent: int

    @property
    def octaves(self) -> int | None:
        """The power of two next to the rms; None if that is 0 or not finite."""
        rms = math.hypot(self.mean, math.sqrt(self.variance))
        if rms == 0.0 or not math.isfinite(rms):
            return None
        return math.frexp(rms)[1] + self.exponent


def measured(values: Array, columns: int, exponent: int) -> Measured:
    """Of the first ``columns`` of each row of values · 2**exponent."""
    found = Measured(*_spread(values, columns), exponent)
    octaves = found.octaves
    if octaves is not None and abs(octaves - exponent) <= _RANGE:
        return found
    held = values[:, :columns]
    largest = max(float(held.max(initial=0.0)), -float(held.min(initial=0.0)))
    if largest == 0.0 or not math.isfinite(largest):  # also nan
        return found
    octaves = math.frexp(largest)[1]
    if abs(octaves) <= _RANGE:
        return found
    copy = np.zeros((len(values), -(-columns // LANES) * LANES))
    np.ldexp(held, -octaves, out=copy[:, :columns])
    return Measured(*_spread(copy, columns), exponent + octaves)


def _spread(values: Array, columns: int) -> tuple[float, float]:
    """Of rows that may have gaps between them."""
    out = np.empty(2)
    distance = values.strides[0] // values.itemsize
    # A kernel takes rows with gaps by the address of the first number.
    where = values if values.flags.c_contiguous else int(values.ctypes.data)
    load(signals.SPREAD_OF)(where, len(values), columns, distance, out)
    return float(out[0]), float(out[1])
