"""Layers of which a sample is more than a number: parts of an example, or a batch of examples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from normstats.kernels.aligned import aligned
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.kernels.signals import ROW_SUMS
from normstats.layer.arrays import ArrayLayer
from normstats.networks.chain import Stage, is_of_batch
from normstats.networks.space import Space
from normstats.networks.stages import Acting, Arrayed, Pointwise
from normstats.values import Array


class Columns(Arrayed):
    """A function of the last axes of an example; those before them are done one after the other."""

    def __init__(self, stage: Stage, space: Space) -> None:
        super().__init__(stage, space)
        self._ins, self._outs = self.shapes.ins, self.shapes.outs
        self._lead = math.prod(stage.x) // self._ins
        self._gradients = {n: math.prod(shape) for n, shape in self.shapes.gradients.items()}
        more = sum(self._gradients.values()) + self.layer.scratch_rows(self.params)
        self._y = aligned(self._outs, space.columns)
        self._dy = aligned(self._outs, space.columns)
        self._dx = aligned(self._ins + more, space.columns)
        self._x: Array = self._y
        self._sums: dict[str, Array] = {}

    @property
    def draws(self) -> int:
        return self._lead * self.mask_rows

    def _parts(self, values: Array) -> Array:
        return values.reshape(self._lead, -1, self.space.columns)

    def _u(self, at: int) -> Array:
        rows = self.mask_rows
        return self.uniforms[at * rows : (at + 1) * rows] if self.random else self.uniforms

    def forward(self, x: Array, y: Array) -> None:
        self._x = x
        for at, (one, out) in enumerate(zip(self._parts(x), self._parts(y), strict=True)):
            self.run(one, self._dy, self._u(at), out, self._dx, self.space.columns)

    def backward(self, dy: Array, dx: Array) -> None:
        alone: dict[str, list[Array]] = {name: [] for name in self._gradients}
        parts = zip(self._parts(self._x), self._parts(dy), self._parts(dx), strict=True)
        for at, (x, one, out) in enumerate(parts):
            self.run(x, one, self._u(at), self._y, self._dx, self.space.columns)
            out[:] = self._dx[: self._ins]
            start = self._ins
            for name, rows in self._gradients.items():
                sums = np.empty(rows)
                own = self._dx[start : start + rows]
                load(ROW_SUMS)(own, rows, self.space.batch, self.space.columns, sums)
                alone[name].append(sums)
                start += rows
        # A weight that is one number belongs to a channel; a longer one serves all of them.
        self._sums = {
            name: np.concatenate(sums)
            if not self.shapes.gradients[name]
            else sum(sums[1:], sums[0])
            for name, sums in alone.items()
        }

    def gradients(self) -> dict[str, Array]:
        return self._sums


class Batched(Arrayed):
    """A layer of which one sample is the batch: of one feature, or of all."""

    keeps_x = False

    def __init__(self, stage: Stage, space: Space) -> None:
        super().__init__(stage, space)
        self._ins = self.shapes.ins
        elements = math.prod(stage.x)
        self._features = space.batch * elements // self._ins
        self._across = -(-self._features // LANES) * LANES
        self._gradients = list(self.shapes.gradients)
        more = len(self._gradients) + self.layer.scratch_rows(self.params)
        shape = self._ins, self._across
        self._x, self._y, self._dy = aligned(*shape), aligned(*shape), aligned(*shape)
        self._dx = aligned(self._ins + more, self._across)

    @property
    def draws(self) -> int:
        return self.mask_rows

    def draw(self) -> None:
        super().draw()
        if self.random and self._given is None:  # one sample: the first column is that of all
            self.uniforms = np.repeat(self.uniforms[:, :1], self._across, axis=1)

    def _turned(self, values: Array, out: Array) -> None:
        """Example × position in rows, features in columns; spare columns repeat the first."""
        batch, features = self.space.batch, self._features
        given = values.reshape(features, -1, self.space.columns)[:, :, :batch]
        rows = given.transpose(2, 1, 0).reshape(self._ins, features)
        out[:, :features] = rows
        out[:, features:] = rows[:, :1]

    def _back(self, values: Array, out: Array) -> None:
        batch, features = self.space.batch, self._features
        given = values[: self._ins, :features].reshape(batch, -1, features)
        out.reshape(features, -1, self.space.columns)[:, :, :batch] = given.transpose(2, 1, 0)

    def forward(self, x: Array, y: Array) -> None:
        self._turned(x, self._x)
        self._dy[:] = 0.0
        self.run(self._x, self._dy, self.uniforms, self._y, self._dx, self._across)
        self._back(self._y, y)

    def backward(self, dy: Array, dx: Array) -> None:
        self._turned(dy, self._dy)
        self.run(self._x, self._dy, self.uniforms, self._y, self._dx, self._across)
        self._back(self._dx, dx)

    def gradients(self) -> dict[str, Array]:
        rows = self._dx[self._ins :, : self._features]
        return {name: rows[i].copy() for i, name in enumerate(self._gradients)}


def is_pointwise(layer: ArrayLayer, params: Any) -> bool:
    """Whether a sample is a single number."""
    shapes = layer.shapes(params)
    return shapes.x == () and shapes.y == () and not shapes.gradients


def arrayed(stage: Stage, space: Space) -> Acting:
    """The way in which a layer with an array kernel acts."""
    assert stage.call is not None
    assert isinstance(stage.layer, ArrayLayer)
    if is_pointwise(stage.layer, stage.call.params):
        return Pointwise(stage, space)
    if is_of_batch(stage.layer, stage.call.params):
        return Batched(stage, space)
    return Columns(stage, space)
