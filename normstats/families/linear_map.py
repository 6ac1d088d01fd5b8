"""Fixed linear maps y = A·x with few entries in a row: averages, interpolation, rearrangement.

Forward and backward are the same loop, once over the rows of A and once over its columns.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, fma, load, splat, store, where
from normstats.layer.arrays import ArrayLayer
from normstats.layer.params import Params
from normstats.layer.shapes import Shape, Shapes
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array


def times(
    v: Any, out: Any, i: int, columns: int, rows: int, ends: int, entry: int, n: Any, c: Any
) -> None:
    """out = A·v in the columns from i on; row r of A has the entries from n[ends + r] on.

    An entry's column is n[entry + k], its value c[k].
    """
    for r in range(rows):
        s = splat(0.0)
        for k in range(n[ends + r], n[ends + r + 1]):
            s = fma(load(v, n[entry + k] * columns + i), c[k], s)
        store(out, r * columns + i, s)


def linear_map(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """n: outs, ins, where the rows of A and of its transpose begin, the columns of all entries."""
    outs, ins = n[0], n[1]
    entry = 4 + outs + ins
    for i in range(0, columns, LANES):
        times(x, y, i, columns, outs, 2, entry, n, c)
        times(dy, dx, i, columns, ins, 3 + outs, entry, n, c)


def linear_map_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """y as it is; dx does not depend on x."""
    outs, ins = n[0], n[1]
    entry = 4 + outs + ins
    for i in range(0, columns, LANES):
        times(x, y, i, columns, outs, 2, entry, n, c)
        for r in range(outs):
            value = load(y, r * columns + i)
            store(y, (outs + r) * columns + i, splat(0.0))
            store(y, (2 * outs + r) * columns + i, where(value == 0.0, 1.0, 0.0))
        for r in range(ins):
            first = 0.0
            second = 0.0
            for k in range(n[3 + outs + r], n[4 + outs + r]):
                first += c[k]
                second += c[k] * c[k]
            store(dx, r * columns + i, splat(first * dy[0]))
            store(dx, (ins + r) * columns + i, splat(second * dy[1]))
            zero = where(splat(second) == 0.0, 1.0, splat(dy[2]))
            store(dx, (2 * ins + r) * columns + i, zero)


@dataclass(frozen=True, eq=False)
class Entries:
    """The entries of A that are not 0: of y's element ``rows``, from x's element ``columns``."""

    x: Shape
    y: Shape
    rows: Any
    columns: Any
    values: Array

    @property
    def ins(self) -> int:
        return math.prod(self.x)

    @property
    def outs(self) -> int:
        return math.prod(self.y)

    def sizes(self) -> tuple[int, ...]:
        """What the kernel sees as n."""
        found = [self.outs, self.ins]
        starts, columns, seen = [], [], 0
        for own, other, count in (
            (self.rows, self.columns, self.outs),
            (self.columns, self.rows, self.ins),
        ):
            ends = np.cumsum(np.bincount(own, minlength=count)).tolist()
            starts += [seen, *(seen + end for end in ends)]
            columns += other[np.argsort(own, kind="stable")].tolist()
            seen += len(own)
        return (*found, *starts, *columns)

    def coefficients(self) -> tuple[float, ...]:
        """What the kernel sees as c: the values by rows, and by columns."""
        orders = (np.argsort(own, kind="stable") for own in (self.rows, self.columns))
        return tuple(np.concatenate([self.values[order] for order in orders]).tolist())

    def side(self, own: Any, count: int, mean: float, std: float) -> Exact:
        """Of A·v (or Aᵀ·v) for independent v ~ N(mean, std²), pooled over its elements.

        Element i has mean μ·Σₖ aᵢₖ and variance σ²·Σₖ aᵢₖ²; the means' own variance comes on top.
        """
        sums = np.bincount(own, self.values, minlength=count)
        squares = np.bincount(own, self.values**2, minlength=count)
        centre = float(np.mean(sums)) * mean
        spread = mean * float(np.std(sums)), std * math.sqrt(float(np.mean(squares)))
        width = math.hypot(*spread)
        always = (squares == 0.0) | ((std == 0.0) & (sums * mean == 0.0))
        return Exact(
            mean=centre, std=width, rms=math.hypot(centre, width), zeros=float(np.mean(always))
        )

    def exact(self, inputs: Inputs) -> tuple[Exact, Exact]:
        """Of y and of dx."""
        return (
            self.side(self.rows, self.outs, inputs.x_mean, inputs.x_std),
            self.side(self.columns, self.ins, inputs.dy_mean, inputs.dy_std),
        )

    def twin(self, x: Array, dy: Array) -> tuple[Array, Array]:
        """x·Aᵀ and dy·A, with A as a whole matrix."""
        matrix = np.zeros((self.outs, self.ins))
        np.add.at(matrix, (self.rows, self.columns), self.values)
        y = x.reshape(-1, self.ins) @ matrix.T
        dx = dy.reshape(-1, self.outs) @ matrix
        return y.reshape(dy.shape), dx.reshape(x.shape)


@dataclass(frozen=True, kw_only=True)
class LinearMap(ArrayLayer):
    """y = A·x and dx = Aᵀ·dy, with an A that the parameters fix."""

    @abstractmethod
    def entries(self, params: Params) -> Entries:
        """A."""

    def shapes(self, params: Params) -> Shapes:
        entries = self.entries(params)
        return Shapes(x=entries.x, y=entries.y)

    def sizes_for(self, params: Params) -> tuple[int, ...]:
        return self.entries(params).sizes()

    def coefficients_for(self, params: Params) -> tuple[float, ...]:
        return self.entries(params).coefficients()

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(linear_map, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(linear_map_expected, ARRAY_KERNEL)

    def twin(self, x: Array, dy: Array, params: Params) -> tuple[Array, Array]:
        """y and dx of maps in the last axes of x."""
        return self.entries(params).twin(x, dy)

    def exact(self, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        return self.entries(params).exact(inputs)
