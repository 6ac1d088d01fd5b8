"""How a layer acts within a network: forward on x, then backward on dy, with its own memory.

Arrays are those of ``Space``: a row for each number of one example, a column for each example, as
the kernels of layers have it. So an activation goes over the array as it is, a function of a
vector finds its samples in the columns, and only what mixes the examples is turned round.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from normstats.errors import UsageError
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.kernels.signals import MULTIPLIED, ROW_SUMS
from normstats.layer.arrays import MASK, ArrayLayer
from normstats.networks.chain import Stage
from normstats.networks.space import Space
from normstats.values import Array


class Acting(ABC):
    """A layer in its place.

    ``keeps_x`` says that backward needs x as it was. ``drawn`` is what is random in the layer: a
    weight, or the uniform numbers that its mask comes from; ``factors`` after forward are the
    slopes of an activation.
    """

    keeps_x = True
    random = False

    def __init__(self, stage: Stage, space: Space) -> None:
        self.stage, self.space = stage, space

    @property
    @abstractmethod
    def kernels(self) -> list[Kernel]:
        """What has to be loaded first."""

    def draw(self) -> None:
        """New weights or masks for the network that is about to begin."""
        return None

    def give(self, arrays: Mapping[str, Array]) -> None:
        """These instead of drawn ones; UsageError for what the layer has not."""
        for name in arrays:
            raise UsageError(
                name, "given", f"layer {self.stage.number}, {self.stage.name} has none"
            )

    def drawn(self) -> dict[str, Array]:
        """What was drawn, under the names of ``give``."""
        return {}

    @abstractmethod
    def forward(self, x: Array, y: Array) -> None:
        """Fill y."""

    @abstractmethod
    def backward(self, dy: Array, dx: Array) -> None:
        """Fill dx; after forward, whose x is unchanged if it is kept."""

    def gradients(self) -> dict[str, Array]:
        """Of weights, summed over the batch, after backward; rows of a view that may be reused."""
        return {}

    def slopes(self) -> Array | None:
        """f′(x), if the layer is an activation."""
        return None


class Flatten(Acting):
    """The same numbers in one axis: in rows they already are."""

    keeps_x = False

    @property
    def kernels(self) -> list[Kernel]:
        return []

    def forward(self, x: Array, y: Array) -> None:
        np.copyto(y, x)

    def backward(self, dy: Array, dx: Array) -> None:
        np.copyto(dx, dy)


class Arrayed(Acting):
    """A layer with an array kernel; ``coefficients`` may come from given weights."""

    def __init__(self, stage: Stage, space: Space) -> None:
        super().__init__(stage, space)
        assert stage.call is not None
        assert isinstance(stage.layer, ArrayLayer)
        self.layer, self.params = stage.layer, stage.call.params
        self.shapes = self.layer.shapes(self.params)
        self.kernel = self.layer.kernel_for(self.params)
        self.random = MASK in self.shapes.extras
        mask = self.shapes.extras.get(MASK)
        self.mask_rows = math.prod(mask.shape) if mask is not None else 0
        self.n = np.array([*self.layer.sizes_for(self.params), 0], np.intp)
        self.c = np.array([*self.layer.coefficients_for(self.params), 0.0])
        self.uniforms: Array = np.zeros((1, LANES))
        self._given: Array | None = None

    @property
    def kernels(self) -> list[Kernel]:
        return [self.kernel, ROW_SUMS]

    @property
    def draws(self) -> int:
        """Rows of uniform numbers."""
        return 0

    def draw(self) -> None:
        if self.random and self._given is None:
            self.uniforms = self.space.uniforms(self.stage.number, self.draws)

    def give(self, arrays: Mapping[str, Array]) -> None:
        rest = dict(arrays)
        if self.random and "uniforms" in rest:
            given = np.ascontiguousarray(rest.pop("uniforms"), np.float64)
            wanted = self.draws, self.space.columns
            if given.shape != wanted:
                raise UsageError("uniforms", f"of shape {given.shape}", f"must have shape {wanted}")
            self.uniforms = self._given = given
        weights = {name: rest.pop(name) for name in list(rest) if name in self.shapes.gradients}
        if weights:
            self.c = np.array([*self.layer.coefficients_with(self.params, weights), 0.0])
        super().give(rest)

    def drawn(self) -> dict[str, Array]:
        return {"uniforms": self.uniforms.copy()} if self.random else {}

    def run(self, x: Array, dy: Array, u: Array, y: Array, dx: Array, columns: int) -> None:
        """The layer's kernel."""
        load(self.kernel)(x, dy, u, y, dx, columns, self.n, self.c)


class Pointwise(Arrayed):
    """Number by number: dy = 1 gives the slopes, and dx = dy · slope has the kernel's bits."""

    keeps_x = False

    def __init__(self, stage: Stage, space: Space) -> None:
        super().__init__(stage, space)
        self._rows = math.prod(stage.x)
        self._slopes = space.take(self._rows)

    @property
    def kernels(self) -> list[Kernel]:
        return [self.kernel, MULTIPLIED]

    @property
    def draws(self) -> int:
        return self._rows * self.mask_rows

    def forward(self, x: Array, y: Array) -> None:
        ones, u = self.space.ones(self._rows), self.uniforms
        self.run(x, ones, u, y, self._slopes, self._rows * self.space.columns)

    def backward(self, dy: Array, dx: Array) -> None:
        size = self._rows * self.space.columns
        load(MULTIPLIED)(dy, self._slopes, dx, size)

    def slopes(self) -> Array:
        return self._slopes
