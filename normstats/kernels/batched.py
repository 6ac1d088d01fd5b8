"""Products of small matrices, eight samples at a time: each element of a matrix is a lane.

So a tile of c stays in registers while it runs along the depth, as in ``gemm.py``, but nothing is
broadcast: a tile of R × C lanes takes R + C loads for R·C multiplications. A processor with 32
registers of a lane each holds 4 × 4 lanes; one that has 16 of half a lane no more than 3 × 2. An
element is summed up in the same order by both, so that they have the same bits.

The columns of b are packed side by side first: rows of a matrix are often a power of 2 apart, and
of such the first-level cache would hold only a few. Rows of a are best an odd number of lanes
apart.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES, fma, load, shifted, splat, store

DEPTH = 64  # of a product at a time: rows of a tile and a panel of b, in the first-level cache
WIDTH = 32  # columns of b that are packed at a time: they stay in the second-level cache
PACKED = WIDTH * DEPTH * LANES  # numbers of them


def tile_sides() -> tuple[int, int]:
    """Rows and columns of a tile."""
    return 4, 4


def pack(b: Any, bj: int, across: int, panel: Any) -> None:
    """One row of a tile's columns of b side by side; one beyond the end repeats the first."""
    store(panel, 0, load(b, 0))
    store(panel, LANES, load(b, bj if across > 1 else 0))
    store(panel, 2 * LANES, load(b, 2 * bj if across > 2 else 0))
    store(panel, 3 * LANES, load(b, 3 * bj if across > 3 else 0))


def tile(
    a: Any, ai: int, ak: int, rows: int, panel: Any, across: int, depth: int,
    c: Any, ci: int, cj: int, fresh: int,
) -> None:  # fmt: skip
    """A tile of c: Σ a·b over the depth, added to what is there unless ``fresh``.

    A row or column beyond the end repeats the first, and so computes, and writes, what that does.
    """
    a1, c1 = (ai, ci) if rows > 1 else (0, 0)
    a2, c2 = (2 * ai, 2 * ci) if rows > 2 else (0, 0)
    a3, c3 = (3 * ai, 3 * ci) if rows > 3 else (0, 0)
    d1 = cj if across > 1 else 0
    d2 = 2 * cj if across > 2 else 0
    d3 = 3 * cj if across > 3 else 0
    if fresh != 0:
        t00 = t01 = t02 = t03 = splat(0.0)
        t10 = t11 = t12 = t13 = splat(0.0)
        t20 = t21 = t22 = t23 = splat(0.0)
        t30 = t31 = t32 = t33 = splat(0.0)
    else:
        t00, t01, t02, t03 = load(c, 0), load(c, d1), load(c, d2), load(c, d3)
        t10, t11, t12, t13 = load(c, c1), load(c, c1 + d1), load(c, c1 + d2), load(c, c1 + d3)
        t20, t21, t22, t23 = load(c, c2), load(c, c2 + d1), load(c, c2 + d2), load(c, c2 + d3)
        t30, t31, t32, t33 = load(c, c3), load(c, c3 + d1), load(c, c3 + d2), load(c, c3 + d3)
    for k in range(depth):
        at = k * (4 * LANES)
        y0 = load(panel, at)
        y1 = load(panel, at + LANES)
        y2 = load(panel, at + 2 * LANES)
        y3 = load(panel, at + 3 * LANES)
        at = k * ak
        x = load(a, at)
        t00 = fma(x, y0, t00)
        t01 = fma(x, y1, t01)
        t02 = fma(x, y2, t02)
        t03 = fma(x, y3, t03)
        x = load(a, at + a1)
        t10 = fma(x, y0, t10)
        t11 = fma(x, y1, t11)
        t12 = fma(x, y2, t12)
        t13 = fma(x, y3, t13)
        x = load(a, at + a2)
        t20 = fma(x, y0, t20)
        t21 = fma(x, y1, t21)
        t22 = fma(x, y2, t22)
        t23 = fma(x, y3, t23)
        x = load(a, at + a3)
        t30 = fma(x, y0, t30)
        t31 = fma(x, y1, t31)
        t32 = fma(x, y2, t32)
        t33 = fma(x, y3, t33)
    store(c, 0, t00)
    store(c, d1, t01)
    store(c, d2, t02)
    store(c, d3, t03)
    store(c, c1, t10)
    store(c, c1 + d1, t11)
    store(c, c1 + d2, t12)
    store(c, c1 + d3, t13)
    store(c, c2, t20)
    store(c, c2 + d1, t21)
    store(c, c2 + d2, t22)
    store(c, c2 + d3, t23)
    store(c, c3, t30)
    store(c, c3 + d1, t31)
    store(c, c3 + d2, t32)
    store(c, c3 + d3, t33)


