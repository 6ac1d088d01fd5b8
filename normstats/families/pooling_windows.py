"""Where the windows of a pooling lie on its map: PyTorch's rules, an axis at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from normstats.layer.shapes import Shape

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class AxisWindow:
    """The positions along one axis that a window has, and its length where padding counts."""

    positions: tuple[int, ...]
    length: int


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of a map, in C order.

    ``elements`` are the numbers of each window's elements, lowest first, without padding.
    ``lengths`` are the windows' sizes as PyTorch's average counts them with padding.
    """

    x: Shape
    y: Shape
    elements: tuple[Indices, ...]
    lengths: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all of the map is one window."""
        return self.outs == 1 and len(self.elements[0]) == self.ins

    @property
    def single(self) -> Windows:
        """The same, where y is a number instead of a map of one element."""
        return replace(self, y=())

    @property
    def ins(self) -> int:
        """Elements of the map."""
        return math.prod(self.x)

    @property
    def outs(self) -> int:
        """How many windows there are."""
        return len(self.elements)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Elements of each window."""
        return tuple(map(len, self.elements))

    def covering(self) -> list[list[int]]:
        """For each element of the map, the windows that it lies in."""
        found: list[list[int]] = [[] for _ in range(self.ins)]
        for window, elements in enumerate(self.elements):
            for element in elements:
                found[element].append(window)
        return found


def sliding(
    size: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool
) -> list[AxisWindow]:
    """PyTorch's windows of one axis.

    There are ⌊(size + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1 of them; in ceil mode ⌈…⌉,
    but none that begins beyond the map and its left padding.
    """
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (room + (stride - 1 if ceil else 0)) // stride + 1
    if ceil and (count - 1) * stride >= size + padding:
        count -= 1
    found = []
    for start in range(-padding, -padding + count * stride, stride):
        at = range(start, start + kernel * dilation, dilation)
        inside = tuple(position for position in at if 0 <= position < size)
        found.append(AxisWindow(inside, min(start + kernel, size + padding) - start))
    return found


def adaptive(size: int, count: int) -> list[AxisWindow]:
    """So many windows: the i-th from ⌊i·size/count⌋ up to ⌈(i + 1)·size/count⌉."""
    found = []
    for i in range(count):
        positions = range(i * size // count, -((-(i + 1) * size) // count))
        found.append(AxisWindow(tuple(positions), len(positions)))
    return found


def windows_of(size: Shape, axes: Sequence[list[AxisWindow]]) -> Windows:
    """The windows of a map from those of its axes."""
    strides = [math.prod(size[axis + 1 :]) for axis in range(len(size))]
    elements, lengths = [], []
    for window in itertools.product(*axes):
        numbers = np.zeros(1, np.intp)
        for one, stride in zip(window, strides, strict=True):
            numbers = (numbers[:, None] + np.array(one.positions, np.intp) * stride).reshape(-1)
        elements.append(numbers)
        lengths.append(math.prod(one.length for one in window))
    shape = tuple(map(len, axes))
    return Windows(size, shape, tuple(elements), tuple(lengths))
