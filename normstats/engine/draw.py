"""Three ways to fill the random rows of a chunk; a block binds one of them.

Rows of normals come first (x, then dy), each pair of rows from Box–Muller, then rows of uniforms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from normstats.engine.block import AT
from normstats.kernels.lanes import LANES, load, shifted, splat, store
from normstats.runs.method import ANTITHETIC, PLAIN, RQMC
from normstats.sampling.bits import STREAMS
from normstats.sampling.fill import FILL_NORMALS, FILL_UNIFORMS, place
from normstats.sampling.points import FILL_POINTS, FILL_STRATA, MAKE_NORMAL
from normstats.sampling.sobol import TABLE


def draw_streams(state: Any, work: Any, columns: int, length: int, size: Any, inputs: Any) -> None:
    """Independent numbers in the first ``length`` columns of every row."""
    x_rows = size[AT.x_rows]
    uniforms = size[AT.uniforms_at]
    for row in range(0, size[AT.normal_rows], 2):
        first = 0 if row < x_rows else 2
        second = 0 if row + 1 < x_rows else 2
        FILL_NORMALS(
            state, work, row * columns, (row + 1) * columns, length,
            inputs[first], inputs[first + 1], inputs[second], inputs[second + 1],
        )  # fmt: skip
    for row in range(uniforms, uniforms + size[AT.uniform_rows]):
        FILL_UNIFORMS(state, work, row * columns, length, 0.0, 1.0)


def draw_plain(state: Any, points: Any, start: int, size: Any, work: Any, inputs: Any) -> None:
    """Plain Monte Carlo: every number independent."""
    columns = size[AT.columns]
    draw_streams(state, work, columns, columns, size, inputs)


STRETCH = 512  # numbers of a row that is drawn in one go


def draw_narrow(state: Any, points: Any, start: int, size: Any, work: Any, inputs: Any) -> None:
    """The same where a chunk has eight columns only: many rows are drawn as a long one.

    What is drawn beyond the last row is lost: y, dx and spare rows lie there.
    """
    columns = size[AT.columns]
    count = size[AT.normal_rows] * columns
    for at in range(0, count, 2 * STRETCH):
        left = (count - at + 2 * STREAMS - 1) // (2 * STREAMS) * STREAMS
        half = STRETCH if left > STRETCH else left
        FILL_NORMALS(state, work, at, at + half, half, 0.0, 1.0, 0.0, 1.0)
    length = size[AT.x_rows] * columns
    place(work, 0, length, inputs[0], inputs[1])
    place(work, length, count - length, inputs[2], inputs[3])
    for at in range(0, size[AT.uniform_rows] * columns, STREAMS):
        FILL_UNIFORMS(state, work, size[AT.uniforms_at] * columns + at, STREAMS, 0.0, 1.0)


def draw_mirrored(state: Any, points: Any, start: int, size: Any, work: Any, inputs: Any) -> None:
    """Antithetic: the second half of the columns mirrors the first about its centre."""
    columns = size[AT.columns]
    x_rows = size[AT.x_rows]
    uniforms = size[AT.uniforms_at]
    half = columns // 2
    draw_streams(state, work, columns, half, size, inputs)
    for row in range(size[AT.normal_rows]):
        centre = splat(2.0 * inputs[0 if row < x_rows else 2])
        at = row * columns
        for i in range(at, at + half, LANES):
            store(work, i + half, centre - load(work, i))
    for row in range(uniforms, uniforms + size[AT.uniform_rows]):
        at = row * columns
        for i in range(at, at + half, LANES):
            store(work, i + half, 1.0 - load(work, i))


def draw_points(state: Any, points: Any, start: int, size: Any, work: Any, inputs: Any) -> None:
    """The next points of a scrambled Sobol sequence, one coordinate a row; or of strata."""
    samples = size[AT.samples]
    columns = size[AT.columns]
    x_rows = size[AT.x_rows]
    normal_rows = size[AT.normal_rows]
    uniform_rows = size[AT.uniform_rows]
    uniforms = size[AT.uniforms_at]
    for row in range(normal_rows):
        out = shifted(work, row * columns)
        if normal_rows + uniform_rows == 1:
            FILL_STRATA(state, out, columns, start, samples)
        else:
            FILL_POINTS(shifted(points, row * TABLE), out, columns, start, samples)
        side = 0 if row < x_rows else 2
        MAKE_NORMAL(out, columns, inputs[side], inputs[side + 1])
    for row in range(uniform_rows):
        out = shifted(work, (uniforms + row) * columns)
        FILL_POINTS(shifted(points, (normal_rows + row) * TABLE), out, columns, start, samples)


DRAW: Mapping[str, Callable[..., None]] = MappingProxyType(
    {PLAIN: draw_plain, ANTITHETIC: draw_mirrored, RQMC: draw_points}
)
