"""Maps side by side in lanes, and the three products that a convolution takes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from normstats.engine.maps import Maps
from normstats.engine.mapsums import ADD_GRADIENT, KEEP_GRADIENT
from normstats.kernels.aligned import aligned
from normstats.kernels.build import Kernel
from normstats.kernels.correlate import Correlated, correlate_work
from normstats.kernels.gather import CONVOLVE, WORK, Gathered
from normstats.kernels.gemm import distance
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load

Array = npt.NDArray[np.float64]


class Strides(NamedTuple):
    """Where a weight stands: from one channel of the small map to the next, and so on."""

    small: int
    big: int
    tap: int
    group: int


@dataclass(frozen=True)
class Sides:
    """The two maps of a convolution: their positions, channels in all, and groups of channels."""

    maps: Maps
    small: int
    big: int
    groups: int

    def channels(self, small: bool) -> int:
        """In all."""
        return self.small if small else self.big

    def elements(self, small: bool) -> int:
        """Of one sample."""
        return self.maps.positions(small) * self.channels(small)

    def step(self, small: bool) -> int:
        """Numbers from a position to the next: its channels, eight samples each."""
        return distance(self.channels(small) * LANES)

    def chunk(self, small: bool) -> int:
        """Numbers from eight samples to the next eight."""
        return self.maps.positions(small) * self.step(small)

    @property
    def weights(self) -> int:
        """Elements of the weight."""
        return self.small * (self.big // self.groups) * self.maps.taps


class Products:
    """The products of so many chunks by weights with such strides; one for each thread."""

    kernels = (CONVOLVE, ADD_GRADIENT, KEEP_GRADIENT)

    def __init__(self, sides: Sides, strides: Strides, chunks: int) -> None:
        self._sides, self._strides, self._chunks = sides, strides, chunks
        self._work = aligned(max(WORK, self._gradient_work(sides)))
        self._run = {kernel: load(kernel) for kernel in self.kernels}
        self._plans = {True: self._plan(True), False: self._plan(False)}

    @staticmethod
    def _gradient_work(sides: Sides) -> int:
        return correlate_work(sides.maps.taps, sides.big // sides.groups)

    @classmethod
    def size(cls, sides: Sides) -> int:
        """Numbers that are held: work space and tables."""
        tables = 2 * sides.maps.taps * (sides.maps.small + sides.maps.big)
        return max(WORK, cls._gradient_work(sides)) + tables

    def _plan(self, small: bool) -> list[tuple[npt.NDArray[np.intp], ...]]:
        """For each part of the product: its sizes, taps in the weights, targets and sources."""
        sides, strides = self._sides, self._strides
        plans = []
        for part in [sides.maps.forward] if small else sides.maps.backward:
            size = Gathered(
                groups=sides.groups,
                chunks=self._chunks,
                positions=len(part.targets),
                taps=len(part.taps),
                height=sides.channels(small) // sides.groups,
                channels=sides.channels(not small) // sides.groups,
                w_row=strides.small if small else strides.big,
                w_channel=strides.big if small else strides.small,
                w_group=strides.group,
                y_step=sides.step(small),
                y_chunk=sides.chunk(small),
                x_step=sides.step(not small),
                x_chunk=sides.chunk(not small),
            )
            # An empty table has no address that a kernel could be given.
            sources = part.sources if part.sources.size else np.zeros((1, 1), np.intp)
            offsets = part.taps * strides.tap if part.taps.size else np.zeros(1, np.intp)
            tables = np.array(size, np.intp), offsets, part.targets, sources
            plans.append(tuple(np.ascontiguousarray(table) for table in tables))
        return plans

    def lead(self, w: Array, small: Array, big: Array, to_small: bool) -> None:
        """Fill the small map from the big one by the weights, or the other way round."""
        source, result = (big, small) if to_small else (small, big)
        for size, offsets, targets, sources in self._plans[to_small]:
            self._run[CONVOLVE](w, source, result, size, offsets, targets, sources, self._work)

    def gradient(
        self, kernel: Kernel, small: Array, big: Array, samples: int, pivot: float, out: Array
    ) -> None:
        """The gradient of the weights of each sample, added up or kept: ``kernel`` says which."""
        sides = self._sides
        size = Correlated(
            groups=sides.groups,
            chunks=-(-samples // LANES),
            samples=samples,
            positions=sides.maps.small,
            taps=sides.maps.taps,
            height=sides.small // sides.groups,
            channels=sides.big // sides.groups,
            small_step=sides.step(True),
            small_chunk=sides.chunk(True),
            big_step=sides.step(False),
            big_chunk=sides.chunk(False),
        )
        sources = self._plans[True][0][3]
        self._run[kernel](
            small, big, np.array(size, np.intp), sources, self._work, pivot, out
        )  # fmt: skip


class GivenMaps:
    """Given small and big maps, of shape (samples, channels, positions), and what comes of them."""

    def __init__(self, sides: Sides, small: Array, big: Array) -> None:
        self._sides, self._samples = sides, len(small)
        self._chunks = max(-(-len(small) // LANES), 1)
        row = sides.big // sides.groups * sides.maps.taps
        strides = Strides(row, sides.maps.taps, 1, sides.small // sides.groups * row)
        self._products = Products(sides, strides, self._chunks)
        self._small, self._big = self._inside(small, True), self._inside(big, False)

    def other(self, weight: Array, small: bool) -> Array:
        """The small maps that the big ones lead to, or the big ones that the small ones lead to.

        ``weight`` has the elements of one of shape (small, big / groups, taps).
        """
        if small:
            result = np.empty_like(self._small)
            self._products.lead(weight, result, self._big, True)
        else:
            result = np.empty_like(self._big)
            self._products.lead(weight, self._small, result, False)
        return self._outside(result, small)

    def gradients(self) -> Array:
        """Of the weight, for each sample: (samples, small, big / groups, taps)."""
        sides = self._sides
        shape = self._chunks, sides.small, sides.big // sides.groups, sides.maps.taps, LANES
        found = np.empty(shape)
        self._products.gradient(KEEP_GRADIENT, self._small, self._big, self._samples, 0.0, found)
        return np.moveaxis(found, -1, 1).reshape(-1, *shape[1:-1])[: self._samples].copy()

    def _inside(self, values: Array, small: bool) -> Array:
        """As the kernels have it: chunk, position, channel, sample."""
        chunks, positions = self._chunks, self._sides.maps.positions(small)
        channels, step = self._sides.channels(small), self._sides.step(small)
        held, padded = (
            aligned(chunks * positions * step),
            np.zeros((chunks * LANES, channels, positions)),
        )
        padded[: self._samples] = values
        shaped = padded.reshape(chunks, LANES, channels, positions).transpose(0, 3, 2, 1)
        rows = held.reshape(chunks, positions, step)
        rows[:, :, : channels * LANES] = shaped.reshape(chunks, positions, -1)
        return held

    def _outside(self, held: Array, small: bool) -> Array:
        chunks, positions = self._chunks, self._sides.maps.positions(small)
        channels, step = self._sides.channels(small), self._sides.step(small)
        rows = held.reshape(chunks, positions, step)[:, :, : channels * LANES]
        shaped = rows.reshape(chunks, positions, channels, LANES).transpose(0, 3, 2, 1)
        return shaped.reshape(chunks * LANES, channels, positions)[: self._samples].copy()
