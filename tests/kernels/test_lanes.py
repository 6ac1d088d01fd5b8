"""The lane language: compiled code and its NumPy twin mean the same, to the last bit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from normstats.kernels import lanes
from normstats.kernels.run import load
from tests.kernels.probes import (
    DOUBLED,
    FLOAT_ROWS,
    FLOAT_WORDS,
    MOVED,
    QUADRUPLED,
    WORD_ROWS,
    WORD_WORDS,
    float_words,
    word_words,
)
from tests.sampling import plain

TINY = 5e-324
SPECIAL = [
    0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, TINY, -TINY, 2.2250738585072014e-308,
    2.225073858507201e-308, 1.7976931348623157e308, -1.7976931348623157e308, 1.0 + 2.0**-52,
    1.0 - 2.0**-53, 3.0, 1e-160, -1e160,
]  # fmt: skip
FUSED = {6: (1.0, 0.0), 25: (0.5, 1.0), 29: (-1.0, 0.0)}  # rows of fma


def inputs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random numbers of many sizes, then every triple of special ones."""
    rng = np.random.default_rng(3)
    random = rng.standard_normal((3, 4000)) * np.exp2(rng.integers(-60, 60, (3, 4000)))
    special = np.array(np.meshgrid(SPECIAL, SPECIAL, SPECIAL)).reshape(3, -1)
    both = np.concatenate([random, special], axis=1)
    a, b, c = both[:, : both.shape[1] // 8 * 8].copy()
    return a, b, c


def same_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two floats are the same to the sign of a zero; every nan is one."""
    return (a.view(np.uint64) == b.view(np.uint64)) | (np.isnan(a) & np.isnan(b))


@pytest.fixture(scope="module")
def floats() -> tuple[np.ndarray, np.ndarray]:
    """Compiled and twin."""
    a, b, c = inputs()
    compiled, twin = np.empty((FLOAT_ROWS, a.size)), np.empty((FLOAT_ROWS, a.size))
    load(FLOAT_WORDS)(a, b, c, compiled, a.size)
    with np.errstate(all="ignore"):
        float_words(a, b, c, twin.reshape(-1), a.size)
    return compiled, twin


@pytest.mark.parametrize("row", [row for row in range(FLOAT_ROWS) if row not in FUSED])
def test_float_words_equal_their_twins(floats: tuple[np.ndarray, np.ndarray], row: int) -> None:
    compiled, twin = floats
    assert same_bits(compiled[row], twin[row]).all()


@pytest.mark.parametrize("row", FUSED)
def test_fma_is_rounded_once(floats: tuple[np.ndarray, np.ndarray], row: int) -> None:
    a, b, c = inputs()
    if row == 25:
        b, c = np.full_like(a, 0.5), np.ones_like(a)
    a = -a if row == 29 else a
    exact = np.array(
        [plain.fma(*each) for each in zip(*map(np.ndarray.tolist, (a, b, c)), strict=True)]
    )
    compiled, twin = floats
    assert same_bits(compiled[row], exact).all()
    # The twin goes through the long double of the platform: 1 ulp, and nearly always none, unless
    # the product and the sum cancel.
    with np.errstate(all="ignore"):
        near = np.abs(twin[row] - exact) <= np.spacing(np.abs(exact)) + 2.0**-63 * np.abs(a * b)
    assert (near | same_bits(twin[row], exact)).all()


def test_fma_differs_from_two_roundings_and_nothing_else_is_fused(
    floats: tuple[np.ndarray, np.ndarray],
) -> None:
    a, b, c = inputs()
    with np.errstate(all="ignore"):
        twice = a * b + c
        negative = c - a * b
    compiled = floats[0]
    assert same_bits(compiled[7], twice).all()
    assert same_bits(compiled[8], negative).all()
    assert np.sum(~same_bits(compiled[6], twice)) > 20


def test_fma_keeps_what_a_product_would_lose() -> None:
    a, b, c = (np.full(8, v) for v in (1.0 + 2.0**-30, 1.0 - 2.0**-30, -1.0))
    out = np.empty((FLOAT_ROWS, 8))
    load(FLOAT_WORDS)(a, b, c, out, 8)
    assert out[6].tolist() == [-(2.0**-60)] * 8
    assert out[7].tolist() == [0.0] * 8


def test_word_words_equal_their_twins() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 2**64, (2, 512), np.uint64, endpoint=False)
    a[:8] = [0, 1, 2**63, 2**64 - 1, 2**52, 2**52 - 1, 3, 2**32]
    b[8:16] = a[:8]
    compiled, twin = np.empty((WORD_ROWS, 512), np.uint64), np.empty((WORD_ROWS, 512), np.uint64)
    load(WORD_WORDS)(a, b, compiled, 512)
    with np.errstate(over="ignore"):
        word_words(a, b, twin.reshape(-1), 512)
    assert (compiled == twin).all(axis=1).tolist() == [True] * WORD_ROWS
    assert compiled[10].tolist() == [plain.rotate(w, 23) for w in a.tolist()]


def test_unaligned_loads_and_stores() -> None:
    a, out = np.arange(48.0), np.full(48, -1.0)
    load(MOVED)(a, out, 32)
    assert out.tolist() == [-1.0] * 5 + list(range(3, 35)) + [-1.0] * 11


def test_total_adds_halves() -> None:
    """The order is part of the result: (0+4)+(2+6) and (1+5)+(3+7), then both."""
    v = np.array([1e16, 1.0, 1.0, -1.0, -1e16, 1.0, 3.0, 5.0])
    h = v[:4] + v[4:]
    assert lanes.total(v) == (h[0] + h[2]) + (h[1] + h[3])


def test_nothing_of_the_kernels_needs_a_compiler_to_be_imported() -> None:
    """The names of the language are plain functions on NumPy arrays."""
    x = np.arange(8.0)
    assert lanes.where(x > 3.0, x, 0.0).sum() == 22.0
    assert lanes.floats(lanes.bits(x)).tolist() == x.tolist()
    assert lanes.rotate(lanes.splat_word(1 << 63), 1).tolist() == [1] * 8


def test_a_kernel_calls_another_one() -> None:
    assert [kernel.name for kernel in QUADRUPLED.calls] == [DOUBLED.name]
    a = np.arange(16.0)
    compiled, twin = np.zeros(32), np.zeros(32)
    load(QUADRUPLED)(a, compiled, 16)
    QUADRUPLED(a, twin, 16)
    assert compiled.tolist() == twin.tolist() == [*(2.0 * a), *(4.0 * a)]
