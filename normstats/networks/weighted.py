"""Layers with random weights within a network: linear layers and convolutions.

Weights are drawn by the initialisations of the layers themselves, and multiplied by the products
of the project: the order of every sum is fixed, so the bits are, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from normstats.engine.drawn import Matrix
from normstats.errors import UsageError
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import packed_a_size, packed_x_size
from normstats.kernels.signals import ROW_SUMS
from normstats.layer.shapes import Shape
from normstats.networks.chain import Stage
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
            self._packed[columns] = aligned(packed_a_size()), aligned(packed_x_size(columns))
        return self._packed[columns]

    def room(self, use: str, rows: int, columns: int) -> Array:
        """Work space that holds something until another layer asks for it, for the same use."""
        key = use, rows, columns
        if key not in self._rooms:
            self._rooms[key] = aligned(rows, columns)
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
                self._kept = aligned(drawer.w.size)
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
