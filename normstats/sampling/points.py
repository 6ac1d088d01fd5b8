"""Fills rows of a work array with points that are not independent: of a sequence, or of strata."""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import (
    LANES,
    Lane,
    fma,
    lane_numbers,
    load,
    load_words,
    splat,
    splat_word,
    store,
    where,
)
from normstats.sampling.fill import FILL_UNIFORMS
from normstats.sampling.inverse import normal_quantile
from normstats.sampling.normals import LARGEST, SMALLEST, uniform
from normstats.sampling.sobol import FIRST, OFFSET, WINDOW

ROUNDER = 1.5 * 2.0**52


def inside(x: Lane, size: Lane) -> Lane:
    """x/size, but no nearer to 0 and 1 than the uniforms are: rounding may bring it there."""
    u = x / size
    u = where(u < LARGEST, u, LARGEST)
    return where(u > SMALLEST, u, SMALLEST)


def fill_points(table: Any, out: Any, columns: int, start: int, samples: int) -> None:
    """One coordinate of the points from number ``start`` of the ``samples`` of a Sobol sequence.

    Each is mirrored in the window that it lies in; see ``sobol.py``.
    """
    size = splat(float(samples))
    offset = uniform(splat_word(table[OFFSET])) * WINDOW
    base = table[FIRST] ^ table[FIRST]
    index = start // LANES
    digit = 0
    while index >> digit > 0:
        if (index >> digit) & 1 == 1:
            base = base ^ table[FIRST + digit]
        digit += 1
    for i in range(0, columns, LANES):
        x = uniform(load_words(table, 0) ^ splat_word(base)) * size
        # The number of the window: this addition rounds to a whole number.
        number = (x - offset) * (1.0 / WINDOW) - 0.5 + ROUNDER - ROUNDER
        low = fma(number, splat(WINDOW), offset)
        high = low + WINDOW
        low = where(low > 0.0, low, 0.0)
        high = where(high < size, high, size)
        store(out, i, inside(low + (high - x), size))
        index += 1
        digit = 0
        base = base ^ table[FIRST]
        while (index >> digit) & 1 == 0:
            digit += 1
            base = base ^ table[FIRST + digit]


def fill_strata(state: Any, out: Any, columns: int, start: int, samples: int) -> None:
    """Points from number ``start`` of the ``samples`` of a block.

    (0, 1) is cut into strata for two points each, which mirror each other about its centre; the
    last stratum of an odd number is half as wide and has one. In a chunk all first points come
    before their mirror images.
    """
    count = columns if start + columns < samples else samples - start
    pairs = (count + 1) // 2
    size = splat(float(samples))
    FILL_UNIFORMS(state, out, 0, columns, 0.0, 1.0)
    for i in range(0, pairs, LANES):
        low = fma(lane_numbers(), splat(2.0), splat(float(start + 2 * i)))
        width = where(size - low < 2.0, 1.0, 2.0)
        store(out, i, fma(load(out, i), width, low))
    for i in range(0, pairs, LANES):
        low = fma(lane_numbers(), splat(2.0), splat(float(start + 2 * i)))
        store(out, pairs + i, low + (low + 2.0) - load(out, i))
    for i in range(0, columns, LANES):
        store(out, i, inside(load(out, i), size))


def make_normal(out: Any, columns: int, mean: float, std: float) -> None:
    """Uniforms to normals with this mean and standard deviation."""
    for i in range(0, columns, LANES):
        store(out, i, fma(normal_quantile(load(out, i)), splat(std), splat(mean)))


FILL_POINTS = Kernel(fill_points, (build.WORDS, build.FLOATS, *(build.SIZE,) * 3))
FILL_STRATA = Kernel(fill_strata, (build.WORDS, build.FLOATS, *(build.SIZE,) * 3))
MAKE_NORMAL = Kernel(make_normal, (build.FLOATS, build.SIZE, *(build.FLOAT,) * 2))
