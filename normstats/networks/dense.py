"""Linear layers within a network."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from normstats.engine.drawn import lane_multiple, matrix
from normstats.families.inits import INITS, TRUNCATION, Fans
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import MULTIPLY, distance, padded
from normstats.kernels.run import load
from normstats.kernels.signals import ROW_SUMS
from normstats.networks.chain import Stage
from normstats.networks.space import Space
from normstats.networks.weighted import Drawers, Weighted
from normstats.values import Array


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
        key = "dense", self._outs, self._ins, params["init"], scale
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
