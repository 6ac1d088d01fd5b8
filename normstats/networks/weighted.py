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
from normstats.engine.mapjob import Law, weight_matrix, weight_strides
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
from normstats.networks.chain import Stage
from normstats.networks.kernels import ROW_SUMS
from normstats.networks.space import Space
from normstats.networks.stages import Acting
from normstats.values import Array


class Drawers:
    """What draws weights and multiplies: one of each kind for all layers of a network."""

    def __init__(self) -> None:
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


class Dense(Acting):
    """y = W·x for the last axis of an example; dx = Wᵀ·dy, and the gradients Σ dy·xᵀ and Σ dy."""

    random = True

    def __init__(self, stage: Stage, space: Space, drawers: Drawers) -> None:
        super().__init__(stage, space)
        assert stage.call is not None
        params = stage.call.params
        self._ins, self._outs = params["in_features"], params["out_features"]
        self._lead = math.prod(stage.x) // self._ins
        self._drawers = drawers
        init = INITS[params["init"]]
        scale = init.scale(Fans.linear(self._ins, self._outs), params["init_std"])
        self._made = matrix(self._outs, self._ins, init.draw, scale, TRUNCATION)
        self._key = "linear", self._outs, self._ins, params["init"], scale
        self._w: Array | None = None
        self._strides = self._ins, 1
        self._given = False
        self._bias: Array | None = None
        self._x: Array = np.zeros((0, 0))
        self._ld = distance(lane_multiple(self._ins))
        self._sums = np.zeros(self._outs)

    @property
    def kernels(self) -> list[Kernel]:
        return [MULTIPLY, ROW_SUMS, *self._made.kernels]

    def draw(self) -> None:
        if self._given:
            return
        drawer = self._drawers.matrix(self._key, self._made)
        if self._w is None:
            self._w = np.zeros_like(drawer.w)
        drawer.w, self._strides = self._w, drawer.strides
        drawer.draw(self.space.numbers(self.stage.number))

    def give(self, arrays: Mapping[str, Array]) -> None:
        rest = dict(arrays)
        for name, shape in (("weight", (self._outs, self._ins)), ("bias", (self._outs,))):
            if name not in rest:
                continue
            given = np.ascontiguousarray(rest.pop(name), np.float64)
            if given.shape != shape:
                raise UsageError(name, f"of shape {given.shape}", f"must have shape {shape}")
            if name == "bias":
                self._bias = given
            else:
                self._w, self._strides, self._given = given.copy().ravel(), (self._ins, 1), True
        super().give(rest)

    def drawn(self) -> dict[str, Array]:
        assert self._w is not None
        row, column = self._strides
        item = self._w.itemsize
        found = np.lib.stride_tricks.as_strided(
            self._w, (self._outs, self._ins), (row * item, column * item)
        )
        return {"weight": found.copy()}

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
                else self._drawers.room("product", padded(height), columns)
            )
            load(MULTIPLY)(
                self._w, *strides, height, depth, inside, columns, result, columns, 1,
                *self._drawers.packed(columns),
            )  # fmt: skip
            if not last:
                out[at * height : (at + 1) * height] = result[:height]

    def forward(self, x: Array, y: Array) -> None:
        self._x = x
        self._times(self._strides, self._outs, self._ins, x, y)
        if self._bias is not None:
            y.reshape(self._lead, self._outs, -1)[:] += self._bias[:, None]

    def backward(self, dy: Array, dx: Array) -> None:
        self._dy = dy
        self._times(self._strides[::-1], self._ins, self._outs, dy, dx)

    def gradients(self) -> dict[str, Array]:
        batch, columns, ins, outs = self.space.batch, self.space.columns, self._ins, self._outs
        across = lane_multiple(ins)
        turned = self._drawers.room("turned x", batch, self._ld)
        gradient = self._drawers.room("gradient", padded(outs), self._ld)
        sums = np.zeros(outs)
        for at in range(self._lead):
            dy = self._dy[at * outs : (at + 1) * outs]
            np.copyto(turned[:, :ins], self._x[at * ins : (at + 1) * ins, :batch].T)
            load(MULTIPLY)(
                dy, columns, 1, outs, batch, turned, across, gradient, self._ld,
                1 if at == 0 else 0, *self._drawers.packed(across),
            )  # fmt: skip
            load(ROW_SUMS)(dy, outs, batch, columns, self._sums)
            sums += self._sums
        return {"weight": gradient[:outs, :ins], "bias": sums}


