"""Products of small matrices: both tiles, about their sizes, and the memory that kernels take."""

from __future__ import annotations

import numpy as np
import pytest

from normstats.kernels.aligned import aligned
from normstats.kernels.batched import DEPTH, NARROW, PACKED, PRODUCT, WIDTH
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.values import Array

SIZES = [
    (1, 1, 1), (2, 1, 3), (3, 2, 4), (4, 3, 5), (5, 4, 2), (6, 6, 7), (7, 5, 6), (8, 8, 8),
    (13, WIDTH - 1, DEPTH), (12, WIDTH, DEPTH - 1), (9, WIDTH + 1, DEPTH + 1), (4, 70, 130),
]  # fmt: skip


def multiply(kernel: Kernel, a: Array, b: Array, c: Array, fresh: bool) -> Array:
    """c, or c + a·bᵀ, of arrays (rows, depth, lane), (across, depth, lane), (rows, across, lane).

    Guards follow each array: what is written there would show.
    """
    rows, depth, _ = a.shape
    across = len(b)
    out = aligned(c.size + LANES)
    out[: c.size], out[c.size :] = c.ravel(), np.nan
    # a lies row by row, b column by column.
    left, right = a.ravel().copy(), b.transpose(1, 0, 2).ravel().copy()
    load(kernel)(
        left, depth * LANES, LANES, right, LANES, across * LANES, out, across * LANES, LANES,
        rows, across, depth, int(fresh), aligned(PACKED),
    )  # fmt: skip
    assert np.isnan(out[c.size :]).all()
    return out[: c.size].reshape(c.shape)


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_both_tiles_give_the_same_bits(size: tuple[int, int, int], fresh: bool) -> None:
    rows, across, depth = size
    rng = np.random.default_rng(rows)
    a, b, c = (
        rng.standard_normal((n, m, LANES)) for n, m in ((rows, depth), (across, depth), size[:2])
    )
    wide, narrow = (multiply(kernel, a, b, c, fresh) for kernel in (PRODUCT, NARROW))
    assert np.array_equal(wide, narrow)
    expected = np.einsum("ikl,jkl->ijl", a, b) + (0.0 if fresh else c)
    np.testing.assert_allclose(wide, expected, rtol=1e-12, atol=1e-12)


def test_a_sum_runs_along_the_depth() -> None:
    """Fused multiply-adds in ascending order, whatever the blocks: 2^53 + 1 is lost, 1 − 1 not."""
    depth = 2 * DEPTH + 3
    a, b = np.ones((1, depth, LANES)), np.zeros((1, depth, LANES))
    b[0, 0], b[0, 1], b[0, DEPTH], b[0, -1] = 2.0**53, 1.0, -(2.0**53), 3.0
    for kernel in (PRODUCT, NARROW):
        assert (multiply(kernel, a, b, np.zeros((1, 1, LANES)), True) == 3.0).all()


@pytest.mark.parametrize("shape", [(1,), (5, 3), (2, 100, 72), (2**17,)])
def test_memory_begins_with_a_cache_line(shape: tuple[int, ...]) -> None:
    room = aligned(*shape)
    assert room.shape == shape
    assert room.flags.c_contiguous
    assert room.ctypes.data % 64 == 0
    assert not room.any()
