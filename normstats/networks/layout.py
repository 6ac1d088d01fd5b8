"""What is measured in a network, in one fixed order: x, dy, then y, dx and gradients by layer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.layer.shapes import Shape
from normstats.networks.chain import Chain, Residual, Stage, Step
from normstats.networks.sizes import spelled

X, DY = 0, 1  # the places of the inputs


@dataclass(frozen=True)
class Place:
    """Where the numbers of one layer stand, and what they are compared with.

    ``y`` grew from ``before``, ``dx`` from ``after``, which was multiplied by ``weight`` on its
    way: that of the branch, where the layer ends one. ``gradients`` are the places by name.
    """

    step: Step
    depth: int
    y: int
    dx: int
    gradients: dict[str, int]
    before: int
    after: int
    weight: float

    @property
    def x_shape(self) -> Shape:
        """Of one example."""
        return self.step.x


@dataclass(frozen=True, eq=False)
class Layout:
    """The places of all layers in the order of their numbers, and how many numbers there are.

    ``compared``, an array, has for each of them another one that is followed along with it, for
    growth.
    """

    places: tuple[Place, ...]
    size: int
    compared: Any
    trunk: tuple[Place, ...]

    @property
    def checkpoints(self) -> tuple[Place, ...]:
        """The layers of the trunk that have weights, or a branch with some; if fewer than two, all.

        Between the first and the last of them depth is counted.
        """
        found = tuple(place for place in self.trunk if _has_weights(place.step))
        return found if len(found) > 1 else self.trunk

    @property
    def ends(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Where signals begin and end: places of y from first to last, of dx from last to first."""
        first, last = self.checkpoints[0], self.checkpoints[-1]
        return (first.y, last.y), (last.dx, first.dx)


def _has_weights(step: Step) -> bool:
    if isinstance(step, Residual):
        return any(map(_has_weights, step.steps))
    return step.layer is not None and step.layer.family in ("linear", "convolution")


def gradient_names(step: Step) -> list[str]:
    """Of the weights of a layer."""
    if not isinstance(step, Stage) or step.layer is None or step.call is None:
        return []
    return list(step.layer.shapes(step.call.params).gradients)


class _Layouter:
    def __init__(self) -> None:
        self.size = 2
        self.compared = [X, DY]
        self.own: dict[int, tuple[int, int, dict[str, int]]] = {}
        self.places: dict[int, Place] = {}

    def number(self, step: Step) -> None:
        """The places of a step's own numbers."""
        if isinstance(step, Residual):
            for one in step.steps:
                self.number(one)
        names = gradient_names(step)
        y, dx = self.size, self.size + 1
        self.own[step.number] = y, dx, {n: dx + 1 + i for i, n in enumerate(names)}
        self.size += 2 + len(names)

    def connect(
        self, steps: tuple[Step, ...], before: int, after: int, weight: float, depth: int
    ) -> list[Place]:
        """The places with their neighbours."""
        found = []
        for at, step in enumerate(steps):
            y, dx, gradients = self.own[step.number]
            last = at == len(steps) - 1
            behind = after if last else self.own[steps[at + 1].number][1]
            factor = weight if last else 1.0
            place = Place(step, depth, y, dx, gradients, before, behind, factor)
            self.places[step.number] = place
            found.append(place)
            if isinstance(step, Residual):
                self.connect(step.steps, before, behind, factor * step.branch, depth + 1)
            before = y
        return found


def layout(chain: Chain) -> Layout:
    """Of a chain."""
    maker = _Layouter()
    for step in chain.steps:
        maker.number(step)
    trunk = maker.connect(chain.steps, X, DY, 1.0, 0)
    places = tuple(maker.places[step.number] for step in chain.stages)
    compared = list(range(maker.size))
    for place in places:
        compared[place.y], compared[place.dx] = place.before, place.after
    return Layout(places, maker.size, np.array(compared), tuple(trunk))


def label(step: Step) -> str:
    """A layer with its size behind: ``linear 512``."""
    if step.y == step.x and step.name != "linear":
        return step.name
    return f"{step.name} {spelled(step.y)}"


def units(step: Step) -> int:
    """Of one example of y."""
    return math.prod(step.y)
