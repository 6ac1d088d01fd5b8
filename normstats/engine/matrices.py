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

from normstats.engine.job import Blocks, Job
from normstats.errors import UsageError
from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import multiply, packed_a_size, packed_x_size, padded
from normstats.kernels.lanes import LANES, shifted
from normstats.kernels.run import load
from normstats.moments.accumulate import COUNT, accumulate, clear, collect
from normstats.moments.merge import Moments
from normstats.result import Inputs
from normstats.sampling.bits import STATE_WORDS, STREAMS, start_streams
from normstats.sampling.fill import fill_normals
from normstats.sampling.streams import SAMPLES
from normstats.sampling.weights import draw_weights, spare_size, weight_size

# Sums over groups, for y and for dx: s1, s2, z, s1², s1·s2, s2², z², n·s1, n·s2, n·z, where n is
# the number of samples of the group.
GROUP_COUNT = 10


def draw_rows(state: Any, out: Any, rows: int, columns: int, mean: float, std: float) -> None:
    """Rows of normals; an odd last one is drawn with a spare that follows it."""
    for row in range(0, rows, 2):
        fill_normals(
            state, out, row * columns, (row + 1) * columns, columns, mean, std, mean, std
        )  # fmt: skip


def add_group(sums: Any, samples: int, spare: Any, out: Any, at: int) -> None:
    """One group's sums as one unit."""
    collect(sums, spare, 0)
    s1 = spare[0]
    s2 = spare[1]
    z = spare[2]
    out[at] += s1
    out[at + 1] += s2
    out[at + 2] += z
    out[at + 3] += s1 * s1
    out[at + 4] += s1 * s2
    out[at + 5] += s2 * s2
    out[at + 6] += z * z
    out[at + 7] += samples * s1
    out[at + 8] += samples * s2
    out[at + 9] += samples * z


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
    for k in range(2 * GROUP_COUNT):
        out[k] = 0.0
    for start in range(0, samples, group):
        count = min(group, samples - start)
        draw_weights(
            state, weights, out_features, in_features, ld, way, scale, bound,
            spare, packed_a, packed_x,
        )  # fmt: skip
        draw_rows(state, x, in_features, columns, inputs[0], inputs[1])
        multiply(
            weights, ld, 1, out_features, in_features, x, columns, y, packed_a, packed_x
        )
        clear(sums)
        accumulate(y, out_features, columns, count, 0.0, sums)
        add_group(sums, count, spare, out, 0)
        draw_rows(state, dy, out_features, columns, inputs[2], inputs[3])
        multiply(
            weights, 1, ld, in_features, out_features, dy, columns, dx, packed_a, packed_x
        )
        clear(sums)
        accumulate(dx, in_features, columns, count, 0.0, sums)
        add_group(sums, count, spare, out, GROUP_COUNT)


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
    unit: str = "group of samples with the same weights"

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
        return weight_size(outs, ins) + spare_size(outs, ins, self.way) + rows * self.columns + packed

    def start(self) -> Callable[[], Callable[[int], tuple[Moments, Moments]]]:
        def worker() -> Callable[[int], tuple[Moments, Moments]]:
            run = self._runner()

            def one(block: int) -> tuple[Moments, Moments]:
                samples = self.blocks.size(block)
                sizes = [min(self.group, samples - at) for at in range(0, samples, self.group)]
                out = run(block, samples)
                return (
                    self._moments(sizes, self.out_features, out[:GROUP_COUNT]),
                    self._moments(sizes, self.in_features, out[GROUP_COUNT:]),
                )

            return one

        return worker

    @staticmethod
    def _moments(sizes: list[int], features: int, out: npt.NDArray[np.float64]) -> Moments:
        sums = out.copy()
        sums[7:] *= features
        elements = [size * features for size in sizes]
        return Moments(0.0, len(sizes), sum(elements), sum(e * e for e in elements), sums)

    def _runner(self) -> Callable[[int, int], npt.NDArray[np.float64]]:
        driver = load(MATRIX_BLOCK)
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

        def run(block: int, samples: int) -> npt.NDArray[np.float64]:
            out = np.empty(2 * GROUP_COUNT)
            driver(
                numbers, state, weights, work, sums, out, packed_a, packed_x, spare,
                self.seed, self.stream, SAMPLES, block,
                samples, self.group, columns, ins, outs, self.way, self.scale, self.bound, inputs,
            )  # fmt: skip
            return out

        return run


def check_memory(job: MatrixJob, threads: int) -> None:
    """UsageError if the threads' work spaces would not fit into this machine's memory."""
    import os

    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not known on every system
        return
    needed = 8 * job.workspace() * min(threads, job.blocks.count)
    if needed > 0.7 * memory:
        size = f"{job.in_features} x {job.out_features}"
        raise UsageError(
            "--in-features x --out-features",
            size,
            f"would need {needed / 1e9:.3g} GB on {threads} threads; must fit into 70 % of the"
            f" memory of {memory / 1e9:.3g} GB",
        )


def apply_weight(
    weight: npt.NDArray[np.float64],
    x: npt.NDArray[np.float64],
    dy: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """x Wᵀ and dy W for samples in the rows of x and dy, by the kernel of the measurement."""
    outs, ins = weight.shape
    samples = len(x)
    columns = -(-max(samples, 1) // LANES) * LANES
    product = load(MULTIPLY)
    packed_a, packed_x = np.empty(packed_a_size()), np.empty(packed_x_size(columns))

    def times(strides: tuple[int, int], shape: tuple[int, int], v: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        inside = np.zeros((shape[1], columns))
        inside[:, :samples] = v.T
        result = np.empty((padded(shape[0]), columns))
        product(weight, *strides, *shape, inside, columns, result, packed_a, packed_x)
        return result[: shape[0], :samples].T

    return times((ins, 1), (outs, ins), x), times((1, ins), (ins, outs), dy)
