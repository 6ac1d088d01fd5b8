"""Layers with a random weight matrix: groups of samples that share one draw of it.

Samples of a group are not independent, so the unit of independence is the group: its sums over
all samples and elements are one observation each. y = W·x and dx = Wᵀ·dy are matrix products with
the samples side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from normstats.engine import orthonormal
from normstats.engine.job import Blocks, Job, Worker
from normstats.engine.orthonormal import Orthonormal
from normstats.errors import UsageError
from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import MULTIPLY, packed_a_size, packed_x_size, padded
from normstats.kernels.lanes import LANES, load, total
from normstats.kernels.run import load as load_kernel
from normstats.moments.accumulate import ACCUMULATE, COUNT, clear
from normstats.moments.merge import Moments
from normstats.result import Inputs
from normstats.sampling.bits import START, STATE_WORDS, STREAMS
from normstats.sampling.fill import FILL_NORMALS
from normstats.sampling.streams import SAMPLES
from normstats.sampling.weights import SPARE, transpose, weight_size


def draw_rows(state: Any, out: Any, rows: int, columns: int, mean: float, std: float) -> None:
    """Rows of normals; an odd last one is drawn with a spare that follows it."""
    for row in range(0, rows, 2):
        FILL_NORMALS(
            state, out, row * columns, (row + 1) * columns, columns, mean, std, mean, std
        )  # fmt: skip


def group_sums(
    values: Any, rows: int, columns: int, samples: int, sums: Any, out: Any, at: int
) -> None:
    """s1, s2 and z over all elements of a group at ``out[at:]``."""
    clear(sums)
    ACCUMULATE(values, rows, columns, samples, 0.0, sums)
    for k in range(3):
        out[at + k] = total(load(sums, k * LANES))


def matrix_rows(rows: int) -> int:
    """Rows to set aside for so many rows of a matrix of samples."""
    return padded(rows + 1)


_F, _W, _S = build.FLOATS, build.WORDS, build.SIZE
DRAW_ROWS = Kernel(draw_rows, (_W, _F, _S, _S, build.FLOAT, build.FLOAT))
GROUP_SUMS = Kernel(group_sums, (_F, *(_S,) * 3, _F, _F, _S))
TRANSPOSE = Kernel(transpose, (_F, *(_S,) * 3, _F, _S))


def weight_kernel(draw: Callable[..., None]) -> Kernel:
    """The kernel of one of the functions of ``sampling/weights.py`` that draw a matrix."""
    return Kernel(draw, (_W, _F, *(_S,) * 3, build.FLOAT, build.FLOAT, _F))


LARGEST_GROUP = 512
FEWEST_GROUPS = 64
_NUMBERS_PER_BLOCK = 2**20


def group_size(samples: int) -> int:
    """Samples that share one draw of the weights: 512, or fewer, to leave 64 groups."""
    return max(1, min(LARGEST_GROUP, samples // FEWEST_GROUPS))


@dataclass(frozen=True)
class MatrixJob(Job):
    """The blocks of one run of a linear layer; ``draw`` is a function of ``sampling/weights.py``.

    With ``orthogonal`` the rows, or if there are more of them than columns, the columns of W are
    made orthonormal.
    """

    in_features: int
    out_features: int
    draw: Callable[..., None]
    orthogonal: bool
    scale: float
    bound: float
    inputs: Inputs
    seed: int
    stream: int
    samples: int

    @property
    def unit(self) -> str:
        return "group of samples with the same weights"

    @property
    def turn(self) -> bool:
        """Whether the transpose of W is drawn: Gram–Schmidt works on rows."""
        return self.orthogonal and self.out_features > self.in_features

    @property
    def group(self) -> int:
        """Samples of a group; the last one may have fewer."""
        return group_size(self.samples)

    @property
    def columns(self) -> int:
        """Columns of the matrices of samples."""
        return -(-self.group // STREAMS) * STREAMS

    @property
    def blocks(self) -> Blocks:
        features = self.in_features + self.out_features
        numbers = self.in_features * self.out_features + self.columns * features
        return Blocks(self.samples, self.group * max(_NUMBERS_PER_BLOCK // numbers, 1))

    @property
    def kernels(self) -> list[Kernel]:
        own = [START, DRAW_ROWS, MULTIPLY, GROUP_SUMS, weight_kernel(self.draw)]
        own += orthonormal.KERNELS if self.orthogonal else []
        return [*own, TRANSPOSE] if self.turn else own

    def check(self, threads: int) -> None:
        try:
            memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, ValueError, OSError):  # not known on every system
            return
        needed = 8 * _Workspace.size(self) * min(threads, self.blocks.count)
        if needed > 0.7 * memory:
            raise UsageError(
                "--in-features",
                self.in_features,
                f"with --out-features {self.out_features} would need {needed / 1e9:.3g} GB on"
                f" {threads} threads; must fit into 70 % of the memory of {memory / 1e9:.3g} GB",
            )

    def start(self) -> Callable[[], Worker]:
        def worker() -> Worker:
            space = _Workspace(self)

            def one(block: int) -> tuple[Moments, Moments]:
                samples = self.blocks.size(block)
                sizes = [min(self.group, samples - at) for at in range(0, samples, self.group)]
                space.begin(block)
                sums = [space.group(size) for size in sizes]
                return (
                    Moments.of_units(
                        0.0, [n * self.out_features for n in sizes], [row[:3] for row in sums]
                    ),
                    Moments.of_units(
                        0.0, [n * self.in_features for n in sizes], [row[3:] for row in sums]
                    ),
                )

            return one

        return worker


class _Workspace:
    """The memory of one thread, and what is done in it."""

    def __init__(self, job: MatrixJob) -> None:
        ins, outs, columns = job.in_features, job.out_features, job.columns
        self._job = job
        self._run = {kernel: load_kernel(kernel) for kernel in job.kernels}
        self._numbers = np.arange(STREAMS, dtype=np.uint64)
        self._state = np.empty(STATE_WORDS, np.uint64)
        self._weights = np.zeros(weight_size(outs, ins))
        self._turned = np.zeros(weight_size(ins, outs) if job.turn else 1)
        self._ins = np.zeros((matrix_rows(ins), columns))
        self._outs = np.zeros((matrix_rows(outs), columns))
        self._sums = np.empty(COUNT * LANES)
        self._packed = np.empty(packed_a_size()), np.empty(packed_x_size(self._widest(job)))
        self._spare = np.empty(SPARE)
        self._orthonormal = Orthonormal(*self._turned_shape(job)) if job.orthogonal else None

    @staticmethod
    def _turned_shape(job: MatrixJob) -> tuple[int, int]:
        """Rows and their distance in the matrix that is made orthonormal."""
        sizes = job.in_features, job.out_features
        return min(sizes), -(-max(sizes) // LANES) * LANES

    @staticmethod
    def _widest(job: MatrixJob) -> int:
        return max(job.columns, job.in_features + LANES, job.out_features + LANES)

    @classmethod
    def size(cls, job: MatrixJob) -> int:
        """Numbers in a work space, without making one."""
        ins, outs = job.in_features, job.out_features
        weights = weight_size(outs, ins) + (weight_size(ins, outs) if job.turn else 0)
        weights += Orthonormal.size(*cls._turned_shape(job)) if job.orthogonal else 0
        samples = (matrix_rows(ins) + matrix_rows(outs)) * job.columns
        return weights + samples + packed_a_size() + packed_x_size(cls._widest(job))

    def begin(self, block: int) -> None:
        """To the start of a block's random numbers."""
        job = self._job
        self._run[START](self._state, self._numbers, STREAMS, job.seed, job.stream, block, SAMPLES)

    def group(self, samples: int) -> list[float]:
        """s1, s2 and z of y and of dx, for a group with weights of its own."""
        job, given, out = self._job, self._job.inputs, np.empty(6)
        ins, outs, ld = job.in_features, job.out_features, -(-job.in_features // LANES) * LANES
        self._draw_weights(ins, outs, ld)
        self._side(outs, ins, (ld, 1), given.x_mean, given.x_std, samples, out[:3])
        self._side(ins, outs, (1, ld), given.dy_mean, given.dy_std, samples, out[3:])
        values: list[float] = out.tolist()
        return values

    def _draw_weights(self, ins: int, outs: int, ld: int) -> None:
        job = self._job
        drawn, rows, columns, across = self._weights, outs, ins, ld
        if job.turn:
            drawn, rows, columns, across = self._turned, ins, outs, -(-outs // LANES) * LANES
        draw = self._run[weight_kernel(job.draw)]
        draw(self._state, drawn, rows, columns, across, job.scale, job.bound, self._spare)
        if self._orthonormal is not None:
            self._orthonormal(drawn)
        if job.turn:
            self._run[TRANSPOSE](drawn, rows, columns, across, self._weights, ld)

    def _side(
        self, height: int, depth: int, strides: tuple[int, int], mean: float, std: float,
        samples: int, out: npt.NDArray[np.float64],
    ) -> None:  # fmt: skip
        """Draw one side's input, multiply it, and sum up the product."""
        forward = strides[1] == 1
        source, product = (self._ins, self._outs) if forward else (self._outs, self._ins)
        columns = self._job.columns
        self._run[DRAW_ROWS](self._state, source, depth, columns, mean, std)
        self._run[MULTIPLY](
            self._weights, *strides, height, depth, source, columns, product, *self._packed
        )
        self._run[GROUP_SUMS](product, height, columns, samples, self._sums, out, 0)


def apply_weight(
    weight: npt.NDArray[np.float64],
    x: npt.NDArray[np.float64],
    dy: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """x Wᵀ and dy W for samples in the rows of x and dy, by the kernel of the measurement."""
    outs, ins = weight.shape
    samples = len(x)
    columns = -(-max(samples, 1) // LANES) * LANES
    product = load_kernel(MULTIPLY)
    packed_a, packed_x = np.empty(packed_a_size()), np.empty(packed_x_size(columns))

    def times(
        strides: tuple[int, int], shape: tuple[int, int], v: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        inside = np.zeros((shape[1], columns))
        inside[:, :samples] = v.T
        result = np.empty((padded(shape[0]), columns))
        product(weight, *strides, *shape, inside, columns, result, packed_a, packed_x)
        return result[: shape[0], :samples].T

    return times((ins, 1), (outs, ins), x), times((1, ins), (ins, outs), dy)
