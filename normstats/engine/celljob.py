"""One step of a recurrent cell: groups of samples that share one draw of all its weights.

Between the products with W_ih and W_hh, and those with their transposes, stands the cell's own
kernel (see ``families/cell_kernels.py``). As in ``matrices.py`` the unit of independence is the
group, and samples lie side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.engine.drawn import DrawnMatrix
from normstats.engine.job import Blocks, LayerJob, Sums, Worker
from normstats.engine.matrices import COLUMN_SUMS, DRAW_ROWS, OUTER_SUMS, group_size
from normstats.engine.memory import refuse
from normstats.engine.parts import pooled_moments
from normstats.engine.values import Keep, how_many, keep_nothing, of_groups
from normstats.engine.weights import sample_rows
from normstats.kernels import build
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import MULTIPLY, distance, packed_a_size, packed_x_size
from normstats.kernels.lanes import LANES, load, total
from normstats.kernels.run import load as load_kernel
from normstats.moments.accumulate import ACCUMULATE, COUNT, clear
from normstats.runs.run import Run
from normstats.sampling.bits import START, STATE_WORDS, STREAMS
from normstats.sampling.streams import SAMPLES
from normstats.sampling.weights import uniform
from normstats.values import Array

_NUMBERS_PER_BLOCK = 2**20


@dataclass(frozen=True)
class Cell:
    """Sizes: ``gates`` sums for each element of the state, ``states`` of them: h, or h and c.

    ``apart`` says that gradients of W_ih·x and W_hh·h differ. ``kernel`` has the parameters of
    ``families/cell_kernels.py``.
    """

    inputs: int
    hidden: int
    gates: int
    states: int
    apart: bool
    bias: bool
    kernel: Kernel

    @property
    def rows(self) -> int:
        """Of W_ih and of W_hh."""
        return self.gates * self.hidden

    @property
    def elements(self) -> tuple[int, ...]:
        """Of one sample, in each part: the new states, dx, d state, the gradients of weights."""
        each = (self.hidden,) * self.states
        weights = self.rows * self.inputs, self.rows * self.hidden
        return *each, self.inputs, *each, *weights, *(self.rows, self.rows)[: 2 * self.bias]

    @property
    def weights_at(self) -> int:
        """The part of W_ih's gradient; W_hh's follows, then those of their biases."""
        return 2 * self.states + 1


def part_sums(
    values: Any, rows: int, distance: int, samples: int, pivot: float, sums: Any, out: Any, at: int
) -> None:
    """s1, s2 and z about the pivot over all elements of a group at ``out[at:]``."""
    clear(sums)
    ACCUMULATE(values, rows, distance, samples, pivot, sums)
    for k in range(3):
        out[at + k] = total(load(sums, k * LANES))


_F, _S = build.FLOATS, build.SIZE
PART_SUMS = Kernel(part_sums, (_F, *(_S,) * 3, build.FLOAT, _F, _F, _S))


@dataclass(frozen=True)
class CellJob(LayerJob):
    """The blocks of one run.

    Weights and biases are uniform between ±``bound``. ``pivots`` are near the means of the parts
    (see ``Cell.elements``); ``quantities`` says which parts make up each.
    """

    run: Run
    cell: Cell
    bound: float
    pivots: tuple[float, ...]
    quantities: tuple[tuple[int, ...], ...]

    @property
    def unit(self) -> str:
        return "group of samples with the same weights"

    @property
    def group(self) -> int:
        """Samples of a group; the last one may have fewer."""
        return group_size(self.run.samples)

    @property
    def columns(self) -> int:
        return -(-self.group // STREAMS) * STREAMS

    @property
    def numbers(self) -> int:
        """Of a group's samples and sums."""
        cell = self.cell
        rows = sample_rows(cell.inputs) + 2 * sample_rows(cell.states * cell.hidden)
        return (rows + 2 * sample_rows(cell.rows)) * distance(self.columns)

    @property
    def blocks(self) -> Blocks:
        cell = self.cell
        numbers = cell.rows * (cell.inputs + cell.hidden)
        numbers += self.columns * (cell.inputs + 2 * cell.states * cell.hidden + cell.rows)
        return Blocks(self.run.samples, self.group * max(_NUMBERS_PER_BLOCK // numbers, 1))

    @property
    def matrices(self) -> list[DrawnMatrix]:
        """W_ih, W_hh and two biases; memory is claimed when they are used."""
        cell = self.cell
        shapes = (cell.rows, cell.inputs), (cell.rows, cell.hidden), (1, cell.rows), (1, cell.rows)
        return [DrawnMatrix(*shape, uniform, self.bound, 0.0) for shape in shapes]

    @property
    def kernels(self) -> list[Kernel]:
        own = [START, DRAW_ROWS, COLUMN_SUMS, OUTER_SUMS, PART_SUMS, MULTIPLY, self.cell.kernel]
        return [*own, *self.matrices[0].kernels]

    def check(self, threads: int) -> None:
        numbers = self.numbers + sum(matrix.size for matrix in self.matrices)
        what = f"with `input_size` {self.cell.inputs} would need"
        count = min(threads, self.blocks.count)
        refuse(8 * numbers, count, "`hidden_size`", self.cell.hidden, what)

    def start(self) -> Callable[[], Worker]:
        def worker() -> Worker:
            space = _Workspace(self)
            elements = self.cell.elements

            def one(block: int) -> Sums:
                samples = self.blocks.size(block)
                sizes = [min(self.group, samples - at) for at in range(0, samples, self.group)]
                space.begin(block)
                found = np.array([space.group(size) for size in sizes])
                return tuple(
                    pooled_moments(parts, elements, self.pivots, sizes, found)
                    for parts in self.quantities
                )

            return one

        return worker

    def values(self, wanted: int) -> tuple[Array, Array]:
        states = self.cell.states * self.cell.hidden
        samples = how_many((states, self.cell.inputs + states), wanted, self.run.samples)
        return of_groups(self.blocks, self.group, samples, lambda keep: _Workspace(self, keep))


class _Workspace:
    """The memory of one thread, and what is done in it; ``keep`` is given y and dx of a group."""

    def __init__(self, job: CellJob, keep: Keep = keep_nothing) -> None:
        self._job, cell, self._keep = job, job.cell, keep
        self._run = {kernel: load_kernel(kernel) for kernel in job.kernels}
        self._numbers = np.arange(STREAMS, dtype=np.uint64)
        self._random = np.empty(STATE_WORDS, np.uint64)
        self._matrices = job.matrices
        for matrix in self._matrices:
            matrix.claim()
        away = distance(job.columns)
        self._input = aligned(sample_rows(cell.inputs), away)
        self._state, self._dy = aligned(2, sample_rows(cell.states * cell.hidden), away)
        self._a, self._b = aligned(2, sample_rows(cell.rows), away)
        self._packed = aligned(packed_a_size()), aligned(packed_x_size(job.columns))
        self._columns = aligned(4, 3 * job.columns)
        self._sums, self._outer = aligned(COUNT * LANES), aligned(6 * LANES)

    def begin(self, block: int) -> None:
        """To the start of a block's random numbers."""
        run = self._job.run
        address = run.seed, run.call.stream, block, SAMPLES
        self._run[START](self._random, self._numbers, STREAMS, *address)

    def group(self, samples: int) -> Array:
        """s1, s2 and z of every part, for a group with weights of its own."""
        cell, given = self._job.cell, self._job.run.inputs
        out = np.zeros((len(cell.elements), 3))
        for matrix in self._matrices[: 4 if cell.bias else 2]:
            matrix.draw(self._random)
        self._draw(self._input, cell.inputs, given.x_mean, given.x_std)
        self._draw(self._state, cell.states * cell.hidden, given.x_mean, given.x_std)
        self._draw(self._dy, cell.states * cell.hidden, given.dy_mean, given.dy_std)
        for row, (values, rows) in enumerate(
            ((self._input, cell.inputs), (self._state, cell.hidden))
        ):
            self._total_columns(row, values, rows, given.x_mean)
        self._times(0, self._input, self._a, False, 1)
        self._times(1, self._state, self._b, False, 1)
        biases = (matrix.w for matrix in self._matrices[2:])
        sizes = cell.hidden, self._job.columns, distance(self._job.columns)
        self._run[cell.kernel](self._a, self._b, *biases, self._state, self._dy, *sizes)
        states = cell.states * cell.hidden
        self._keep(True, self._dy[:states, :samples])
        self._add_states(self._dy, samples, 0, out)
        self._add_gradients(samples, out)
        self._times(0, self._a, self._input, True, 1)
        self._times(1, self._b if cell.apart else self._a, self._state, True, 0)
        self._add(self._input, cell.inputs, samples, cell.states, out)
        self._add_states(self._state, samples, cell.states + 1, out)
        self._keep(False, self._input[: cell.inputs, :samples])
        self._keep(False, self._state[:states, :samples])
        return out

    def _draw(self, out: Array, rows: int, mean: float, std: float) -> None:
        columns = self._job.columns
        self._run[DRAW_ROWS](self._random, out, rows, columns, distance(columns), mean, std)

    def _times(self, which: int, source: Array, result: Array, back: bool, fresh: int) -> None:
        """Multiply by W_ih or W_hh, or by its transpose; added to the result unless fresh."""
        cell, columns, matrix = self._job.cell, self._job.columns, self._matrices[which]
        across = (cell.inputs, cell.hidden)[which]
        strides = matrix.strides[::-1] if back else matrix.strides
        shape = (across, cell.rows) if back else (cell.rows, across)
        self._run[MULTIPLY](
            matrix.w, *strides, *shape, source, columns, result, distance(columns), fresh,
            *self._packed,
        )  # fmt: skip

    def _total_columns(self, row: int, values: Array, rows: int, pivot: float) -> None:
        columns = self._job.columns
        sums = self._columns[row]
        self._run[COLUMN_SUMS](values, rows, columns, distance(columns), pivot, sums)

    def _add_gradients(self, samples: int, out: Array) -> None:
        """Of W_ih, W_hh and their biases, from the sums over columns."""
        cell, given, first = self._job.cell, self._job.run.inputs, self._job.cell.weights_at
        for which, values in enumerate((self._a, self._b if cell.apart else self._a)):
            across = (cell.inputs, cell.hidden)[which]
            pivot = self._job.pivots[first + 2 + which] if cell.bias else 0.0
            self._total_columns(2, values, cell.rows, pivot)
            self._run[OUTER_SUMS](
                self._columns[which], self._columns[2], self._job.columns, samples,
                across, cell.rows, given.x_mean, pivot, self._outer,
            )  # fmt: skip
            out[first + which] = self._outer[:3]
            if cell.bias:
                out[first + 2 + which] = self._outer[3:6]

    def _add_states(self, values: Array, samples: int, part: int, out: Array) -> None:
        hidden = self._job.cell.hidden
        for k in range(self._job.cell.states):
            self._add(values[k * hidden :], hidden, samples, part + k, out)

    def _add(self, values: Array, rows: int, samples: int, part: int, out: Array) -> None:
        away, pivot = distance(self._job.columns), self._job.pivots[part]
        self._run[PART_SUMS](values, rows, away, samples, pivot, self._sums, out, 3 * part)
