"""Convolutions within a network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from normstats.engine.mapjob import weight_matrix, weight_strides
from normstats.engine.mapproducts import Products, Strides
from normstats.engine.mapsums import KEEP_GRADIENT
from normstats.families.convolution import ALL_INITS, Convolution
from normstats.families.inits import law
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.kernels.signals import ROW_SUMS
from normstats.networks.chain import Stage
from normstats.networks.space import Space
from normstats.networks.weighted import Drawers, Weighted
from normstats.values import Array


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
