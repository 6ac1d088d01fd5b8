"""What is added up over maps, and over gradients of weights: kernels beside the products.

A map is position × channel × eight samples, chunk after chunk; see ``kernels/gather.py``.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.correlate import ROWS, correlate
from normstats.kernels.lanes import LANES, fma, lane_numbers, load, splat, store, where


def add_gradient(
    work: Any, high: int, taps: int, channels: int, wide: int, left: int, row: int,
    pivot: float, out: Any,
) -> None:  # fmt: skip
    """Adds s1, s2 and z of the first ``left`` lanes to the three lane sums in ``out``."""
    s1 = splat(0.0)
    s2 = splat(0.0)
    z = splat(0.0)
    for t in range(taps):
        for j in range(channels):
            for r in range(high):
                value = load(work, ((t * wide + j) * ROWS + r) * LANES)
                deviation = value - pivot
                s1 = s1 + deviation
                s2 = fma(deviation, deviation, s2)
                z = z + where(value == 0.0, 1.0, 0.0)
    add_lanes(out, left, s1, s2, z)


def keep_gradient(
    work: Any, high: int, taps: int, channels: int, wide: int, left: int, row: int,
    pivot: float, out: Any,
) -> None:  # fmt: skip
    """Writes the gradient: chunk, channel of the small map, of the big one, tap, sample."""
    for r in range(high):
        for j in range(channels):
            for t in range(taps):
                value = load(work, ((t * wide + j) * ROWS + r) * LANES)
                store(out, (((row + r) * channels + j) * taps + t) * LANES, value)


def add_lanes(sums: Any, left: int, s1: Any, s2: Any, z: Any) -> None:
    """Add to three lane sums what the first ``left`` lanes hold."""
    held = lane_numbers() < splat(float(left))
    store(sums, 0, load(sums, 0) + where(held, s1, 0.0))
    store(sums, LANES, load(sums, LANES) + where(held, s2, 0.0))
    store(sums, 2 * LANES, load(sums, 2 * LANES) + where(held, z, 0.0))


def add_map(
    values: Any, positions: int, channels: int, step: int, chunk: int, samples: int,
    flags: Any, wanted: int, pivot: float, sums: Any,
) -> None:  # fmt: skip
    """Add s1, s2 and z of all elements at positions whose flag is ``wanted`` to lane sums."""
    for n in range((samples + LANES - 1) // LANES):
        s1 = splat(0.0)
        s2 = splat(0.0)
        z = splat(0.0)
        for p in range(positions):
            if flags[p] == wanted:
                at = n * chunk + p * step
                for c in range(channels):
                    value = load(values, at + c * LANES)
                    deviation = value - pivot
                    s1 = s1 + deviation
                    s2 = fma(deviation, deviation, s2)
                    z = z + where(value == 0.0, 1.0, 0.0)
        add_lanes(sums, samples - n * LANES, s1, s2, z)


def add_positions(
    values: Any, positions: int, channels: int, step: int, chunk: int, chunks: int, out: Any
) -> None:
    """The gradient of the bias: Σ over positions, as chunk × channel × sample in ``out``."""
    for n in range(chunks):
        for c in range(channels):
            s = splat(0.0)
            for p in range(positions):
                s = s + load(values, n * chunk + p * step + c * LANES)
            store(out, (n * channels + c) * LANES, s)


def spread(
    one: Any, positions: int, channels: int, step: int, chunk: int, chunks: int, out: Any
) -> None:
    """The same number for all elements of a sample."""
    for n in range(chunks):
        value = load(one, n * LANES)
        for p in range(positions):
            for c in range(channels):
                store(out, n * chunk + p * step + c * LANES, value)


_F, _N, _S, _D = build.FLOATS, build.SIZES, build.SIZE, build.FLOAT
_CORRELATE = (_F, _F, _N, _N, _F, _D, _F)
ADD_GRADIENT = Kernel(correlate, _CORRELATE, {"deliver": add_gradient})
KEEP_GRADIENT = Kernel(correlate, _CORRELATE, {"deliver": keep_gradient})
ADD_MAP = Kernel(add_map, (_F, *(_S,) * 5, _N, _S, _D, _F))
ADD_POSITIONS = Kernel(add_positions, (_F, *(_S,) * 5, _F))
SPREAD = Kernel(spread, (_F, *(_S,) * 5, _F))
