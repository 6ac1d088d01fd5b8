"""A run of an array layer: its blocks, and the work spaces that do them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from normstats.engine.arrays import Layout, Rows, block_kernel, block_samples, columns_for
from normstats.engine.block import Block
from normstats.engine.job import Blocks, LayerJob, Sums, Worker
from normstats.engine.values import how_many
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.moments.accumulate import COUNT
from normstats.moments.merge import Moments
from normstats.runs.method import REPLICATES, RQMC, Method
from normstats.runs.run import Run
from normstats.sampling.bits import STATE_WORDS, STREAMS
from normstats.sampling.sobol import Words, scrambled_tables
from normstats.sampling.strata import uneven
from normstats.sampling.streams import PILOT, SAMPLES
from normstats.values import Array

_UNITS = {
    "plain": "sample",
    "antithetic": "pair of mirrored samples",
    "rqmc": "sequence of evenly spread points",
}


@dataclass(frozen=True)
class ArrayJob(LayerJob):
    """``blocks.samples`` is what the method makes of the run's samples.

    ``kernel`` is the layer's array kernel, the one for expectations if the method is conditional;
    ``sizes`` and ``coefficients`` are what it sees as n and c.
    """

    run: Run
    kernel: Kernel
    rows: Rows
    sizes: tuple[int, ...]
    coefficients: tuple[float, ...]

    @property
    def method(self) -> Method:
        return self.run.method

    @property
    def unit(self) -> str:
        """What the errors rest on."""
        return _UNITS[self.method.name]

    @property
    def layout(self) -> Layout:
        return Layout(self.rows, self.method.conditional)

    @property
    def columns(self) -> int:
        return columns_for(self.layout, self.method.copies)

    @property
    def blocks(self) -> Blocks:
        samples = self.method.samples(self.run.samples)
        if self.method.name == RQMC:  # a sequence of points each
            points = samples // REPLICATES
            if self.layout.coordinates == 1:
                sizes = uneven(points, REPLICATES, self.run.seed, self.run.call.stream)
                return Blocks(samples, max(sizes), sizes)
            return Blocks(samples, points)
        return Blocks(samples, block_samples(self.layout, self.columns))

    @property
    def kernels(self) -> list[Kernel]:
        return [self.kernel, block_kernel(self.method, self.rows.narrow)]

    def start(self) -> Callable[[], Worker]:
        pivots = self._pivots()
        tables = self._tables(SAMPLES, REPLICATES)
        places = self.layout.quantities

        def worker() -> Worker:
            run = self._runner(tables)
            blocks = self.blocks

            def one(block: int) -> Sums:
                samples = blocks.size(block)
                out = run(SAMPLES, block, samples, pivots)
                return tuple(
                    self._moments(pivot, samples, elements, out[q * COUNT : (q + 1) * COUNT])
                    for q, (pivot, (_, elements)) in enumerate(zip(pivots, places, strict=True))
                )

            return one

        return worker

    def values(self, wanted: int) -> tuple[Array, Array]:
        from normstats.engine.chunks import chunks

        samples = how_many((self.rows.dy, self.rows.x), wanted, self.run.samples)
        kept: dict[bool, list[Array]] = {True: [], False: []}
        for size, work in chunks(self, samples):
            for forward, (at, rows) in zip(kept, self.layout.quantities, strict=False):
                kept[forward].append(work[at : at + rows, :size].flatten())
        return np.concatenate(kept[True]), np.concatenate(kept[False])

    @property
    def own(self) -> tuple[npt.NDArray[np.intp], Array]:
        """What the layer's kernel sees as n and c."""
        return np.array([*self.sizes, 0], np.intp), np.array([*self.coefficients, 0.0])

    def _moments(self, pivot: float, samples: int, elements: int, sums: list[float]) -> Moments:
        if self.method.name == RQMC:
            # A sequence counts by its mean, whatever its number of points. Were it weighted by
            # that, the weights' own scatter would be most of what its sums scatter.
            points = self.blocks.samples // REPLICATES
            row = [value * (points / samples) for value in sums[:3]]
            return Moments.of_units(pivot, [points * elements], [row])
        copies = self.method.copies
        return Moments.of_equal_units(pivot, samples // copies, copies * elements, sums)

    def _pivots(self) -> tuple[float, ...]:
        """Near the means of y, of dx and so on, from a few hundred samples of their own.

        Sums about a pivot keep their precision when the mean is large beside the std.
        """
        samples = min(2 * self.columns, 512)
        places = self.layout.quantities
        nothing = (0.0,) * len(places)
        out = self._runner(self._tables(PILOT, 1))(PILOT, 0, samples, nothing)
        means = [out[q * COUNT] / (samples * n) for q, (_, n) in enumerate(places)]
        return tuple(mean if math.isfinite(mean) else 0.0 for mean in means)

    def _tables(self, purpose: int, count: int) -> Words:
        """Of scrambled points, a row for each sequence; empty where there are none."""
        if self.method.name != RQMC or self.layout.coordinates == 1:
            return np.zeros((0, 1), np.uint64)
        seed, stream = self.run.seed, self.run.call.stream
        return scrambled_tables(self.layout.coordinates, seed, stream, purpose, count)

    def _runner(self, tables: Words) -> Callable[[int, int, int, tuple[float, ...]], list[float]]:
        """Runs blocks in a work space of its own; one for each thread."""
        kernel, driver = map(load, self.kernels)
        layout = self.layout
        numbers = np.arange(STREAMS, dtype=np.uint64)
        state = np.empty(STATE_WORDS, np.uint64)
        work = aligned(layout.rows, self.columns)
        quantities = layout.quantities
        places = np.array(quantities, np.intp)
        sums = aligned(len(quantities) * COUNT * LANES)
        given = self.run.inputs
        four = (given.x_mean, given.x_std, given.dy_mean, given.dy_std)
        inputs = np.array(four, np.float64)
        if self.method.conditional:
            always_zero = float(given.dy_mean == given.dy_std == 0.0)
            work[layout.dy_at, :3] = given.dy_mean, given.dy_std**2, always_zero
        n, c = self.own
        nothing = np.zeros(1, np.uint64)
        seed, stream = self.run.seed, self.run.call.stream
        whole = self._block

        def run(purpose: int, block: int, samples: int, pivots: tuple[float, ...]) -> list[float]:
            out = np.empty(len(quantities) * COUNT)
            address = np.array((seed, stream, block, purpose), np.uint64)
            driver(
                kernel.address, whole._replace(samples=samples).numbers, address,
                numbers, state, tables[block] if len(tables) else nothing, work,
                sums, out, inputs, np.array(pivots), places, n, c,
            )  # fmt: skip
            return out.tolist()

        return run

    @property
    def _block(self) -> Block:
        """The sizes of a block, but for its samples."""
        layout = self.layout
        return Block(
            streams=STREAMS,
            samples=0,
            columns=self.columns,
            copies=self.method.copies,
            x_rows=self.rows.x,
            dy_rows=self.rows.dy,
            normal_rows=layout.normals,
            uniform_rows=layout.uniforms,
            dy_at=layout.dy_at,
            uniforms_at=layout.uniforms_at,
            y_at=layout.y_at,
            dx_at=layout.dx_at,
            quantities=len(layout.quantities),
        )
