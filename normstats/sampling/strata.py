"""How many points each stratified sequence has: not all the same number.

A sequence of N points puts ⌊Np⌋ or ⌈Np⌉ of them beyond a jump that a share p of all points lies
beyond. Were N the same for all sequences and Np close to a whole number, hardly any of them would
show the other count: their scatter would say nothing of the error that all of them have. Different
N have different fractions of a point, so that every jump shows in the scatter.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from normstats.sampling.bits import threefry
from normstats.sampling.streams import POINTS, SAMPLES

# Sizes lie within this share of their mean.
SPREAD = 0.25


@lru_cache(maxsize=16)
def uneven(points: int, count: int, seed: int, stream: int) -> tuple[int, ...]:
    """``count`` sizes, an even number of them, with the mean ``points``; two by two they make up
    for each other.

    (seed, stream) decide them.
    """
    index = np.arange(count // 2, dtype=np.uint64)
    counter = np.full(len(index), (POINTS + SAMPLES) << 32 | count, np.uint64)
    key = (np.full(len(index), value, np.uint64) for value in (seed, stream))
    words, _ = threefry(index, counter, *key)
    share = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
    more = np.rint(SPREAD * points * (2.0 * share - 1.0)).astype(np.int64)
    return tuple(int(size) for each in more for size in (points + each, points - each))
