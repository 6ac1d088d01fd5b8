"""Convolutions with random weights: groups of maps that share one draw of them.

Maps of a group are not independent, so the unit of independence is the group, as in
``matrices.py``. What a thread holds is one group, sized to the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from normstats.engine.drawn import Matrix, matrix
from normstats.engine.job import Blocks, LayerJob, Sums, Worker
from normstats.engine.mapproducts import Array, Products, Sides, Strides
from normstats.engine.mapsums import ADD_GRADIENT, ADD_MAP, ADD_POSITIONS, SPREAD
from normstats.engine.matrices import DRAW_ROWS, group_size
from normstats.engine.memory import refuse
from normstats.engine.parts import pooled_moments
from normstats.engine.values import Keep, how_many, keep_nothing, of_groups
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.runs.run import Run
from normstats.sampling.bits import START, STATE_WORDS, STREAMS
from normstats.sampling.streams import SAMPLES

_NUMBERS_PER_BLOCK = 2**20
_NUMBERS_PER_GROUP = 2**17  # of x and y together: they stay in the second-level cache
_LARGEST_GROUP = 128  # of few weights many draws are wanted
_ROW = 512  # numbers that are drawn in one go


class Law(NamedTuple):
    """How weights are drawn: by which function of ``sampling/weights.py`` (none: reflections).

    They are drawn as a matrix: a row for each channel of the small map, in it the channels of the
    big one in the group, with their taps; if ``turned``, small and big change places.
    """

    draw: Callable[..., None] | None
    scale: float
    bound: float
    turned: bool = False


def weight_matrix(sides: Sides, law: Law) -> Matrix:
    """What draws the weights of a convolution by its law."""
    draw, scale, bound, turned = law
    rows, across = (sides.big, sides.small) if turned else (sides.small, sides.big)
    return matrix(rows, across // sides.groups * sides.maps.taps, draw, scale, bound)


def weight_strides(sides: Sides, law: Law, drawn: Matrix) -> Strides:
    """Where the weights stand in such a matrix."""
    row, tap = drawn.strides
    channel = sides.maps.taps * tap
    if law.turned:
        return Strides(channel, row, tap, sides.big // sides.groups * row)
    return Strides(row, channel, tap, sides.small // sides.groups * row)


# What is summed up for a group: y and dx in the interior of their maps and at the border.
Y_INTERIOR, Y_BORDER, DX_INTERIOR, DX_BORDER, WEIGHT, BIAS = range(6)
EVERYTHING = ((Y_INTERIOR, Y_BORDER), (DX_INTERIOR, DX_BORDER), (WEIGHT,), (BIAS,))


@dataclass(frozen=True)
class MapJob(LayerJob):
    """The blocks of one run.

    x is the big map and y the small one, or if ``transposed`` the other way round. ``one_dy`` is
    whether all elements of a sample's dy are the same number. ``pivots`` are near the means of what
    is summed up. ``quantities`` says which of the sums make up each.
    """

    run: Run
    sides: Sides
    law: Law
    transposed: bool = False
    one_dy: bool = False
    pivots: tuple[float, ...] = (0.0,) * 6
    quantities: tuple[tuple[int, ...], ...] = EVERYTHING

    @property
    def unit(self) -> str:
        return "group of samples with the same weights"

    @property
    def group(self) -> int:
        """Samples of a group; the last one may have fewer."""
        fitting = _NUMBERS_PER_GROUP // (self.sides.elements(True) + self.sides.elements(False))
        size = min(group_size(self.run.samples), _LARGEST_GROUP, max(fitting, LANES))
        return size // LANES * LANES if size > LANES else size

    @property
    def chunks(self) -> int:
        return -(-self.group // LANES)

    @property
    def blocks(self) -> Blocks:
        samples = self.sides.elements(True) + self.sides.elements(False)
        numbers = self.sides.weights + self.chunks * LANES * samples
        return Blocks(self.run.samples, self.group * max(_NUMBERS_PER_BLOCK // numbers, 1))

    @property
    def matrix(self) -> Matrix:
        """What draws the weights; its memory is claimed when it is used."""
        return weight_matrix(self.sides, self.law)

    def strides(self, drawn: Matrix) -> Strides:
        """Where the weights stand in it."""
        return weight_strides(self.sides, self.law, drawn)

    @property
    def kernels(self) -> list[Kernel]:
        own = [START, DRAW_ROWS, ADD_MAP, ADD_POSITIONS, SPREAD]
        return [*own, *Products.kernels, *self.matrix.kernels]

    def check(self, threads: int) -> None:
        maps = sum(room(self.chunks * self.sides.chunk(small)) for small in (True, False))
        numbers = self.matrix.size + maps + Products.size(self.sides)
        what = f"with {self.sides.weights} weights, would need"
        size = self.sides.maps.positions(self.transposed)
        refuse(8 * numbers, min(threads, self.blocks.count), "`size`", f"of {size}", what)

    @property
    def elements(self) -> list[int]:
        """Of one sample, in each of the sums of a group."""
        found = []
        for small in (not self.transposed, self.transposed):
            inside = int(self.sides.maps.interior(small).sum())
            outside = self.sides.maps.positions(small) - inside
            found += [inside * self.sides.channels(small), outside * self.sides.channels(small)]
        return [*found, self.sides.weights, self.sides.channels(not self.transposed)]

    def start(self) -> Callable[[], Worker]:
        def worker() -> Worker:
            space = _Workspace(self)

            def one(block: int) -> Sums:
                samples = self.blocks.size(block)
                sizes = [min(self.group, samples - at) for at in range(0, samples, self.group)]
                space.begin(block)
                found = np.array([space.group(size) for size in sizes])
                counts, pivots = self.elements, self.pivots
                return tuple(
                    pooled_moments(parts, counts, pivots, sizes, found) for parts in self.quantities
                )

            return one

        return worker

    def values(self, wanted: int) -> tuple[Array, Array]:
        each = self.sides.elements(True), self.sides.elements(False)
        samples = how_many(each, wanted, self.run.samples)
        return of_groups(self.blocks, self.group, samples, lambda keep: _Workspace(self, keep))


def room(numbers: int) -> int:
    """The number rounded up to what is drawn at once: two rows."""
    return -(-numbers // (2 * _ROW)) * 2 * _ROW


class _Workspace:
    """The memory of one thread, and what is done in it."""

    def __init__(self, job: MapJob, keep: Keep = keep_nothing) -> None:
        self._job, self._keep = job, keep
        sides = job.sides
        self._run = {kernel: load(kernel) for kernel in job.kernels}
        self._numbers = np.arange(STREAMS, dtype=np.uint64)
        self._state = np.empty(STATE_WORDS, np.uint64)
        self._matrix = job.matrix
        self._matrix.claim()
        self._products = Products(sides, job.strides(self._matrix), job.chunks)
        self._maps = {s: aligned(room(job.chunks * sides.chunk(s))) for s in (True, False)}
        self._inside = {s: sides.maps.interior(s).astype(np.intp) for s in (True, False)}
        self._ones = aligned(room(job.chunks * LANES))
        self._bias = aligned(job.chunks * sides.channels(not job.transposed) * LANES)

    def begin(self, block: int) -> None:
        """To the start of a block's random numbers."""
        run = self._job.run
        address = run.seed, run.call.stream, block, SAMPLES
        self._run[START](self._state, self._numbers, STREAMS, *address)

    def group(self, samples: int) -> Array:
        """s1, s2 and z of each of the six sums, for a group with weights of its own."""
        job, given, products = self._job, self._job.run.inputs, self._products
        small, big = self._maps[True], self._maps[False]
        # y is a small map, and so is dy, unless it is transposed.
        y_small = not job.transposed
        y, x = (small, big) if y_small else (big, small)
        sums = np.zeros((6, 3, LANES))
        self._matrix.draw(self._state)
        self._draw(x, given.x_mean, given.x_std)
        products.lead(self._matrix.w, small, big, y_small)
        self._add(y, y_small, samples, Y_INTERIOR, sums)
        if job.one_dy:
            self._draw(self._ones, given.dy_mean, given.dy_std)
            self._run[SPREAD](self._ones, *self._shape(y_small), job.chunks, y)
        else:
            self._draw(y, given.dy_mean, given.dy_std)
        products.gradient(ADD_GRADIENT, small, big, samples, job.pivots[WEIGHT], sums[WEIGHT])
        self._add_bias(y, y_small, samples, sums[BIAS])
        products.lead(self._matrix.w, small, big, not y_small)
        self._add(x, not y_small, samples, DX_INTERIOR, sums)
        return _totals(sums)

    def _draw(self, out: Array, mean: float, std: float) -> None:
        self._run[DRAW_ROWS](self._state, out, len(out) // _ROW, _ROW, _ROW, mean, std)

    def _shape(self, small: bool) -> tuple[int, int, int, int]:
        sides = self._job.sides
        positions, channels = sides.maps.positions(small), sides.channels(small)
        return positions, channels, sides.step(small), sides.chunk(small)

    def _add(self, values: Array, small: bool, samples: int, first: int, sums: Array) -> None:
        """Interior to the first of the sums, border to the next."""
        for part, wanted in ((first, 1), (first + 1, 0)):
            flags, pivot = self._inside[small], self._job.pivots[part]
            shape = self._shape(small)
            self._run[ADD_MAP](values, *shape, samples, flags, wanted, pivot, sums[part])
            if part in self._job.quantities[0 if first == Y_INTERIOR else 1]:
                self._keep(first == Y_INTERIOR, self._those(values, small, samples, wanted))

    def _those(self, values: Array, small: bool, samples: int, wanted: int) -> Array:
        """A map's elements at positions whose flag is ``wanted``: position, channel, sample."""
        positions, channels, step, chunk = self._shape(small)
        rows = values[: self._job.chunks * chunk].reshape(-1, positions, step)
        inside = rows[:, self._inside[small] == wanted, : channels * LANES]
        shaped = inside.reshape(self._job.chunks, -1, channels, LANES).transpose(1, 2, 0, 3)
        return shaped.reshape(-1, channels, self._job.chunks * LANES)[:, :, :samples]

    def _add_bias(self, dy: Array, small: bool, samples: int, sums: Array) -> None:
        self._run[ADD_POSITIONS](dy, *self._shape(small), self._job.chunks, self._bias)
        channels = self._job.sides.channels(small)
        shape = 1, channels, channels * LANES, channels * LANES
        flags = np.ones(1, np.intp)
        self._run[ADD_MAP](self._bias, *shape, samples, flags, 1, self._job.pivots[BIAS], sums)


def _totals(sums: Array) -> Array:
    """Over the lanes, halves first: the same order everywhere."""
    while sums.shape[-1] > 1:
        half = sums.shape[-1] // 2
        sums = sums[..., :half] + sums[..., half:]
    return sums[..., 0]
