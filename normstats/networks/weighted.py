"""Layers with random weights within a network: linear layers and convolutions.

Weights are drawn by the initialisations of the layers themselves, and multiplied by the products
of the project: the order of every sum is fixed, so the bits are, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from normstats.engine.drawn import Matrix, lane_multiple, matrix
from normstats.engine.mapjob import weight_matrix, weight_strides
from normstats.engine.mapproducts import Products, Strides, aligned
from normstats.engine.mapsums import KEEP_GRADIENT
from normstats.errors import UsageError
from normstats.families.convolution import ALL_INITS, Convolution
from normstats.families.inits import INITS, TRUNCATION, Fans, law
from normstats.families.linear import Linear
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import MULTIPLY, distance, packed_a_size, packed_x_size, padded
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.layer.shapes import Shape
from normstats.networks.chain import Stage
from normstats.networks.kernels import ROW_SUMS
from normstats.networks.space import Space
from normstats.networks.stages import Acting
from normstats.values import Array


class Drawers:
    """What draws weights and multiplies: one of each kind for all layers of a network.

    Where all weights together would take much memory they are not kept: they are drawn again on the
    way back, from the same random numbers.
    """

    def __init__(self, keep: bool = True) -> None:
        self.keep = keep
        self._matrices: dict[Any, Matrix] = {}
        self._packed: dict[int, tuple[Array, Array]] = {}
        self._rooms: dict[tuple[str, int, int], Array] = {}

    def matrix(self, key: Any, made: Matrix) -> Matrix:
        """The one that was claimed for this key, or this one, claimed."""
        if key not in self._matrices:
            made.claim()
            self._matrices[key] = made
        return self._matrices[key]

    def packed(self, columns: int) -> tuple[Array, Array]:
        """Work space of a product."""
        if columns not in self._packed:
            self._packed[columns] = np.empty(packed_a_size()), np.empty(packed_x_size(columns))
        return self._packed[columns]

    def room(self, use: str, rows: int, columns: int) -> Array:
        """Work space that holds something until another layer asks for it, for the same use."""
        key = use, rows, columns
        if key not in self._rooms:
            self._rooms[key] = np.zeros((rows, columns))
        return self._rooms[key]


class Weighted(Acting):
    """A layer with a weight, drawn or given."""

    random = True
    w: Array

    def __init__(
        self, stage: Stage, space: Space, drawers: Drawers, key: Any, made: Matrix
    ) -> None:
        super().__init__(stage, space)
        self.drawers = drawers
        self._key, self._made = key, made
        self._kept: Array | None = None
        self.is_given = False
        self.bias: Array | None = None

    @property
    def kernels(self) -> list[Kernel]:
        return [ROW_SUMS, *self._made.kernels]

    def draw(self) -> None:
        if self.drawers.keep:
            self._draw()

    def _draw(self) -> None:
        if self.is_given:
            return
        drawer = self.drawers.matrix(self._key, self._made)
        if self.drawers.keep:
            if self._kept is None:
                self._kept = np.zeros_like(drawer.w)
            drawer.w = self._kept
        drawer.draw(self.space.numbers(self.stage.number))
        self.w = drawer.w

    def again(self) -> None:
        """The weight is in ``w``, which other layers may have used since."""
        if not self.drawers.keep:
            self._draw()

    def given(self, arrays: Mapping[str, Array], weight: Shape, bias: int) -> Array | None:
        """The weight, if it is among the arrays; the bias is noted. UsageError for other shapes."""
        rest, found = dict(arrays), None
        for name, shape in (("weight", weight), ("bias", (bias,))):
            if name not in rest:
                continue
            values = np.ascontiguousarray(rest.pop(name), np.float64)
            if values.shape != shape:
                raise UsageError(name, f"of shape {values.shape}", f"must have shape {shape}")
            if name == "bias":
                self.bias = values
            else:
                found = values.copy()
        super().give(rest)
        if found is not None:
            self.w, self.is_given = found.ravel(), True
        return found


class Dense(Weighted):
    """y = W·x for the last axis of an example; dx = Wᵀ·dy, and the gradients Σ dy·xᵀ and Σ dy."""

    def __init__(self, stage: Stage, space: Space, drawers: Drawers) -> None:
        assert stage.call is not None
        params = stage.call.params
        self._ins, self._outs = params["in_features"], params["out_features"]
        self._lead = math.prod(stage.x) // self._ins
        init = INITS[params["init"]]
        scale = init.scale(Fans.linear(self._ins, self._outs), params["init_std"])
        made = matrix(self._outs, self._ins, init.draw, scale, TRUNCATION)
        key = "linear", self._outs, self._ins, params["init"], scale
        super().__init__(stage, space, drawers, key, made)
        self._strides = made.strides
        self._ld = distance(lane_multiple(self._ins))
        self._sums = np.zeros(self._outs)

    @property
    def kernels(self) -> list[Kernel]:
        return [MULTIPLY, *super().kernels]

    def give(self, arrays: Mapping[str, Array]) -> None:
        if self.given(arrays, (self._outs, self._ins), self._outs) is not None:
            self._strides = self._ins, 1

    def drawn(self) -> dict[str, Array]:
        self.again()
        steps = tuple(stride * self.w.itemsize for stride in self._strides)
        shape = self._outs, self._ins
        return {"weight": np.lib.stride_tricks.as_strided(self.w, shape, steps).copy()}

    def _times(
        self, strides: tuple[int, int], height: int, depth: int, v: Array, out: Array
    ) -> None:
        """W·v or Wᵀ·v for each part of the examples; beyond the height a product writes zeros."""
        columns = self.space.columns
        for at in range(self._lead):
            inside = v[at * depth : (at + 1) * depth]
            last = at == self._lead - 1 or height == padded(height)
            result = (
                out[at * height :]
                if last
                else self.drawers.room("product", padded(height), columns)
            )
            load(MULTIPLY)(
                self.w, *strides, height, depth, inside, columns, result, columns, 1,
                *self.drawers.packed(columns),
            )  # fmt: skip
            if not last:
                out[at * height : (at + 1) * height] = result[:height]

    def forward(self, x: Array, y: Array) -> None:
        self._x = x
        self.again()
        self._times(self._strides, self._outs, self._ins, x, y)
        if self.bias is not None:
            y.reshape(self._lead, self._outs, -1)[:] += self.bias[:, None]

    def backward(self, dy: Array, dx: Array) -> None:
        self._dy = dy
        self.again()
        self._times(self._strides[::-1], self._ins, self._outs, dy, dx)

    def gradients(self) -> dict[str, Array]:
        batch, columns, ins, outs = self.space.batch, self.space.columns, self._ins, self._outs
        across = lane_multiple(ins)
        turned = self.drawers.room("turned x", batch, self._ld)
        gradient = self.drawers.room("gradient", padded(outs), self._ld)
        sums = np.zeros(outs)
        for at in range(self._lead):
            dy = self._dy[at * outs : (at + 1) * outs]
            np.copyto(turned[:, :ins], self._x[at * ins : (at + 1) * ins, :batch].T)
            load(MULTIPLY)(
                dy, columns, 1, outs, batch, turned, across, gradient, self._ld,
                1 if at == 0 else 0, *self.drawers.packed(across),
            )  # fmt: skip
            load(ROW_SUMS)(dy, outs, batch, columns, self._sums)
            sums += self._sums
        return {"weight": gradient[:outs, :ins], "bias": sums}


class Convolved(Weighted):
    """A convolution of any kind; the maps are held as its kernels have them."""

    keeps_x = False

    def __init__(self, stage: Stage, space: Space, drawers: Drawers) -> None:
        assert stage.call is not None
        assert isinstance(stage.layer, Convolution)
        params, layer = stage.call.params, stage.layer
        self._transposed = layer.transposed
        self._sides = sides = layer.sides(params)
        self._shape = layer.shapes(params).extras["weight"].shape
        name = params["init"]
        own = law(ALL_INITS[name], name, layer.fans(params), params["init_std"], layer.transposed)
        made = weight_matrix(sides, own)
        key = "conv", sides, own.draw, own.scale, own.turned
        super().__init__(stage, space, drawers, key, made)
        self._chunks = space.columns // LANES
        self._strides = weight_strides(sides, own, made)
        self._products: Products | None = None
        self._maps = {s: aligned(self._chunks * sides.chunk(s)) for s in (True, False)}

    @property
    def kernels(self) -> list[Kernel]:
        return [*Products.kernels, *super().kernels]

    @property
    def _outs(self) -> int:
        return self._sides.channels(not self._transposed)

    def give(self, arrays: Mapping[str, Array]) -> None:
        if self.given(arrays, self._shape, self._outs) is not None:
            sides, taps = self._sides, self._sides.maps.taps
            row = sides.big // sides.groups * taps
            self._strides = Strides(row, taps, 1, sides.small // sides.groups * row)
            self._products = None

    def drawn(self) -> dict[str, Array]:
        self.again()
        sides, (small, big, tap, group) = self._sides, self._strides
        shape = sides.groups, sides.small // sides.groups, sides.big // sides.groups
        steps = tuple(stride * self.w.itemsize for stride in (group, small, big, tap))
        found = np.lib.stride_tricks.as_strided(self.w, (*shape, sides.maps.taps), steps)
        return {"weight": found.reshape(self._shape).copy()}

    def _hold(self, values: Array, small: bool) -> None:
        """Channel × position × example as chunk × position × channel × eight examples."""
        sides = self._sides
        channels, step = sides.channels(small), sides.step(small)
        given = values.reshape(channels, -1, self._chunks, LANES).transpose(2, 1, 0, 3)
        rows = self._maps[small].reshape(self._chunks, -1, step)
        rows[:, :, : channels * LANES] = given.reshape(self._chunks, -1, channels * LANES)

    def _fetch(self, small: bool, out: Array) -> None:
        sides = self._sides
        channels, step = sides.channels(small), sides.step(small)
        rows = self._maps[small].reshape(self._chunks, -1, step)[:, :, : channels * LANES]
        given = rows.reshape(self._chunks, -1, channels, LANES).transpose(2, 1, 0, 3)
        out.reshape(channels, -1, self._chunks, LANES)[:] = given

    def _lead(self, to_small: bool) -> None:
        if self._products is None:
            self._products = Products(self._sides, self._strides, self._chunks)
        self.again()
        self._products.lead(self.w, self._maps[True], self._maps[False], to_small)

    def forward(self, x: Array, y: Array) -> None:
        to_small = not self._transposed
        self._hold(x, not to_small)
        self._lead(to_small)
        self._fetch(to_small, y)
        if self.bias is not None:
            y.reshape(len(self.bias), -1)[:] += self.bias[:, None]

    def backward(self, dy: Array, dx: Array) -> None:
        to_small = not self._transposed
        self._dy = dy
        self._hold(dy, to_small)
        # The maps of x are still there: the gradient of the weights comes first.
        self._weight = self._gradient()
        self._lead(not to_small)
        self._fetch(not to_small, dx)

    def _gradient(self) -> Array:
        """Eight examples at a time, and their sum in the order of the examples."""
        assert self._products is not None
        sides = self._sides
        shape = sides.small, sides.big // sides.groups, sides.maps.taps, LANES
        found, total = np.empty(shape), np.zeros(shape[:-1])
        left = self.space.batch
        for chunk in range(self._chunks):
            small, big = (
                self._maps[s][chunk * sides.chunk(s) : (chunk + 1) * sides.chunk(s)]
                for s in (True, False)
            )
            count = min(left, LANES)
            self._products.gradient(KEEP_GRADIENT, small, big, LANES, 0.0, found)
            for lane in range(count):
                total += found[..., lane]
            left -= count
        return total.reshape(len(total), -1)

    def gradients(self) -> dict[str, Array]:
        rows = len(self._dy)
        sums = np.zeros(rows)
        load(ROW_SUMS)(self._dy, rows, self.space.batch, self.space.columns, sums)
        return {"weight": self._weight, "bias": sums.reshape(self._outs, -1).sum(axis=1)}


def weighted(stage: Stage, space: Space, drawers: Drawers) -> Acting | None:
    """The way in which a layer with random weights acts; None for other layers."""
    if isinstance(stage.layer, Linear):
        return Dense(stage, space, drawers)
    if isinstance(stage.layer, Convolution):
        return Convolved(stage, space, drawers)
    return None
