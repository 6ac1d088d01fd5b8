"""Matrix product in the lane language: Y = A·X with the samples of X side by side.

The order of every sum is fixed (k ascending, one fused multiply-add each), so a product has the
same bits on every machine, which a BLAS library does not promise. The scheme is that of Goto and
van de Geijn (Anatomy of high-performance matrix multiplication, ACM TOMS 34, 2008): a tile of
TILE rows times one lane width stays in registers, a panel of X in the first-level cache, a block of
A in the second.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES, fma, load, shifted, splat, store

TILE = 6
DEPTH = 256  # of a panel: rows of X at a time
HEIGHT = 96  # of a block: rows of A at a time


def tile(a: Any, b: Any, depth: int, y: Any, distance: int) -> None:
    """TILE rows and LANES columns of y, plus the product of a packed sliver and a packed panel."""
    t0 = load(y, 0)
    t1 = load(y, distance)
    t2 = load(y, 2 * distance)
    t3 = load(y, 3 * distance)
    t4 = load(y, 4 * distance)
    t5 = load(y, 5 * distance)
    for k in range(depth):
        x = load(b, k * LANES)
        t0 = fma(splat(a[k * TILE]), x, t0)
        t1 = fma(splat(a[k * TILE + 1]), x, t1)
        t2 = fma(splat(a[k * TILE + 2]), x, t2)
        t3 = fma(splat(a[k * TILE + 3]), x, t3)
        t4 = fma(splat(a[k * TILE + 4]), x, t4)
        t5 = fma(splat(a[k * TILE + 5]), x, t5)
    store(y, 0, t0)
    store(y, distance, t1)
    store(y, 2 * distance, t2)
    store(y, 3 * distance, t3)
    store(y, 4 * distance, t4)
    store(y, 5 * distance, t5)


def multiply(
    a: Any,
    row_stride: int,
    column_stride: int,
    height: int,
    depth: int,
    x: Any,
    columns: int,
    y: Any,
    distance: int,
    fresh: int,
    packed_a: Any,
    packed_x: Any,
) -> None:
    """y = a · x, or y += a · x: element (i, k) of a is ``a[i * row_stride + k * column_stride]``.

    x is ``depth`` rows, y ``padded(height)`` rows of ``columns``, a multiple of LANES; a row begins
    ``distance`` after the last. If ``fresh`` is not 0, y begins as 0, also in its last rows, beyond
    ``height``; to those nothing is added. packed_a and packed_x are work space.
    """
    # Without min(), which numba would compile as a function of its own.
    if fresh != 0:
        for i in range((height + TILE - 1) // TILE * TILE):
            for j in range(0, columns, LANES):
                store(y, i * distance + j, splat(0.0))
    for k0 in range(0, depth, DEPTH):
        deep = DEPTH if k0 + DEPTH < depth else depth - k0
        for j in range(0, columns, LANES):
            for k in range(deep):
                store(packed_x, j * deep + k * LANES, load(x, (k0 + k) * distance + j))
        for i0 in range(0, height, HEIGHT):
            high = HEIGHT if i0 + HEIGHT < height else height - i0
            for i in range(0, high, TILE):
                first = i0 + i
                for k in range(deep):
                    for r in range(TILE):
                        # Rows beyond the end are multiplied by 0.
                        row = first + r if first + r < height else 0
                        scale = 1.0 if first + r < height else 0.0
                        packed_a[i * deep + k * TILE + r] = (
                            scale * a[row * row_stride + (k0 + k) * column_stride]
                        )
            for j in range(0, columns, LANES):
                for i in range(0, high, TILE):
                    tile(
                        shifted(packed_a, i * deep),
                        shifted(packed_x, j * deep),
                        deep,
                        shifted(y, (i0 + i) * distance + j),
                        distance,
                    )


_F, _S = build.FLOATS, build.SIZE
MULTIPLY = Kernel(multiply, (_F, *(_S,) * 4, _F, _S, _F, _S, _S, _F, _F))


def distance(columns: int) -> int:
    """A good distance for rows of so many numbers, a multiple of LANES.

    Not a power of 2 or near one: of such rows a cache could hold only a few at a time.
    """
    return columns + LANES if columns % 64 == 0 else columns


def padded(height: int) -> int:
    """Rows that ``multiply`` writes for so many rows of a."""
    return -(-height // TILE) * TILE


def packed_a_size() -> int:
    """Numbers in the work space for a block of A."""
    return HEIGHT * DEPTH


def packed_x_size(columns: int) -> int:
    """Numbers in the work space for a panel of X."""
    return columns * DEPTH
