"""Layers with a random weight matrix: groups of samples that share one draw of it.

Samples of a group are not independent, so the unit of independence is the group: its sums over
all samples and elements are one observation each. y = W·x and dx = Wᵀ·dy are matrix products with
the samples side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from normstats.engine.job import Blocks, LayerJob, Sums, Worker
from normstats.engine.memory import refuse
from normstats.engine.values import Keep, how_many, keep_nothing, of_groups
from normstats.engine.weights import Drawn, Orthonormal, Reflected, Shape, Weights
from normstats.kernels import build
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES, fma, lane_numbers, load, splat, store, total, where
from normstats.kernels.run import load as load_kernel
from normstats.moments.accumulate import ACCUMULATE, COUNT, clear
from normstats.moments.merge import Moments
from normstats.runs.run import Run
from normstats.sampling.bits import START, STATE_WORDS, STREAMS
from normstats.sampling.fill import FILL_NORMALS
from normstats.sampling.streams import SAMPLES
from normstats.values import Array


def draw_rows(
    state: Any, out: Any, rows: int, columns: int, distance: int, mean: float, std: float
) -> None:
    """Rows of normals; an odd last one is drawn with a spare that follows it."""
    for row in range(0, rows, 2):
        FILL_NORMALS(
            state, out, row * distance, (row + 1) * distance, columns, mean, std, mean, std
        )  # fmt: skip


def group_sums(
    values: Any, rows: int, distance: int, samples: int, sums: Any, out: Any, at: int
) -> None:
    """s1, s2 and z over all elements of a group at ``out[at:]``."""
    clear(sums)
    ACCUMULATE(values, rows, distance, samples, 0.0, sums)
    for k in range(3):
        out[at + k] = total(load(sums, k * LANES))


def column_sums(
    values: Any, rows: int, columns: int, distance: int, pivot: float, out: Any
) -> None:
    """s1, s2 and z about the pivot of each column, as three rows."""
    for i in range(0, columns, LANES):
        s1 = splat(0.0)
        s2 = splat(0.0)
        z = splat(0.0)
        for r in range(rows):
            value = load(values, r * distance + i)
            deviation = value - pivot
            s1 = s1 + deviation
            s2 = fma(deviation, deviation, s2)
            z = z + where(value == 0.0, 1.0, 0.0)
        store(out, i, s1)
        store(out, columns + i, s2)
        store(out, 2 * columns + i, z)


def outer_sums(
    x: Any, dy: Any, columns: int, samples: int, ins: int, outs: int, mu: float, nu: float,
    out: Any,
) -> None:  # fmt: skip
    """s1, s2 and z of dy·xᵀ about μ·ν, and of dy about ν, from the sums of x and dy about μ and ν.

    An element is (μ + a)(ν + b), so its deviation is μ·b + ν·a + a·b; sums of products over both
    indices are products of sums. No outer product is formed.
    """
    n = splat(float(ins))
    m = splat(float(outs))
    for k in range(6):
        store(out, k * LANES, splat(0.0))
    for i in range(0, columns, LANES):
        a1 = load(x, i)
        a2 = load(x, columns + i)
        b1 = load(dy, i)
        b2 = load(dy, columns + i)
        bz = load(dy, 2 * columns + i)
        s1 = n * mu * b1 + m * nu * a1 + a1 * b1
        cross = mu * nu * a1 * b1 + mu * a1 * b2 + nu * a2 * b1
        s2 = n * mu * mu * b2 + m * nu * nu * a2 + a2 * b2 + 2.0 * cross
        z = n * m - (n - load(x, 2 * columns + i)) * (m - bz)
        held = lane_numbers() < splat(float(samples - i))
        store(out, 0, load(out, 0) + where(held, s1, 0.0))
        store(out, LANES, load(out, LANES) + where(held, s2, 0.0))
        store(out, 2 * LANES, load(out, 2 * LANES) + where(held, z, 0.0))
        store(out, 3 * LANES, load(out, 3 * LANES) + where(held, b1, 0.0))
        store(out, 4 * LANES, load(out, 4 * LANES) + where(held, b2, 0.0))
        store(out, 5 * LANES, load(out, 5 * LANES) + where(held, bz, 0.0))
    for k in range(6):
        out[k] = total(load(out, k * LANES))


_F, _W, _S = build.FLOATS, build.WORDS, build.SIZE
DRAW_ROWS = Kernel(draw_rows, (_W, _F, _S, _S, _S, build.FLOAT, build.FLOAT))
GROUP_SUMS = Kernel(group_sums, (_F, *(_S,) * 3, _F, _F, _S))
COLUMN_SUMS = Kernel(column_sums, (_F, *(_S,) * 3, build.FLOAT, _F))
OUTER_SUMS = Kernel(outer_sums, (_F, _F, *(_S,) * 4, *(build.FLOAT,) * 2, _F))


LARGEST_GROUP = 512
FEWEST_GROUPS = 64
_NUMBERS_PER_BLOCK = 2**20


def group_size(samples: int) -> int:
    """Samples that share one draw of the weights: 512, or fewer, to leave 64 groups."""
    return max(1, min(LARGEST_GROUP, samples // FEWEST_GROUPS))


@dataclass(frozen=True)
class MatrixJob(LayerJob):
    """The blocks of one run of a linear layer.

    ``draw`` is a function of ``sampling/weights.py``; without one, the rows of W, or if there are
    more of them than columns, its columns are orthonormal.
    """

    run: Run
    in_features: int
    out_features: int
    draw: Callable[..., None] | None
    scale: float
    bound: float

    @property
    def unit(self) -> str:
        return "group of samples with the same weights"

    @property
    def pivots(self) -> tuple[float, ...]:
        """The exact means of y, dx, and the gradients of weight and bias."""
        given = self.run.inputs
        return 0.0, 0.0, given.x_mean * given.dy_mean, given.dy_mean

    @property
    def elements(self) -> tuple[int, ...]:
        """Of each of them, in one sample."""
        ins, outs = self.in_features, self.out_features
        return outs, ins, ins * outs, outs

    @property
    def group(self) -> int:
        """Samples of a group; the last one may have fewer."""
        return group_size(self.run.samples)

    @property
    def shape(self) -> Shape:
        """Of the matrices of a group."""
        columns = -(-self.group // STREAMS) * STREAMS
        return Shape(self.in_features, self.out_features, columns)

    @property
    def blocks(self) -> Blocks:
        ins, outs, columns = self.shape
        numbers = ins * outs + columns * (ins + outs)
        return Blocks(self.run.samples, self.group * max(_NUMBERS_PER_BLOCK // numbers, 1))

    @property
    def weights(self) -> Weights:
        """What draws the weights and multiplies by them; its memory is claimed when it is used."""
        if self.draw is not None:
            return Drawn(self.shape, self.draw, self.scale, self.bound)
        return (Reflected if Reflected.is_cheaper(self.shape) else Orthonormal)(self.shape)

    @property
    def kernels(self) -> list[Kernel]:
        return [START, DRAW_ROWS, GROUP_SUMS, COLUMN_SUMS, OUTER_SUMS, *self.weights.kernels]

    def check(self, threads: int) -> None:
        what = f"with `out_features` {self.out_features} would need"
        count = min(threads, self.blocks.count)
        refuse(8 * self.weights.size, count, "`in_features`", self.in_features, what)

    def start(self) -> Callable[[], Worker]:
        def worker() -> Worker:
            space = _Workspace(self)

            def one(block: int) -> Sums:
                samples = self.blocks.size(block)
                sizes = [min(self.group, samples - at) for at in range(0, samples, self.group)]
                space.begin(block)
                sums = [space.group(size) for size in sizes]
                return tuple(
                    Moments.of_units(
                        pivot, [n * count for n in sizes], [row[3 * q : 3 * q + 3] for row in sums]
                    )
                    for q, (pivot, count) in enumerate(zip(self.pivots, self.elements, strict=True))
                )

            return one

        return worker

    def values(self, wanted: int) -> tuple[Array, Array]:
        samples = how_many(self.elements[:2], wanted, self.run.samples)
        return of_groups(self.blocks, self.group, samples, lambda keep: _Workspace(self, keep))


class _Workspace:
    """The memory of one thread, and what is done in it."""

    def __init__(self, job: MatrixJob, keep: Keep = keep_nothing) -> None:
        self._job, self._keep = job, keep
        self._run = {kernel: load_kernel(kernel) for kernel in job.kernels}
        self._numbers = np.arange(STREAMS, dtype=np.uint64)
        self._state = np.empty(STATE_WORDS, np.uint64)
        self._weights = job.weights
        self._weights.claim()
        self._sums = aligned(COUNT * LANES)
        columns = job.shape.columns
        self._gradients = aligned(6 * LANES)
        self._columns = {True: aligned(3 * columns), False: aligned(3 * columns)}

    def begin(self, block: int) -> None:
        """To the start of a block's random numbers."""
        run = self._job.run
        address = run.seed, run.call.stream, block, SAMPLES
        self._run[START](self._state, self._numbers, STREAMS, *address)

    def group(self, samples: int) -> list[float]:
        """s1, s2 and z of y, dx, and the gradients of weight and bias, for a group with its W."""
        given, out = self._job.run.inputs, np.empty(12)
        self._weights.draw(self._state)
        self._side(True, given.x_mean, given.x_std, samples, out[:3])
        self._side(False, given.dy_mean, given.dy_std, samples, out[3:])
        ins, outs, columns = self._job.shape
        both, means = self._columns.values(), (given.x_mean, given.dy_mean)
        self._run[OUTER_SUMS](*both, columns, samples, ins, outs, *means, self._gradients)
        out[6:] = self._gradients[:6]
        values: list[float] = out.tolist()
        return values

    def _side(
        self, forward: bool, mean: float, std: float, samples: int, out: npt.NDArray[np.float64]
    ) -> None:
        """Draw one side's input, multiply it, and sum up the product."""
        (ins, outs, columns), away = self._job.shape, self._job.shape.distance
        depth, height = (ins, outs) if forward else (outs, ins)
        source = self._weights.source(forward)
        self._run[DRAW_ROWS](self._state, source, depth, columns, away, mean, std)
        self._run[COLUMN_SUMS](source, depth, columns, away, mean, self._columns[forward])
        product = self._weights.product(forward)
        self._run[GROUP_SUMS](product, height, away, samples, self._sums, out, 0)
        self._keep(forward, product[:height, :samples])
