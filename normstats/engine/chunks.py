"""The chunks of a block one by one, where the numbers themselves are wanted and not their sums.

``array_block`` in ``arrays.py`` does the same in one kernel; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from normstats.engine.draw import STRETCH
from normstats.kernels.aligned import aligned
from normstats.kernels.run import load
from normstats.sampling.bits import START, STATE_WORDS, STREAMS
from normstats.sampling.fill import FILL_NORMALS, FILL_UNIFORMS
from normstats.sampling.sobol import Words
from normstats.sampling.streams import SAMPLES
from normstats.values import Array

if TYPE_CHECKING:
    from normstats.engine.arrayjob import ArrayJob


def chunks(job: ArrayJob, samples: int) -> Iterator[tuple[int, Array]]:
    """The first samples of a plain run: how many each chunk has, and its work array, used again."""
    run, layout, columns = job.run, job.layout, job.columns
    start, kernel = load(START), load(job.kernel)
    state, numbers = np.empty(STATE_WORDS, np.uint64), np.arange(STREAMS, dtype=np.uint64)
    work = aligned(layout.rows, columns)
    places = layout.dy_at, layout.uniforms_at, layout.y_at, layout.dx_at
    left = samples
    for block in range(job.blocks.count):
        start(state, numbers, STREAMS, run.seed, run.call.stream, block, SAMPLES)
        for _ in range(0, job.blocks.size(block), columns):
            _draw(job, state, work)
            kernel(work, *(work[at:] for at in places), columns, *job.own)
            yield min(columns, left), work
            left -= columns
            if left <= 0:
                return


def _draw(job: ArrayJob, state: Words, work: Array) -> None:
    """As ``draw_streams`` in ``draw.py``, or ``draw_narrow``."""
    if job.rows.narrow:
        _draw_narrow(job, state, work)
        return
    normals, uniforms = load(FILL_NORMALS), load(FILL_UNIFORMS)
    layout, columns, given = job.layout, job.columns, job.run.inputs
    laws = ((given.x_mean, given.x_std), (given.dy_mean, given.dy_std))
    for row in range(0, layout.normals, 2):
        first, second = (laws[at >= job.rows.x] for at in (row, row + 1))
        normals(state, work, row * columns, (row + 1) * columns, columns, *first, *second)
    for row in range(layout.uniforms_at, layout.uniforms_at + layout.uniforms):
        uniforms(state, work, row * columns, columns, 0.0, 1.0)


def _draw_narrow(job: ArrayJob, state: Words, work: Array) -> None:
    normals, uniforms = load(FILL_NORMALS), load(FILL_UNIFORMS)
    layout, columns, given = job.layout, job.columns, job.run.inputs
    count = layout.normals * columns
    for at in range(0, count, 2 * STRETCH):
        half = min(STRETCH, -(-(count - at) // (2 * STREAMS)) * STREAMS)
        normals(state, work, at, at + half, half, 0.0, 1.0, 0.0, 1.0)
    x, dy = work[: job.rows.x], work[job.rows.x : layout.normals]
    x[:] = given.x_mean + given.x_std * x  # rounds once more than the kernel's fused step
    dy[:] = given.dy_mean + given.dy_std * dy
    for at in range(0, layout.uniforms * columns, STREAMS):
        uniforms(state, work, layout.uniforms_at * columns + at, STREAMS, 0.0, 1.0)
