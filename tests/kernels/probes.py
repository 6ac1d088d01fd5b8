"""Kernels that try every word of the lane language; each result is a row of the output."""

from __future__ import annotations

from typing import Any

import numpy as np

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import (
    LANES,
    bits,
    count,
    floats,
    fma,
    lane_numbers,
    load,
    load_words,
    rotate,
    shifted,
    splat,
    splat_word,
    sqrt,
    store,
    store_words,
    total,
    where,
)

SEVEN = np.uint64(7)
HALF = 0.5

FLOAT_ROWS = 31
WORD_ROWS = 17


def float_words(a: Any, b: Any, c: Any, out: Any, n: int) -> None:
    """Everything that turns floats into floats."""
    for i in range(0, n, LANES):
        x = load(a, i)
        y = load(b, i)
        z = load(c, i)
        store(out, i, x + y)
        store(out, n + i, x - y)
        store(out, 2 * n + i, x * y)
        store(out, 3 * n + i, x / y)
        store(out, 4 * n + i, -x)
        store(out, 5 * n + i, sqrt(x))
        store(out, 6 * n + i, fma(x, y, z))
        store(out, 7 * n + i, x * y + z)
        store(out, 8 * n + i, z - x * y)
        store(out, 9 * n + i, where(x < y, x, y))
        store(out, 10 * n + i, where(x <= y, 1.0, z))
        store(out, 11 * n + i, where(x > y, z, 0.0))
        store(out, 12 * n + i, where(x >= y, 1.0, 0.0))
        store(out, 13 * n + i, where(x == y, 1.0, 0.0))
        store(out, 14 * n + i, where(x != y, 1.0, 0.0))
        store(out, 15 * n + i, where((x < y) & (y < z), 1.0, 0.0))
        store(out, 16 * n + i, where((x < y) | (y < z), 1.0, 0.0))
        store(out, 17 * n + i, where((x < y) ^ (y < z), 1.0, 0.0))
        store(out, 30 * n + i, splat(float(count(x < y) - 3 * count(y == z))))
        store(out, 18 * n + i, x + 1)
        store(out, 19 * n + i, 2.0 - x)
        store(out, 20 * n + i, 1.0 / x)
        store(out, 21 * n + i, HALF * x)
        store(out, 22 * n + i, x * lane_numbers())
        store(out, 23 * n + i, splat(total(x)))
        store(out, 24 * n + i, splat(b[0]) + x)
        store(out, 25 * n + i, fma(x, HALF, 1.0))
        store(out, 26 * n + i, floats(bits(x)))
        store(out, 27 * n + i, where(x == x, x, z))
        store(out, 28 * n + i, floats(bits(x) ^ bits(y)))
        store(out, 29 * n + i, fma(-x, y, z))


def word_words(a: Any, b: Any, out: Any, n: int) -> None:
    """Everything that turns words into words."""
    for i in range(0, n, LANES):
        x = load_words(a, i)
        y = load_words(b, i)
        store_words(out, i, x + y)
        store_words(out, n + i, x - y)
        store_words(out, 2 * n + i, x * y)
        store_words(out, 3 * n + i, x & y)
        store_words(out, 4 * n + i, x | y)
        store_words(out, 5 * n + i, x ^ y)
        store_words(out, 6 * n + i, x << 17)
        store_words(out, 7 * n + i, x >> 52)
        store_words(out, 8 * n + i, x << SEVEN)
        store_words(out, 9 * n + i, x >> SEVEN)
        store_words(out, 10 * n + i, rotate(x, 23))
        store_words(out, 11 * n + i, rotate(x, 45))
        store_words(out, 12 * n + i, x + 5)
        store_words(out, 13 * n + i, SEVEN - x)
        store_words(out, 14 * n + i, splat_word(SEVEN) ^ x)
        store_words(out, 15 * n + i, bits(floats(x)))
        store_words(out, 16 * n + i, rotate(x, 1))


def moved(a: Any, out: Any, n: int) -> None:
    """Loads and stores that are not aligned to a whole vector."""
    source = shifted(a, 3)
    goal = shifted(out, 5)
    for i in range(0, n, LANES):
        store(goal, i, load(source, i))


F, W, S, D, N = build.FLOATS, build.WORDS, build.SIZE, build.FLOAT, build.WORD
FLOAT_WORDS = Kernel(float_words, (F, F, F, F, S))
WORD_WORDS = Kernel(word_words, (W, W, W, S))
MOVED = Kernel(moved, (F, F, S))


def doubled(a: Any, out: Any, n: int) -> None:
    """A kernel that others call."""
    for i in range(0, n, LANES):
        store(out, i, load(a, i) + load(a, i))


DOUBLED = Kernel(doubled, (F, F, S))


def both(a: Any, out: Any, n: int) -> None:
    """Named by a kernel, and inlined there."""
    DOUBLED(a, out, n)
    DOUBLED(out, shifted(out, n), n)


def quadrupled(a: Any, out: Any, n: int) -> None:
    """2a in the first row, 4a in the second."""
    both(a, out, n)


QUADRUPLED = Kernel(quadrupled, (F, F, S))
