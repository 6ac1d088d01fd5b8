"""Infinitely wide networks, layer by layer, from the exact values of the activation."""

from __future__ import annotations

import math

from normstats import api

SETTLED = 1e-6  # relative: χ of the next layers is the same


def mean_field(kind: str, scale: float, factor: float = 1.0, depth: int = 1) -> list[float]:
    """χ = σ_w² E f′² of each layer of an infinitely wide network, for x ~ N(0, 1).

    The sums of a layer have the variance σ_w² times the mean square of the values before it.
    """
    square, found = 1.0, []
    for _ in range(depth):
        known = api.exact(kind, x_std=scale * math.sqrt(square))
        assert known.forward.rms is not None
        assert known.backward.rms is not None
        found.append((scale * factor * known.backward.rms) ** 2)
        square = (factor * known.forward.rms) ** 2
        if len(found) > 1 and abs(found[-1] - found[-2]) <= SETTLED * found[-1]:
            return found + found[-1:] * (depth - len(found))
    return found