def product(
    a: Any, ai: int, ak: int, b: Any, bj: int, bk: int, c: Any, ci: int, cj: int,
    rows: int, across: int, depth: int, fresh: int, panels: Any,
) -> None:  # fmt: skip
    """c(i, j) = Σ a(i, k) b(j, k) over k, added to c unless ``fresh``; ai, ak, … are strides.

    ``panels`` is work space of PACKED numbers.
    """
    high, wide = tile_sides()
    for k in range(0, depth, DEPTH):
        deep = DEPTH if k + DEPTH < depth else depth - k
        new = fresh if k == 0 else 0
        for first in range(0, across, WIDTH):
            left = WIDTH if first + WIDTH < across else across - first
            for r in range(deep):
                for j in range(0, left, wide):
                    pack(
                        shifted(b, (first + j) * bj + (k + r) * bk), bj, left - j,
                        shifted(panels, (j * deep + r * wide) * LANES),
                    )  # fmt: skip
            for i in range(0, rows, high):
                for j in range(0, left, wide):
                    tile(
                        shifted(a, i * ai + k * ak), ai, ak, rows - i,
                        shifted(panels, j * deep * LANES), left - j, deep,
                        shifted(c, i * ci + (first + j) * cj), ci, cj, new,
                    )  # fmt: skip


def narrow_sides() -> tuple[int, int]:
    """Rows and columns of a tile for few registers."""
    return 3, 2


def narrow_pack(b: Any, bj: int, across: int, panel: Any) -> None:
    """The same as ``pack``, for two columns."""
    store(panel, 0, load(b, 0))
    store(panel, LANES, load(b, bj if across > 1 else 0))


def narrow_tile(
    a: Any, ai: int, ak: int, rows: int, panel: Any, across: int, depth: int,
    c: Any, ci: int, cj: int, fresh: int,
) -> None:  # fmt: skip
    """The same as ``tile``, for 3 × 2."""
    a1, c1 = (ai, ci) if rows > 1 else (0, 0)
    a2, c2 = (2 * ai, 2 * ci) if rows > 2 else (0, 0)
    d1 = cj if across > 1 else 0
    if fresh != 0:
        t00 = t01 = t10 = t11 = t20 = t21 = splat(0.0)
    else:
        t00, t01 = load(c, 0), load(c, d1)
        t10, t11 = load(c, c1), load(c, c1 + d1)
        t20, t21 = load(c, c2), load(c, c2 + d1)
    for k in range(depth):
        y0 = load(panel, k * (2 * LANES))
        y1 = load(panel, k * (2 * LANES) + LANES)
        x = load(a, k * ak)
        t00 = fma(x, y0, t00)
        t01 = fma(x, y1, t01)
        x = load(a, k * ak + a1)
        t10 = fma(x, y0, t10)
        t11 = fma(x, y1, t11)
        x = load(a, k * ak + a2)
        t20 = fma(x, y0, t20)
        t21 = fma(x, y1, t21)
    store(c, 0, t00)
    store(c, d1, t01)
    store(c, c1, t10)
    store(c, c1 + d1, t11)
    store(c, c2, t20)
    store(c, c2 + d1, t21)


_F, _S = build.FLOATS, build.SIZE
_PARAMETERS = (_F, _S, _S, _F, _S, _S, _F, *(_S,) * 6, _F)
PRODUCT = Kernel(product, _PARAMETERS)
NARROW = Kernel(
    product, _PARAMETERS, {"tile_sides": narrow_sides, "pack": narrow_pack, "tile": narrow_tile}
)


def product_kernel() -> Kernel:
    """The kernel for the processor that kernels are compiled for."""
    return PRODUCT if build.wide_registers() else NARROW
