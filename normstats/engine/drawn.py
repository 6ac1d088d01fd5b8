"""Random matrices in memory, drawn anew for each group of samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from normstats.engine.reflections import KERNELS, Reflections
from normstats.kernels import build
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import distance, padded
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.sampling.weights import SPARE, weight_size

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]


def lane_multiple(length: int) -> int:
    """The length rounded up to whole lanes."""
    return -(-length // LANES) * LANES


class Random(ABC):
    """A random matrix, whether it is formed in memory or not."""

    @property
    @abstractmethod
    def kernels(self) -> list[Kernel]:
        """What has to be loaded before ``claim``."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Numbers that ``claim`` makes room for."""

    @abstractmethod
    def claim(self) -> None:
        """Make room; before anything below."""

    @abstractmethod
    def draw(self, state: Words) -> None:
        """A new one."""


class Matrix(Random):
    """One in memory: its element (i, k) is ``w[i * strides[0] + k * strides[1]]``."""

    w: Array
    strides: tuple[int, int]


class DrawnMatrix(Matrix):
    """Elements from a function of ``sampling/weights.py``."""

    def __init__(
        self, rows: int, columns: int, draw: Callable[..., None], scale: float, bound: float
    ) -> None:
        self._rows, self._columns = rows, columns
        self._scale, self._bound = scale, bound
        self._ld = distance(lane_multiple(columns))
        self.strides = self._ld, 1
        self._kernel = Kernel(
            draw, (build.WORDS, build.FLOATS, *(build.SIZE,) * 3, *(build.FLOAT,) * 2, build.FLOATS)
        )

    @property
    def kernels(self) -> list[Kernel]:
        return [self._kernel]

    @property
    def size(self) -> int:
        return weight_size(self._rows, self._ld)

    def claim(self) -> None:
        self.w = aligned(self.size)
        self._spare = aligned(SPARE)
        self._fill = load(self._kernel)

    def draw(self, state: Words) -> None:
        rows, columns = self._rows, self._columns
        self._fill(state, self.w, rows, columns, self._ld, self._scale, self._bound, self._spare)


class OrthonormalMatrix(Matrix):
    """Orthonormal columns, or if there are more of them than rows, orthonormal rows."""

    def __init__(self, rows: int, columns: int) -> None:
        self._short, self._long = sorted((rows, columns))
        self._across = lane_multiple(self._short)
        self._ld = distance(self._across)
        self.strides = (1, self._ld) if columns >= rows else (self._ld, 1)

    @property
    def kernels(self) -> list[Kernel]:
        return KERNELS

    @property
    def _room(self) -> int:
        return padded(self._long + 1) * self._ld

    @property
    def size(self) -> int:
        return self._room + Reflections.size(self._short, self._long, self._across)

    def claim(self) -> None:
        self.w = aligned(self._room)
        self._reflections = Reflections(self._short, self._long, self._across)

    def draw(self, state: Words) -> None:
        self._reflections.draw(state)
        self._reflections.form(self.w.reshape(-1, self._ld))


def matrix(
    rows: int, columns: int, draw: Callable[..., None] | None, scale: float, bound: float
) -> Matrix:
    """By a function of ``sampling/weights.py``; without one, an orthonormal one."""
    if draw is None:
        return OrthonormalMatrix(rows, columns)
    return DrawnMatrix(rows, columns, draw, scale, bound)
