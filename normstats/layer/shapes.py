"""What one sample of a layer looks like: the shapes of x and y, and of what else it takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from normstats.values import Array

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Extra:
    """What a layer takes beside x and dy: a mask, a weight.

    ``shared`` extras are the same for all samples; others come with each. ``gradient`` says that
    the gradient by it is a quantity of its own. ``example`` draws one of a given shape that the
    layer can take.
    """

    shape: Shape
    help: str
    example: Callable[[np.random.Generator, Shape], Array]
    shared: bool = False
    gradient: bool = False


@dataclass(frozen=True)
class Shapes:
    """Of one sample: of x (and dx), of y (and dy), and of what else `apply` is given, by its name.

    A sample is what is drawn independently: a number, a window, a feature vector, or a whole batch
    where its rows depend on each other. The empty shape is a single number.

    A layer of several inputs takes them one after the other in x. Where their gradients differ in
    law, ``parts`` has each input's name and number of elements, and the gradient of each is a
    quantity of its own, beside that of all of x.
    """

    x: Shape = ()
    y: Shape = ()
    extras: Mapping[str, Extra] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def ins(self) -> int:
        """Elements of x."""
        return math.prod(self.x)

    @property
    def outs(self) -> int:
        """Elements of y."""
        return math.prod(self.y)

    @property
    def has_weights(self) -> bool:
        """Whether it takes something that all samples share."""
        return any(extra.shared for extra in self.extras.values())

    @property
    def gradients(self) -> dict[str, Shape]:
        """The shapes of what has a gradient of its own, by its name."""
        return {name: extra.shape for name, extra in self.extras.items() if extra.gradient}

    def __str__(self) -> str:
        """``x (3, 3) → y (), mask ()``."""
        more = "".join(f", {name} {extra.shape}" for name, extra in self.extras.items())
        return f"x {self.x} → y {self.y}{more}"
