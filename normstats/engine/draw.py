"""Three ways to fill the random rows of a chunk; a block binds one of them.

Rows of normals come first (x, then dy), each pair of rows from Box–Muller, then rows of uniforms.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.lanes import (
    LANES,
    fma,
    lane_numbers,
    load,
    load_words,
    shifted,
    splat,
    splat_word,
    store,
    where,
)
from normstats.sampling.fill import FILL_NORMALS, FILL_UNIFORMS
from normstats.sampling.inverse import normal_quantile
from normstats.sampling.normals import LARGEST, uniform
from normstats.sampling.sobol import FIRST, TABLE


def draw_streams(
    state: Any, work: Any, columns: int, length: int, x_rows: int, normal_rows: int,
    uniforms: int, uniform_rows: int, inputs: Any,
) -> None:  # fmt: skip
    """Independent numbers in the first ``length`` columns of every row."""
    for row in range(0, normal_rows, 2):
        first = 0 if row < x_rows else 2
        second = 0 if row + 1 < x_rows else 2
        FILL_NORMALS(
            state, work, row * columns, (row + 1) * columns, length,
            inputs[first], inputs[first + 1], inputs[second], inputs[second + 1],
        )  # fmt: skip
    for row in range(uniform_rows):
        FILL_UNIFORMS(state, work, uniforms + row * columns, length, 0.0, 1.0)


def draw_plain(
    state: Any, points: Any, start: int, samples: int, work: Any, columns: int, x_rows: int,
    normal_rows: int, uniforms: int, uniform_rows: int, inputs: Any,
) -> None:  # fmt: skip
    """Plain Monte Carlo: every number independent."""
    draw_streams(state, work, columns, columns, x_rows, normal_rows, uniforms, uniform_rows, inputs)


def draw_mirrored(
    state: Any, points: Any, start: int, samples: int, work: Any, columns: int, x_rows: int,
    normal_rows: int, uniforms: int, uniform_rows: int, inputs: Any,
) -> None:  # fmt: skip
    """Antithetic: the second half of the columns mirrors the first about its centre."""
    half = columns // 2
    draw_streams(state, work, columns, half, x_rows, normal_rows, uniforms, uniform_rows, inputs)
    for row in range(normal_rows):
        centre = splat(2.0 * inputs[0 if row < x_rows else 2])
        at = row * columns
        for i in range(at, at + half, LANES):
            store(work, i + half, centre - load(work, i))
    for row in range(uniform_rows):
        at = uniforms + row * columns
        for i in range(at, at + half, LANES):
            store(work, i + half, 1.0 - load(work, i))


def fill_points(
    table: Any, out: Any, columns: int, start: int, normal: bool, mean: float, std: float
) -> None:
    """One coordinate of the points from number ``start``, as uniforms or as normals."""
    base = table[FIRST] ^ table[FIRST]
    index = start // LANES
    digit = 0
    while index >> digit > 0:
        if (index >> digit) & 1 == 1:
            base = base ^ table[FIRST + digit]
        digit += 1
    for i in range(0, columns, LANES):
        u = uniform(load_words(table, 0) ^ splat_word(base))
        if normal:
            store(out, i, fma(normal_quantile(u), splat(std), splat(mean)))
        else:
            store(out, i, u)
        index += 1
        digit = 0
        base = base ^ table[FIRST]
        while (index >> digit) & 1 == 0:
            digit += 1
            base = base ^ table[FIRST + digit]


def fill_strata(
    state: Any, out: Any, columns: int, start: int, samples: int, mean: float, std: float
) -> None:
    """Points from number ``start`` of the ``samples`` of a block, as normals.

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
        u = where(u < LARGEST, u, LARGEST)
        store(out, i, fma(normal_quantile(u), splat(std), splat(mean)))


def draw_points(
    state: Any, points: Any, start: int, samples: int, work: Any, columns: int, x_rows: int,
    normal_rows: int, uniforms: int, uniform_rows: int, inputs: Any,
) -> None:  # fmt: skip
    """The next points of a scrambled Sobol sequence, one coordinate a row; or of strata."""
    if normal_rows + uniform_rows == 1:
        fill_strata(state, work, columns, start, samples, inputs[0], inputs[1])
        return
    for row in range(normal_rows):
        side = 0 if row < x_rows else 2
        fill_points(
            shifted(points, row * TABLE), shifted(work, row * columns),
            columns, start, True, inputs[side], inputs[side + 1],
        )  # fmt: skip
    for row in range(uniform_rows):
        fill_points(
            shifted(points, (normal_rows + row) * TABLE),
            shifted(work, uniforms + row * columns),
            columns, start, False, 0.0, 1.0,
        )  # fmt: skip
