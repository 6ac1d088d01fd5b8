"""The memory of one network: arrays of so many rows, taken and given back, and the kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import TILE
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.sampling.bits import START, STATE_WORDS, STREAMS
from normstats.sampling.fill import FILL_NORMALS, FILL_UNIFORMS
from normstats.values import Array

# Of the random numbers of a network: those of dy, of x, then of each layer by its number.
FIRST_PURPOSE = 16
X, DY = 0, -1
KERNELS = (START, FILL_NORMALS, FILL_UNIFORMS)


class Space:
    """Arrays with a row for each number of one example and a column for each example.

    There are ``columns`` of them, a whole number of lanes; ``batch`` are examples, what follows is
    never looked at.
    """

    def __init__(self, batch: int, seed: int = 0, stream: int = 0) -> None:
        self.batch = batch
        self.columns = -(-batch // LANES) * LANES
        self._address = seed, stream
        self._free: dict[int, list[Array]] = {}
        self._numbers = np.arange(STREAMS, dtype=np.uint64)
        self._state = np.empty(STATE_WORDS, np.uint64)
        self._network = 0
        self._ones: Array = np.ones(0)

    def call(self, kernel: Kernel, *arguments: Any) -> None:
        """Run a kernel."""
        load(kernel)(*arguments)

    def begin(self, network: int) -> None:
        """To the random numbers of another network."""
        self._network = network

    def numbers(self, number: int) -> Any:
        """The generators at the start of what layer ``number`` (or X, or DY) draws."""
        where = self._network, FIRST_PURPOSE + number
        self.call(START, self._state, self._numbers, STREAMS, *self._address, *where)
        return self._state

    def uniforms(self, number: int, rows: int) -> Array:
        """Uniform numbers of a layer, in rows."""
        size = -(-rows * self.columns // STREAMS) * STREAMS
        out = aligned(size)
        self.call(FILL_UNIFORMS, self.numbers(number), out, 0, size, 0.0, 1.0)
        return out[: rows * self.columns].reshape(rows, self.columns)

    def normals(self, number: int, rows: int, mean: float, std: float) -> Array:
        """Normal numbers, X or DY, in an array that is taken."""
        half = -(-rows * self.columns // (2 * STREAMS)) * STREAMS
        out = aligned(2 * half)
        state = self.numbers(number)
        self.call(FILL_NORMALS, state, out, 0, half, half, mean, std, mean, std)
        found = self.take(rows)
        found[:] = out[: rows * self.columns].reshape(found.shape)
        return found

    def take(self, rows: int) -> Array:
        """An array of so many rows, whatever is in it; products may write a tile beyond its end."""
        free = self._free.get(rows)
        if free:
            return free.pop()
        return aligned(rows + TILE, self.columns)[:rows]

    def ones(self, rows: int) -> Array:
        """A 1 everywhere, for all to read."""
        if rows * self.columns > self._ones.size:
            self._ones = np.ones(rows * self.columns)
        return self._ones

    def give(self, array: Array) -> None:
        """An array that nobody looks at any more."""
        self._free.setdefault(len(array), []).append(array)

    def inside(self, values: Array) -> Array:
        """(batch, …) as rows and columns."""
        rows = values.reshape(len(values), -1)
        found = self.take(rows.shape[1])
        found[:] = 0.0
        found[:, : self.batch] = rows.T
        return found

    def outside(self, values: Array, shape: tuple[int, ...]) -> Array:
        """Rows and columns as (batch, *shape)."""
        return values[:, : self.batch].T.reshape(self.batch, *shape).copy()
