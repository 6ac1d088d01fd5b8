"""Memory for kernels."""

from __future__ import annotations

import math

import numpy as np

from normstats.kernels.lanes import LANES
from normstats.values import Array


def aligned(*shape: int) -> Array:
    """Zeros, from the start of a cache line on: a lane that lies across two lines takes two loads.

    NumPy's own large arrays begin 16 bytes after the start of one.
    """
    size = math.prod(shape)
    room = np.zeros(size + LANES)
    start = -(room.ctypes.data // room.itemsize) % LANES
    return room[start : start + size].reshape(shape)
