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

from normstats.engine.job import Blocks, Job
from normstats.errors import UsageError
from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import multiply, packed_a_size, packed_x_size, padded
from normstats.kernels.lanes import LANES, load, shifted, total
from normstats.kernels.run import load as load_kernel
from normstats.moments.accumulate import COUNT, accumulate, clear
from normstats.moments.merge import Moments
from normstats.result import Inputs
from normstats.sampling.bits import STATE_WORDS, STREAMS, start_streams
from normstats.sampling.fill import fill_normals
from normstats.sampling.streams import SAMPLES
from normstats.sampling.weights import draw_weights, spare_size, weight_size

# Of each group: s1, s2 and z of y, then of dx.
GROUP_COUNT = 6


def draw_rows(state: Any, out: Any, rows: int, columns: int, mean: float, std: float) -> None:
    """Rows of normals; an odd last one is drawn with a spare that follows it."""
    for row in range(0, rows, 2):
        fill_normals(
            state, out, row * columns, (row + 1) * columns, columns, mean, std, mean, std
        )  # fmt: skip


def matrix_block(
    numbers: Any,
    state: Any,
    weights: Any,
    work: Any,
    sums: Any,
    out: Any,
    packed_a: Any,
    packed_x: Any,
    spare: Any,
    seed: int,
    stream: int,
    purpose: int,
    block: int,
    samples: int,
    group: int,
    columns: int,
    in_features: int,
    out_features: int,
    way: int,
    scale: float,
    bound: float,
    inputs: Any,
) -> None:
    """Draw, multiply and sum up a block's groups of up to ``group`` samples."""
    start_streams(state, numbers, seed, stream, block, purpose)
    ld = -(-in_features // LANES) * LANES
    x = work
    dy = shifted(x, padded(in_features) * columns)
    y = shifted(dy, padded(out_features) * columns)
    dx = shifted(y, padded(out_features) * columns)
    for start in range(0, samples, group):
        count = min(group, samples - start)
        draw_weights(
            state, weights, out_features, in_features, ld, way, scale, bound,
            spare, packed_a, packed_x,
        )  # fmt: skip
        draw_rows(state, x, in_features, columns, inputs[0], inputs[1])
        multiply(weights, ld, 1, out_features, in_features, x, columns, y, packed_a, packed_x)
        clear(sums)
        accumulate(y, out_features, columns, count, 0.0, sums)
        at = start // group * GROUP_COUNT
        for k in range(3):
            out[at + k] = total(load(sums, k * LANES))
        draw_rows(state, dy, out_features, columns, inputs[2], inputs[3])
        multiply(weights, 1, ld, in_features, out_features, dy, columns, dx, packed_a, packed_x)
        clear(sums)
        accumulate(dx, in_features, columns, count, 0.0, sums)
        for k in range(3):
            out[at + 3 + k] = total(load(sums, k * LANES))


MATRIX_BLOCK = Kernel(
    matrix_block,
    (
        build.WORDS,
        build.WORDS,
        *(build.FLOATS,) * 7,
        *(build.WORD,) * 4,
        *(build.SIZE,) * 6,
        build.FLOAT,
        build.FLOAT,
        build.FLOATS,
    ),
)

MULTIPLY = Kernel(
    multiply,
    (
        build.FLOATS,
        *(build.SIZE,) * 4,
        build.FLOATS,
        build.SIZE,
        build.FLOATS,
        build.FLOATS,
        build.FLOATS,
    ),
)

LARGEST_GROUP = 512
FEWEST_GROUPS = 64
_NUMBERS_PER_BLOCK = 2**20


def group_size(samples: int) -> int:
    """Samples that share one draw of the weights: 512, fewer if that would leave under 64 groups."""
    return max(1, min(LARGEST_GROUP, samples // FEWEST_GROUPS))


@dataclass(frozen=True)
class MatrixJob(Job):
    """The blocks of one run of a linear layer; ``way``, ``scale`` and ``bound`` say how W is drawn."""

    in_features: int
    out_features: int
    way: int
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
    def group(self) -> int:
        return group_size(self.samples)

    @property
    def columns(self) -> int:
        return -(-self.group // STREAMS) * STREAMS

    @property
    def blocks(self) -> Blocks:
        features = self.in_features + self.out_features
        numbers = self.in_features * self.out_features + self.columns * features
        return Blocks(self.samples, self.group * max(_NUMBERS_PER_BLOCK // numbers, 1))

    @property
    def kernels(self) -> list[Kernel]:
        return [MATRIX_BLOCK]

    def workspace(self) -> int:
        """Numbers of memory that one thread takes."""
        ins, outs = self.in_features, self.out_features
        rows = 2 * (padded(ins) + padded(outs))
        packed = packed_a_size() + packed_x_size(max(self.columns, ins + LANES, outs + LANES))
        return (
            weight_size(outs, ins) + spare_size(outs, ins, self.way) + rows * self.columns + packed
        )

    def check(self, threads: int) -> None:
        try:
            memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, ValueError, OSError):  # not known on every system
            return
        needed = 8 * self.workspace() * min(threads, self.blocks.count)
        if needed > 0.7 * memory:
            raise UsageError(
                "--in-features",
                self.in_features,
                f"with --out-features {self.out_features} would need {needed / 1e9:.3g} GB on"
                f" {threads} threads; must fit into 70 % of the memory of {memory / 1e9:.3g} GB",
            )

    def start(self) -> Callable[[], Callable[[int], tuple[Moments, Moments]]]:
        def worker() -> Callable[[int], tuple[Moments, Moments]]:
            run = self._runner()

            def one(block: int) -> tuple[Moments, Moments]:
                samples = self.blocks.size(block)
                sizes = [min(self.group, samples - at) for at in range(0, samples, self.group)]
                out = run(block, samples, len(sizes))
                return (
                    Moments.of_units(0.0, [n * self.out_features for n in sizes], out[:, :3]),
                    Moments.of_units(0.0, [n * self.in_features for n in sizes], out[:, 3:]),
                )

            return one

        return worker

    def _runner(self) -> Callable[[int, int, int], npt.NDArray[np.float64]]:
        driver = load_kernel(MATRIX_BLOCK)
        ins, outs, columns = self.in_features, self.out_features, self.columns
        numbers = np.arange(STREAMS, dtype=np.uint64)
        state = np.empty(STATE_WORDS, np.uint64)
        weights = np.zeros(weight_size(outs, ins))
        work = np.zeros(2 * (padded(ins) + padded(outs)) * columns)
        sums = np.empty(COUNT * LANES)
        packed_a = np.empty(packed_a_size())
        packed_x = np.empty(packed_x_size(max(columns, ins + LANES, outs + LANES)))
        spare = np.empty(spare_size(outs, ins, self.way))
        given = self.inputs
        inputs = np.array([given.x_mean, given.x_std, given.dy_mean, given.dy_std])

        def run(block: int, samples: int, groups: int) -> npt.NDArray[np.float64]:
            out = np.empty((groups, GROUP_COUNT))
            driver(
                numbers, state, weights, work, sums, out, packed_a, packed_x, spare,
                self.seed, self.stream, SAMPLES, block,
                samples, self.group, columns, ins, outs, self.way, self.scale, self.bound, inputs,
            )  # fmt: skip
            return out

        return run


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
