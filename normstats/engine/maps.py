"""Which elements of a map meet which taps of a kernel: the indices of convolutions.

A convolution leads from a big map to a small one: position o of the small map takes, through tap k
of the kernel, position o·stride − padding + k·dilation of the big one. Backward it goes the other
way, and a transposed convolution is the same thing with both directions exchanged.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

NONE = -1  # in place of a position: what lies outside the map, in the padding


@dataclass(frozen=True)
class Axis:
    """One dimension: lengths of the two maps and of the kernel, in elements, and the steps."""

    big: int
    small: int
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    @cached_property
    def sources(self) -> Indices:
        """Of each position of the small map and each tap: the position of the big one, or NONE."""
        start = np.arange(self.small)[:, None] * self.stride - self.padding
        found = start + np.arange(self.kernel) * self.dilation
        return np.where((found >= 0) & (found < self.big), found, NONE)

    def classes(self) -> list[tuple[Indices, Indices, Indices]]:
        """Positions of the big map whose windows begin alike: they meet the same taps.

        For each class its positions, its taps, and of both the position of the small map, or NONE.
        """
        at = np.arange(self.big) + self.padding
        taps = np.arange(self.kernel)
        found = []
        for rest in range(min(self.stride, self.big)):
            rest = (self.padding + rest) % self.stride
            positions = np.flatnonzero(at % self.stride == rest)
            own = taps[taps * self.dilation % self.stride == rest]
            small = (at[positions][:, None] - own * self.dilation) // self.stride
            inside = (small >= 0) & (small < self.small)
            found.append((positions, own, np.where(inside, small, NONE)))
        return found

    def counts(self, forward: bool) -> Indices:
        """How many taps lead to each position of the small map (backward: of the big one)."""
        if forward:
            return np.asarray(np.count_nonzero(self.sources != NONE, axis=1))
        return np.bincount(self.sources[self.sources != NONE], minlength=self.big)

    @property
    def tap_counts(self) -> Indices:
        """How many positions of the small map each tap serves."""
        return np.asarray(np.count_nonzero(self.sources != NONE, axis=0))

    def interior(self, forward: bool) -> range:
        """Positions that no border touches.

        Of the small map those whose taps are all inside the big one. Of the big map those between
        the first and the last window that are covered as if the map had no end, in whole periods of
        the stride.
        """
        reach = (self.kernel - 1) * self.dilation
        if forward:
            first = -(-self.padding // self.stride)
            end = (self.big - 1 - reach + self.padding) // self.stride + 1
            return range(first, max(first, min(end, self.small)))
        first = max(reach - self.padding, 0)
        last = min((self.small - 1) * self.stride - self.padding, self.big - 1)
        whole = max(last + 1 - first, 0) // self.stride * self.stride
        return range(first, first + whole)


class Part(NamedTuple):
    """Positions of a map that take the same taps: ``sources`` has a row for each of them."""

    targets: Indices
    taps: Indices
    sources: Indices


class Counts(NamedTuple):
    """Over some positions or taps: how many, the sums of their counts and squares, the zeros."""

    elements: int
    total: int
    squares: int
    zeros: int

    def __sub__(self, other: Counts) -> Counts:
        return Counts(*(a - b for a, b in zip(self, other, strict=True)))

    @property
    def mean(self) -> float:
        return self.total / self.elements

    @property
    def variance(self) -> float:
        """Of the counts; whole numbers until the last step, so that nothing is lost."""
        return (self.elements * self.squares - self.total**2) / self.elements**2

    @property
    def square(self) -> float:
        """The mean of the squared counts."""
        return self.squares / self.elements

    @property
    def share(self) -> float:
        """Of those that are 0."""
        return self.zeros / self.elements


@dataclass(frozen=True)
class Maps:
    """A kernel between two maps of one or more dimensions; positions are numbered in C order."""

    axes: tuple[Axis, ...]

    @property
    def big(self) -> int:
        """Positions of the big map."""
        return math.prod(axis.big for axis in self.axes)

    @property
    def small(self) -> int:
        """Positions of the small map."""
        return math.prod(axis.small for axis in self.axes)

    @property
    def taps(self) -> int:
        """Elements of the kernel."""
        return math.prod(axis.kernel for axis in self.axes)

    def positions(self, forward: bool) -> int:
        """Of the map that the taps lead to."""
        return self.small if forward else self.big

    @cached_property
    def forward(self) -> Part:
        """What the positions of the small map take from the big one."""
        sources = _flat([axis.sources for axis in self.axes], [axis.big for axis in self.axes])
        return Part(np.arange(self.small), np.arange(self.taps), sources)

    @cached_property
    def backward(self) -> list[Part]:
        """What the positions of the big map take from the small one.

        A part for each remainder of the stride: only taps that can meet its positions, so that
        nothing is multiplied by the zeros between the strides.
        """
        bigs, smalls, kernels = (
            [getattr(axis, name) for axis in self.axes] for name in ("big", "small", "kernel")
        )
        parts, bare = [], [np.arange(0)]
        for classes in itertools.product(*(axis.classes() for axis in self.axes)):
            targets = _flat([positions[:, None] for positions, _, _ in classes], bigs)[:, 0]
            taps = _flat([taps[None, :] for _, taps, _ in classes], kernels)
            if taps.size:
                parts.append(Part(targets, taps[0], _flat([own for *_, own in classes], smalls)))
            else:
                bare.append(targets)
        missed = np.sort(np.concatenate(bare))
        if len(missed):
            parts.append(Part(missed, np.arange(0), np.empty((len(missed), 0), np.intp)))
        return parts

    def interior(self, forward: bool) -> Flags:
        """Of each position, whether it is interior: see ``Axis.interior``."""
        found = np.ones((), np.bool_)
        for axis in self.axes:
            length = axis.small if forward else axis.big
            inside = np.zeros(length, np.bool_)
            own = axis.interior(forward)
            inside[own.start : own.stop] = True
            found = np.logical_and.outer(found, inside)
        return found.ravel()

    def counts(self, forward: bool, where: str = "all") -> Counts:
        """Of the taps that lead to each position of the interior, the border, or all."""
        counts = [axis.counts(forward) for axis in self.axes]
        everywhere = _counts(counts)
        if where == "all":
            return everywhere
        ranges = [axis.interior(forward) for axis in self.axes]
        inside = _counts([c[r.start : r.stop] for c, r in zip(counts, ranges, strict=True)])
        return inside if where == "interior" else everywhere - inside

    @property
    def tap_counts(self) -> Counts:
        """Of the pairs of positions that each tap connects."""
        return _counts([axis.tap_counts for axis in self.axes])


def _flat(tables: Sequence[Indices], lengths: Sequence[int]) -> Indices:
    """Tables of one dimension each, of what × taps, as one table of all; NONE where any has it."""
    found = np.zeros((1, 1), np.intp)
    known = np.ones((1, 1), np.bool_)
    for table, length in zip(tables, lengths, strict=True):
        rows, columns = found.shape[0] * table.shape[0], found.shape[1] * table.shape[1]
        grown = found[:, None, :, None] * length + table[None, :, None, :]
        known = (known[:, None, :, None] & (table != NONE)[None, :, None, :]).reshape(rows, columns)
        found = grown.reshape(rows, columns)
    return np.where(known, found, NONE)


def _counts(counts: Sequence[Indices]) -> Counts:
    """Of the products of one count from each dimension."""
    return Counts(
        math.prod(len(own) for own in counts),
        math.prod(int(own.sum()) for own in counts),
        math.prod(int((own * own).sum()) for own in counts),
        math.prod(len(own) for own in counts) - math.prod(int((own > 0).sum()) for own in counts),
    )
