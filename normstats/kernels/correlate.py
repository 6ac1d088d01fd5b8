"""Gradients of the weights of a convolution, for each sample by itself.

Σ over the positions of the small map of what it has there times what the big map has at a tap's
source. Both are held as in ``gather.py``, so every multiplication is that of eight samples. A tile
of channels stays in registers, a stretch of positions in the first-level cache.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from normstats.kernels.lanes import LANES, fma, load, shifted, splat, store

ROWS, ACROSS = 6, 2  # channels of the small and of the big map in a tile
STRETCH = 64  # positions at a time


class Correlated(NamedTuple):
    """The sizes of a gradient of weights; steps are in numbers, from a position to the next."""

    groups: int
    chunks: int
    samples: int
    positions: int  # of the small map
    taps: int
    height: int  # channels of the small map in a group
    channels: int  # of the big map in a group
    small_step: int
    small_chunk: int
    big_step: int
    big_chunk: int


AT = Correlated(*range(len(Correlated._fields)))


def correlate_work(taps: int, channels: int) -> int:
    """Numbers of work space for ``correlate``."""
    return taps * (channels + channels % ACROSS) * ROWS * LANES


def deliver(*arguments: Any) -> None:
    """Stands for what is done with a gradient; a kernel is built with its own."""
    raise RuntimeError("a gradient was taken without a use for it")


def correlate_tile(
    a: Any, step: int, rows: int, b: Any, far: int, columns: int, sources: Any, taps: int,
    positions: int, work: Any,
) -> None:  # fmt: skip
    """Adds Σ a · b over positions that have a source to ROWS x ACROSS lanes of ``work``.

    Rows and columns beyond the given ones repeat the first; nobody takes them.
    """
    r1 = LANES if rows > 1 else 0
    r2 = 2 * LANES if rows > 2 else 0
    r3 = 3 * LANES if rows > 3 else 0
    r4 = 4 * LANES if rows > 4 else 0
    r5 = 5 * LANES if rows > 5 else 0
    c1 = LANES if columns > 1 else 0
    t00 = load(work, 0)
    t10 = load(work, LANES)
    t20 = load(work, 2 * LANES)
    t30 = load(work, 3 * LANES)
    t40 = load(work, 4 * LANES)
    t50 = load(work, 5 * LANES)
    t01 = load(work, 6 * LANES)
    t11 = load(work, 7 * LANES)
    t21 = load(work, 8 * LANES)
    t31 = load(work, 9 * LANES)
    t41 = load(work, 10 * LANES)
    t51 = load(work, 11 * LANES)
    for o in range(positions):
        source = sources[o * taps]
        if source >= 0:
            b0 = load(b, source * far)
            b1 = load(b, source * far + c1)
            v = load(a, o * step)
            t00 = fma(v, b0, t00)
            t01 = fma(v, b1, t01)
            v = load(a, o * step + r1)
            t10 = fma(v, b0, t10)
            t11 = fma(v, b1, t11)
            v = load(a, o * step + r2)
            t20 = fma(v, b0, t20)
            t21 = fma(v, b1, t21)
            v = load(a, o * step + r3)
            t30 = fma(v, b0, t30)
            t31 = fma(v, b1, t31)
            v = load(a, o * step + r4)
            t40 = fma(v, b0, t40)
            t41 = fma(v, b1, t41)
            v = load(a, o * step + r5)
            t50 = fma(v, b0, t50)
            t51 = fma(v, b1, t51)
    store(work, 0, t00)
    store(work, LANES, t10)
    store(work, 2 * LANES, t20)
    store(work, 3 * LANES, t30)
    store(work, 4 * LANES, t40)
    store(work, 5 * LANES, t50)
    store(work, 6 * LANES, t01)
    store(work, 7 * LANES, t11)
    store(work, 8 * LANES, t21)
    store(work, 9 * LANES, t31)
    store(work, 10 * LANES, t41)
    store(work, 11 * LANES, t51)


def correlate(
    small: Any, big: Any, size: Any, sources: Any, work: Any, pivot: float, out: Any
) -> None:
    """The gradients of all weights, a few channels of the small map at a time, to ``deliver``.

    ``size`` is a ``Correlated``; ``sources`` are the positions of the big map for each position of
    the small one and each tap, below 0 where there is none.
    """
    taps = size[AT.taps]
    height = size[AT.height]
    channels = size[AT.channels]
    positions = size[AT.positions]
    wide = channels + channels % ACROSS
    for n in range(size[AT.chunks]):
        left = size[AT.samples] - n * LANES
        for g in range(size[AT.groups]):
            b = shifted(big, n * size[AT.big_chunk] + g * channels * LANES)
            for i in range(0, height, ROWS):
                a = shifted(small, n * size[AT.small_chunk] + (g * height + i) * LANES)
                for k in range(0, taps * wide * ROWS * LANES, LANES):
                    store(work, k, splat(0.0))
                for first in range(0, positions, STRETCH):
                    end = first + STRETCH if first + STRETCH < positions else positions
                    for j in range(0, channels, ACROSS):
                        for t in range(taps):
                            correlate_tile(
                                shifted(a, first * size[AT.small_step]), size[AT.small_step],
                                height - i, shifted(b, j * LANES), size[AT.big_step], channels - j,
                                shifted(sources, first * taps + t), taps, end - first,
                                shifted(work, (t * wide + j) * ROWS * LANES),
                            )  # fmt: skip
                high = ROWS if i + ROWS < height else height - i
                row = (n * size[AT.groups] + g) * height + i
                deliver(work, high, taps, channels, wide, left, row, pivot, out)