class Convolved(Acting):
    """A convolution of any kind; the maps are held as its kernels have them."""

    random = True
    keeps_x = False

    def __init__(self, stage: Stage, space: Space, drawers: Drawers) -> None:
        super().__init__(stage, space)
        assert stage.call is not None
        assert isinstance(stage.layer, Convolution)
        params, layer = stage.call.params, stage.layer
        self._transposed = layer.transposed
        self._sides = sides = layer.sides(params)
        self._shape = layer.shapes(params).extras["weight"].shape
        name = params["init"]
        self._law: Law = law(
            ALL_INITS[name], name, layer.fans(params), params["init_std"], layer.transposed
        )
        self._made = weight_matrix(sides, self._law)
        self._key = "conv", sides, self._law.draw, self._law.scale, self._law.turned
        self._drawers = drawers
        self._chunks = space.columns // LANES
        self._strides = weight_strides(sides, self._law, self._made)
        self._products: Products | None = None
        self._maps = {s: aligned(self._chunks * sides.chunk(s)) for s in (True, False)}
        self._w: Array | None = None
        self._given = False
        self._bias: Array | None = None

    @property
    def kernels(self) -> list[Kernel]:
        return [ROW_SUMS, *Products.kernels, *self._made.kernels]

    def draw(self) -> None:
        if not self._given:
            drawer = self._drawers.matrix(self._key, self._made)
            if self._w is None:
                self._w = np.zeros_like(drawer.w)
            drawer.w = self._w
            drawer.draw(self.space.numbers(self.stage.number))
        if self._products is None:
            self._products = Products(self._sides, self._strides, self._chunks)

    def give(self, arrays: Mapping[str, Array]) -> None:
        rest = dict(arrays)
        outs = self._sides.channels(not self._transposed)
        for name, shape in (("weight", self._shape), ("bias", (outs,))):
            if name not in rest:
                continue
            given = np.ascontiguousarray(rest.pop(name), np.float64)
            if given.shape != shape:
                raise UsageError(name, f"of shape {given.shape}", f"must have shape {shape}")
            if name == "bias":
                self._bias = given
                continue
            sides, taps = self._sides, self._sides.maps.taps
            row = sides.big // sides.groups * taps
            self._strides = Strides(row, taps, 1, sides.small // sides.groups * row)
            self._w, self._given, self._products = given.copy().ravel(), True, None
        super().give(rest)

    def drawn(self) -> dict[str, Array]:
        assert self._w is not None
        sides, (small, big, tap, group) = self._sides, self._strides
        across = sides.big // sides.groups
        heights = sides.small // sides.groups
        item = self._w.itemsize
        found = np.lib.stride_tricks.as_strided(
            self._w,
            (sides.groups, heights, across, sides.maps.taps),
            (group * item, small * item, big * item, tap * item),
        )
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
        assert self._products is not None
        self._products.lead(self._w, self._maps[True], self._maps[False], to_small)  # type: ignore[arg-type]

    def forward(self, x: Array, y: Array) -> None:
        to_small = not self._transposed
        self._x = x
        self._hold(x, not to_small)
        self._lead(to_small)
        self._fetch(to_small, y)
        if self._bias is not None:
            y.reshape(len(self._bias), -1)[:] += self._bias[:, None]

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
        outs = self._sides.channels(not self._transposed)
        rows = len(self._dy)
        sums = np.zeros(rows)
        load(ROW_SUMS)(self._dy, rows, self.space.batch, self.space.columns, sums)
        return {"weight": self._weight, "bias": sums.reshape(outs, -1).sum(axis=1)}


def weighted(stage: Stage, space: Space, drawers: Drawers) -> Acting | None:
    """The way in which a layer with random weights acts; None for other layers."""
    if isinstance(stage.layer, Linear):
        return Dense(stage, space, drawers)
    if isinstance(stage.layer, Convolution):
        return Convolved(stage, space, drawers)
    return None
