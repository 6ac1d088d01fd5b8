"""The weights that a group of samples shares, and their products with the group."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import NamedTuple

from normstats.engine import reflections
from normstats.engine.drawn import (
    Array,
    DrawnMatrix,
    Matrix,
    OrthonormalMatrix,
    Random,
    Words,
    lane_multiple,
)
from normstats.engine.reflections import Reflections
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import MULTIPLY, distance, packed_a_size, packed_x_size, padded
from normstats.kernels.run import load


class Shape(NamedTuple):
    """Features of x and of y, and the columns that a matrix of samples has."""

    ins: int
    outs: int
    columns: int

    @property
    def distance(self) -> int:
        """From a row of a matrix of samples to the next."""
        return distance(self.columns)


def sample_rows(features: int) -> int:
    """Rows to set aside for so many of samples: one more may be drawn, and products are padded."""
    return padded(features + 1)


class Weights(Random):
    """A random matrix W of ``outs`` × ``ins``, and the samples that it is multiplied by."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    @abstractmethod
    def source(self, forward: bool) -> Array:
        """Where x (backward: dy) is to be written: a row for each feature, the samples in it."""

    @abstractmethod
    def product(self, forward: bool) -> Array:
        """W·x (backward: Wᵀ·dy) of what is written there, which may be lost."""


class Formed(Weights):
    """A matrix in memory."""

    def __init__(self, shape: Shape, matrix: Matrix) -> None:
        super().__init__(shape)
        self._matrix = matrix

    @property
    def kernels(self) -> list[Kernel]:
        return [MULTIPLY, *self._matrix.kernels]

    @property
    def size(self) -> int:
        ins, outs, columns = self.shape
        samples = (sample_rows(ins) + sample_rows(outs)) * self.shape.distance
        return samples + packed_a_size() + packed_x_size(columns) + self._matrix.size

    def claim(self) -> None:
        ins, outs, columns = self.shape
        self._matrix.claim()
        self._ins = aligned(sample_rows(ins), self.shape.distance)
        self._outs = aligned(sample_rows(outs), self.shape.distance)
        self._packed = aligned(packed_a_size()), aligned(packed_x_size(columns))
        self._multiply = load(MULTIPLY)

    def draw(self, state: Words) -> None:
        self._matrix.draw(state)

    def source(self, forward: bool) -> Array:
        return self._ins if forward else self._outs

    def product(self, forward: bool) -> Array:
        ins, outs, columns = self.shape
        strides = self._matrix.strides if forward else self._matrix.strides[::-1]
        height, depth = (outs, ins) if forward else (ins, outs)
        result = self.source(not forward)
        self._multiply(
            self._matrix.w, *strides, height, depth, self.source(forward), columns, result,
            self.shape.distance, 1, *self._packed,
        )  # fmt: skip
        return result


class Drawn(Formed):
    """Elements from a function of ``sampling/weights.py``."""

    def __init__(self, shape: Shape, draw: Callable[..., None], scale: float, bound: float) -> None:
        super().__init__(shape, DrawnMatrix(shape.outs, shape.ins, draw, scale, bound))


class Orthonormal(Formed):
    """Orthonormal columns, or if there are more of them than rows, orthonormal rows."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape, OrthonormalMatrix(shape.outs, shape.ins))


class Reflected(Weights):
    """The same weights, never formed: their reflections are applied to the samples themselves."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self._short, self._long = sorted(shape[:2])

    @staticmethod
    def is_cheaper(shape: Shape) -> bool:
        """Whether it takes less arithmetic than forming the matrix and multiplying by it.

        A matrix that is almost square is reflected for the price of its product.
        """
        short, long = sorted(shape[:2])
        # Half of all multiplications, to first order; both are products with 2 · columns samples.
        reflected = 6 * shape.columns * (2 * long - short)
        formed = 6 * shape.columns * long + short * (3 * long - short)
        return reflected < formed

    @property
    def kernels(self) -> list[Kernel]:
        return reflections.KERNELS

    @property
    def size(self) -> int:
        samples = sample_rows(self._long) * self.shape.distance
        return samples + Reflections.size(self._short, self._long, self.shape.columns)

    def claim(self) -> None:
        self._samples = aligned(sample_rows(self._long), self.shape.distance)
        self._reflections = Reflections(self._short, self._long, self.shape.columns)

    def draw(self, state: Words) -> None:
        self._reflections.draw(state)

    def source(self, forward: bool) -> Array:
        return self._samples

    def product(self, forward: bool) -> Array:
        if forward == (self.shape.ins >= self.shape.outs):
            self._reflections.reduce(self._samples)
        else:
            self._reflections.extend(self._samples)
        return self._samples


def times_weight(weight: Array, v: Array, backward: bool = False) -> Array:
    """v Wᵀ (backward: v W) for samples in the rows of v, by the kernel of the measurement."""
    outs, ins = weight.shape
    strides, shape = ((1, ins), (ins, outs)) if backward else ((ins, 1), (outs, ins))
    samples = len(v)
    columns = lane_multiple(max(samples, 1))
    packed = aligned(packed_a_size()), aligned(packed_x_size(columns))
    inside = aligned(shape[1], columns)
    inside[:, :samples] = v.T
    result = aligned(padded(shape[0]), columns)
    load(MULTIPLY)(weight, *strides, *shape, inside, columns, result, columns, 1, *packed)
    return result[: shape[0], :samples].T


def apply_weight(weight: Array, x: Array, dy: Array) -> tuple[Array, Array]:
    """x Wᵀ and dy W for samples in the rows of x and dy."""
    return times_weight(weight, x), times_weight(weight, dy, backward=True)
