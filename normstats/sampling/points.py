"""Fills rows of a work array with points that are not independent: of a sequence, or of strata."""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import (
    LANES,
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
from normstats.sampling.normals import LARGEST, uniform
from normstats.sampling.sobol import FIRST


def fill_points(table: Any, out: Any, columns: int, start: int) -> None:
    """One coordinate of the points from number ``start`` of a scrambled Sobol sequence."""
    base = table[FIRST] ^ table[FIRST]
    index = start // LANES
    digit = 0
    while index >> digit > 0:
        if (index >> digit) & 1 == 1:
            base = base ^ table[FIRST + digit]
        digit += 1
    for i in range(0, columns, LANES):
        store(out, i, uniform(load_words(table, 0) ^ splat_word(base)))
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
        u = load(out, i) / size
        store(out, i, where(u < LARGEST, u, LARGEST))


def make_normal(out: Any, columns: int, mean: float, std: float) -> None:
    """Uniforms to normals with this mean and standard deviation."""
    for i in range(0, columns, LANES):
        store(out, i, fma(normal_quantile(load(out, i)), splat(std), splat(mean)))


FILL_POINTS = Kernel(fill_points, (build.WORDS, build.FLOATS, *(build.SIZE,) * 2))
FILL_STRATA = Kernel(fill_strata, (build.WORDS, build.FLOATS, *(build.SIZE,) * 3))
MAKE_NORMAL = Kernel(make_normal, (build.FLOATS, build.SIZE, *(build.FLOAT,) * 2))
