"""Layers whose samples stand side by side: one block of samples, drawn, mapped and summed up.

A block is the smallest thing that is run: its numbers come from its own streams, and its size
depends on the layer and its parameters alone. It goes through the work array in chunks of
``columns`` samples, which stay in the first- or second-level cache: fill, layer, moments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.engine.job import Blocks, Job
from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES, call, shifted
from normstats.kernels.run import load
from normstats.moments.accumulate import COUNT, accumulate, clear, collect
from normstats.moments.merge import Moments
from normstats.result import Inputs
from normstats.sampling.bits import STATE_WORDS, STREAMS, start_streams
from normstats.sampling.fill import fill_normals, fill_uniforms
from normstats.sampling.streams import PILOT, SAMPLES


@dataclass(frozen=True)
class Shape:
    """Rows of x, of dy (as many as of y) and of uniform numbers that one sample takes."""

    x: int = 1
    dy: int = 1
    uniforms: int = 0

    @property
    def normals(self) -> int:
        """Rows of normals in the work array: they are drawn in pairs."""
        return self.x + self.dy + (self.x + self.dy) % 2

    @property
    def rows(self) -> int:
        """Rows of the whole work array: what is drawn, then y, then dx."""
        return self.normals + self.uniforms + self.dy + self.x


def array_block(
    kernel: int,
    numbers: Any,
    state: Any,
    work: Any,
    sums: Any,
    out: Any,
    seed: int,
    stream: int,
    purpose: int,
    block: int,
    samples: int,
    columns: int,
    x_rows: int,
    dy_rows: int,
    uniform_rows: int,
    inputs: Any,
    c: Any,
    pivot_y: float,
    pivot_dx: float,
) -> None:
    """Draw a block's samples, run the layer's kernel on them, and leave the sums in ``out``."""
    start_streams(state, numbers, seed, stream, block, purpose)
    sums_dx = shifted(sums, COUNT * LANES)
    clear(sums)
    clear(sums_dx)
    normal_rows = x_rows + dy_rows
    uniforms = (normal_rows + normal_rows % 2) * columns
    y_at = uniforms + uniform_rows * columns
    dx_at = y_at + dy_rows * columns
    for start in range(0, samples, columns):
        for row in range(0, normal_rows, 2):
            first = 0 if row < x_rows else 2
            second = 0 if row + 1 < x_rows else 2
            fill_normals(
                state,
                work,
                row * columns,
                (row + 1) * columns,
                columns,
                inputs[first],
                inputs[first + 1],
                inputs[second],
                inputs[second + 1],
            )
        for row in range(uniform_rows):
            fill_uniforms(state, work, uniforms + row * columns, columns, 0.0, 1.0)
        y = shifted(work, y_at)
        dx = shifted(work, dx_at)
        call(
            kernel,
            work,
            shifted(work, x_rows * columns),
            shifted(work, uniforms),
            y,
            dx,
            columns,
            x_rows,
            c,
        )
        units = min(columns, samples - start)
        accumulate(y, dy_rows, columns, units, pivot_y, sums)
        accumulate(dx, x_rows, columns, units, pivot_dx, sums_dx)
    collect(sums, out, 0)
    collect(sums_dx, out, COUNT)


ARRAY_BLOCK = Kernel(
    array_block,
    (
        build.SIZE,
        build.WORDS,
        build.WORDS,
        build.FLOATS,
        build.FLOATS,
        build.FLOATS,
        *(build.WORD,) * 4,
        *(build.SIZE,) * 5,
        build.FLOATS,
        build.FLOATS,
        build.FLOAT,
        build.FLOAT,
    ),
)

# A block draws about this many numbers: a few milliseconds of work.
_NUMBERS_PER_BLOCK = 2**20
# A chunk's work array is about this many numbers, within these bounds on its columns.
_NUMBERS_PER_CHUNK, _FEWEST_COLUMNS, _MOST_COLUMNS = 4096, STREAMS, 512


def columns_for(shape: Shape) -> int:
    """Samples side by side in the work array."""
    fitting = _NUMBERS_PER_CHUNK // shape.rows // STREAMS * STREAMS
    return max(_FEWEST_COLUMNS, min(_MOST_COLUMNS, fitting))


def block_samples(shape: Shape) -> int:
    """Samples of a full block."""
    columns = columns_for(shape)
    drawn = shape.normals + shape.uniforms
    return max(_NUMBERS_PER_BLOCK // drawn // columns, 1) * columns


@dataclass(frozen=True)
class ArrayJob(Job):
    """The blocks of one run of a layer with an array kernel."""

    kernel: Kernel
    shape: Shape
    coefficients: tuple[float, ...]
    inputs: Inputs
    seed: int
    stream: int
    samples: int
    unit: str = "sample"

    @property
    def blocks(self) -> Blocks:
        return Blocks(self.samples, block_samples(self.shape))

    @property
    def kernels(self) -> list[Kernel]:
        return [self.kernel, ARRAY_BLOCK]

    def start(self) -> Callable[[], Callable[[int], tuple[Moments, Moments]]]:
        pivots = self._pivots()

        def worker() -> Callable[[int], tuple[Moments, Moments]]:
            run = self._runner()

            def one(block: int) -> tuple[Moments, Moments]:
                samples = self.blocks.size(block)
                out = run(SAMPLES, block, samples, pivots)
                return (
                    Moments.of_equal_units(pivots[0], samples, self.shape.dy, out[:COUNT]),
                    Moments.of_equal_units(pivots[1], samples, self.shape.x, out[COUNT:]),
                )

            return one

        return worker

    def _pivots(self) -> tuple[float, float]:
        """Near the means of y and dx, from a few hundred samples of their own.

        Sums about a pivot keep their precision when the mean is large beside the std.
        """
        samples = min(columns_for(self.shape) * 2, 512)
        out = self._runner()(PILOT, 0, samples, (0.0, 0.0))
        means = out[0] / (samples * self.shape.dy), out[COUNT] / (samples * self.shape.x)
        return tuple(float(mean) if np.isfinite(mean) else 0.0 for mean in means)  # type: ignore[return-value]

    def _runner(self) -> Callable[..., np.ndarray[Any, np.dtype[np.float64]]]:
        """Runs blocks in a work space of its own; one for each thread."""
        kernel, driver = load(self.kernel), load(ARRAY_BLOCK)
        columns = columns_for(self.shape)
        numbers = np.arange(STREAMS, dtype=np.uint64)
        state = np.empty(STATE_WORDS, np.uint64)
        work = np.zeros(self.shape.rows * columns)
        sums = np.empty(2 * COUNT * LANES)
        given = self.inputs
        inputs = np.array([given.x_mean, given.x_std, given.dy_mean, given.dy_std])
        c = np.array([*self.coefficients, 0.0])

        def run(
            purpose: int, block: int, samples: int, pivots: tuple[float, float]
        ) -> np.ndarray[Any, np.dtype[np.float64]]:
            out = np.empty(2 * COUNT)
            address = (self.seed, self.stream, purpose, block)
            shape = (self.shape.x, self.shape.dy, self.shape.uniforms)
            driver(
                kernel.address, numbers, state, work, sums, out,
                *address, samples, columns, *shape, inputs, c, *pivots,
            )  # fmt: skip
            return out

        return run
