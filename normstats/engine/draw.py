"""Three ways to fill the random rows of a chunk; a block binds one of them.

Rows of normals come first (x, then dy), each pair of rows from Box–Muller, then rows of uniforms.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.lanes import LANES, load, shifted, splat, store
from normstats.sampling.fill import FILL_NORMALS, FILL_UNIFORMS
from normstats.sampling.points import FILL_POINTS, FILL_STRATA, MAKE_NORMAL
from normstats.sampling.sobol import TABLE


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


def draw_points(
    state: Any, points: Any, start: int, samples: int, work: Any, columns: int, x_rows: int,
    normal_rows: int, uniforms: int, uniform_rows: int, inputs: Any,
) -> None:  # fmt: skip
    """The next points of a scrambled Sobol sequence, one coordinate a row; or of strata."""
    for row in range(normal_rows):
        out = shifted(work, row * columns)
        if normal_rows + uniform_rows == 1:
            FILL_STRATA(state, out, columns, start, samples)
        else:
            FILL_POINTS(shifted(points, row * TABLE), out, columns, start, samples)
        side = 0 if row < x_rows else 2
        MAKE_NORMAL(out, columns, inputs[side], inputs[side + 1])
    for row in range(uniform_rows):
        out = shifted(work, uniforms + row * columns)
        FILL_POINTS(shifted(points, (normal_rows + row) * TABLE), out, columns, start, samples)
