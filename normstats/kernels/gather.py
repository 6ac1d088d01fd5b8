"""Products with rows that are gathered by a table: what convolutions are.

A map is held as position × channel × eight samples, one sample a lane, so that the channels of a
position lie side by side. Eight samples make a chunk. Nothing is copied into a matrix of windows:
the panel of a product is packed from the map itself, position by position.

As in ``gemm.py`` the order of every sum is fixed, and with it the bits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.gemm import DEPTH, HEIGHT, TILE, tile
from normstats.kernels.lanes import LANES, load, shifted, splat, store


class Gathered(NamedTuple):
    """The sizes of a product y = w · (gathered x); steps are in numbers, from one to the next."""

    groups: int  # of channels, each with weights of its own
    chunks: int
    positions: int  # that are computed
    taps: int
    height: int  # channels of y in a group
    channels: int  # of x in a group
    w_row: int  # from the weights of a channel of y to those of the next
    w_channel: int
    w_group: int
    y_step: int  # from a position to the next
    y_chunk: int
    x_step: int
    x_chunk: int


AT = Gathered(*range(len(Gathered._fields)))

WORK = (HEIGHT + LANES) * DEPTH + TILE * LANES  # numbers of work space for ``convolve``


def pack_weights(
    w: Any, offsets: Any, row: int, channel: int, channels: int,
    first: int, height: int, high: int, k0: int, deep: int, packed: Any,
) -> None:  # fmt: skip
    """Rows ``first`` to ``first + high`` of the weights as slivers of TILE; beyond the end 0."""
    for i in range(0, high, TILE):
        t = k0 // channels
        c = k0 - t * channels
        for k in range(deep):
            at = offsets[t] + c * channel
            for r in range(TILE):
                inside = first + i + r < height
                scale = 1.0 if inside else 0.0
                own = first + i + r if inside else 0
                packed[i * deep + k * TILE + r] = scale * w[own * row + at]
            c += 1
            if c == channels:
                c = 0
                t += 1


GAP = 16  # rows of a panel: fewer missing ones than these are multiplied as zeros


def pack_panel(
    x: Any, step: int, sources: Any, channels: int, k0: int, start: int, deep: int, packed: Any
) -> tuple[int, int]:
    """Rows ``start`` to ``deep`` of what one position takes, up to the next larger gap.

    Rows are the channels of its taps, one tap after the other. Gives the first and the last row
    (exclusive) that are packed, and where to go on: taps without a source need no multiplication.
    """
    t = (k0 + start) // channels
    c = k0 + start - t * channels
    first = start
    end = start
    k = start
    while k < deep:
        run = channels - c if channels - c < deep - k else deep - k
        source = sources[t]
        if source >= 0:
            if end == first:
                first = k
            elif k - end >= GAP:
                break
            for j in range(end if end > first else k, k):
                store(packed, j * LANES, splat(0.0))
            at = source * step + c * LANES
            for j in range(run):
                store(packed, (k + j) * LANES, load(x, at + j * LANES))
            end = k + run
        k += run
        c = 0
        t += 1
    return first, end


def convolve(
    w: Any, x: Any, y: Any, size: Any, offsets: Any, targets: Any, sources: Any, work: Any
) -> None:
    """Of each target position: y = Σ over taps and channels of w · x at the tap's source.

    ``size`` is a ``Gathered``. ``offsets`` are the places of the taps in the weights, ``sources``
    the positions of x for each target and tap, below 0 where there is none. What was in y at the
    targets is lost.
    """
    taps = size[AT.taps]
    height = size[AT.height]
    channels = size[AT.channels]
    positions = size[AT.positions]
    depth = taps * channels
    panel = shifted(work, HEIGHT * DEPTH)
    spare = shifted(work, (HEIGHT + LANES) * DEPTH)
    for n in range(size[AT.chunks]):
        for j in range(positions):
            at = n * size[AT.y_chunk] + targets[j] * size[AT.y_step]
            for i in range(size[AT.groups] * height):
                store(y, at + i * LANES, splat(0.0))
    for g in range(size[AT.groups]):
        own = shifted(w, g * size[AT.w_group])
        for k0 in range(0, depth, DEPTH):
            deep = DEPTH if k0 + DEPTH < depth else depth - k0
            for i0 in range(0, height, HEIGHT):
                high = HEIGHT if i0 + HEIGHT < height else height - i0
                pack_weights(
                    own, offsets, size[AT.w_row], size[AT.w_channel], channels,
                    i0, height, high, k0, deep, work,
                )  # fmt: skip
                for n in range(size[AT.chunks]):
                    source = shifted(x, n * size[AT.x_chunk] + g * channels * LANES)
                    result = shifted(y, n * size[AT.y_chunk] + (g * height + i0) * LANES)
                    for j in range(positions):
                        at = targets[j] * size[AT.y_step]
                        end = 0
                        more = True
                        while more:
                            first, end = pack_panel(
                                source, size[AT.x_step], shifted(sources, j * taps), channels,
                                k0, end, deep, panel,
                            )  # fmt: skip
                            more = end > first
                            if more:
                                for i in range(0, high, TILE):
                                    # The last tile may reach beyond the end: it has its own place.
                                    left = high - i
                                    whole = left >= TILE
                                    place = shifted(result, at + i * LANES) if whole else spare
                                    if not whole:
                                        for r in range(left):
                                            row = load(result, at + (i + r) * LANES)
                                            store(spare, r * LANES, row)
                                    tile(
                                        shifted(work, i * deep + first * TILE),
                                        shifted(panel, first * LANES), end - first, place, LANES,
                                    )  # fmt: skip
                                    if not whole:
                                        for r in range(left):
                                            row = load(spare, r * LANES)
                                            store(result, at + (i + r) * LANES, row)


_F, _N = build.FLOATS, build.SIZES
CONVOLVE = Kernel(convolve, (_F, _F, _F, *(_N,) * 4, _F))
