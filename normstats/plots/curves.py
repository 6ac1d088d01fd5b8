"""f and f′ of an activation over x, from the kernel that is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from normstats import registry
from normstats.layer.elementwise import Elementwise
from normstats.plots.density import shown_range
from normstats.runs.run import Run
from normstats.values import Array

POINTS = 401
REACH = 4.0  # standard deviations of x on either side of its mean
BREAK = 1e-9  # of the width of x: how near to a kink the curves come on either side


@dataclass(frozen=True)
class Curves:
    """f and f′ at x, nan at a kink, so that a jump is seen; ``low`` to ``high`` is shown."""

    x: Array
    f: Array
    slope: Array
    low: float
    high: float


def curves(run: Run) -> Curves | None:
    """Of a run's layer, around the mean of its x; None where y is no function of one number."""
    layer = registry.layer_of(run.call)
    if not isinstance(layer, Elementwise):
        return None
    params, given = run.call.params, run.inputs
    width = REACH * (given.x_std or 1.0)
    low, high = given.x_mean - width, given.x_mean + width
    kinks = [k for k in layer.kinks(params) if low < k < high]
    near = BREAK * (high - low)
    x = np.unique([*np.linspace(low, high, POINTS), *(k - near for k in kinks), *kinks,
                   *(k + near for k in kinks)])  # fmt: skip
    f, slope = layer.apply(x, np.ones_like(x), params)
    broken = np.isin(x, kinks)
    f, slope = np.where(broken, np.nan, f), np.where(broken, np.nan, slope)
    # As of a heavy tail, what grows too fast is cut off: the rest could not be seen beside it.
    sides = [shown_range(np.sort(v[np.isfinite(v)])) for v in (f, slope) if np.isfinite(v).any()]
    least, most = min(low for low, _ in sides), max(high for _, high in sides)
    return Curves(x, f, slope, least, most)
