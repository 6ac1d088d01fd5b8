"""What can be said of a layer by trying it: whether it is homogeneous, and its largest slope."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.layer.arrays import ArrayLayer
from normstats.layer.elementwise import Elementwise
from normstats.networks.chain import Stage, is_of_batch
from normstats.registry import layer_of
from normstats.runs.call import Call

_OCTAVES = (-60, -3, 3, 60)
_FAR, _FARTHER = 1e3, 1e6


def is_homogeneous(stage: Stage) -> bool:
    """Whether f(2ᵏx) = 2ᵏf(x) and f′(2ᵏx) = f′(x), to the last bit."""
    return True if stage.call is None else is_homogeneous_call(stage.call)


@lru_cache(maxsize=512)
def is_homogeneous_call(call: Call) -> bool:
    """The same of a call."""
    layer, params = layer_of(call), call.params
    if layer.family in ("linear", "convolution"):
        return True
    if not isinstance(layer, ArrayLayer) or is_of_batch(layer, params):
        return False
    shapes = layer.shapes(params)
    rng = np.random.default_rng(0)
    rows = max(shapes.ins, 1)
    x, dy = (rng.standard_normal((count, 8 * LANES)) for count in (rows, shapes.outs))
    more = sum(int(np.prod(s)) for s in shapes.gradients.values()) + layer.scratch_rows(params)
    mask = shapes.extras.get("mask")
    u = rng.random((int(np.prod(mask.shape)) if mask else 1, 8 * LANES))
    n = np.array([*layer.sizes_for(params), 0], np.intp)
    c = np.array([*layer.coefficients_for(params), 0.0])
    kernel = load(layer.kernel_for(params))

    def run(octaves: int) -> bytes:
        y, dx = np.zeros_like(dy), np.zeros((rows + more, 8 * LANES))
        kernel(np.ldexp(x, octaves), dy, u, y, dx, 8 * LANES, n, c)
        return np.ldexp(y, -octaves).tobytes() + dx[:rows].tobytes()

    return all(run(octaves) == run(0) for octaves in _OCTAVES)


@lru_cache(maxsize=512)
def largest_slope(call: Call) -> float | None:
    """The largest |f′| of an activation; None if it grows without bound, or f is linear.

    From a fine grid: what is a share of it need not be known to the last digit.
    """
    layer = layer_of(call)
    if not isinstance(layer, Elementwise):
        return None
    with np.errstate(all="ignore"):
        near, far, farther = (
            float(np.nanmax(np.abs(layer.twin(grid, call.params)[1])))
            for grid in (np.linspace(-20.0, 20.0, 40_001), _grid(_FAR), _grid(_FARTHER))
        )
    largest = max(near, far)
    if not np.isfinite(farther) or farther > 1.5 * largest or largest == 0.0:
        return None
    return largest


def _grid(end: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    ends = np.geomspace(1e-3, end, 2000)
    return np.concatenate([-ends[::-1], ends])
