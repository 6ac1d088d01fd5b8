"""Fills rows of a work array with random numbers from a block's streams.

A row is a whole number of STREAMS long; element j of a row comes from stream j mod STREAMS. Rows
of normals are filled two at a time, with both results of each Box–Muller step.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.lanes import (
    LANES,
    bits,
    floats,
    fma,
    load,
    load_words,
    splat,
    store,
    store_words,
)
from normstats.sampling.bits import STREAMS, next_words, xoshiro
from normstats.sampling.normals import half_square, normal_pair, uniform


def fill_normals(
    state: Any,
    out: Any,
    first: int,
    second: int,
    length: int,
    first_mean: float,
    first_std: float,
    second_mean: float,
    second_std: float,
) -> None:
    """Normals with these means and standard deviations at ``out[first:]`` and ``out[second:]``.

    Three short loops, with the rows holding words, then r²/2, in between: that keeps the processor
    busier than one loop whose every step waits for a division and a root.
    """
    for i in range(0, length, LANES):
        at = i & (STREAMS - 1)
        a = load_words(state, at)
        b = load_words(state, STREAMS + at)
        c = load_words(state, 2 * STREAMS + at)
        d = load_words(state, 3 * STREAMS + at)
        radius, a, b, c, d = xoshiro(a, b, c, d)
        angle, a, b, c, d = xoshiro(a, b, c, d)
        store_words(state, at, a)
        store_words(state, STREAMS + at, b)
        store_words(state, 2 * STREAMS + at, c)
        store_words(state, 3 * STREAMS + at, d)
        store(out, first + i, floats(radius))
        store(out, second + i, floats(angle))
    for i in range(0, length, LANES):
        store(out, first + i, half_square(bits(load(out, first + i))))
    for i in range(0, length, LANES):
        x, y = normal_pair(load(out, first + i), bits(load(out, second + i)))
        store(out, first + i, fma(x, first_std, first_mean))
        store(out, second + i, fma(y, second_std, second_mean))


def fill_uniforms(state: Any, out: Any, first: int, length: int, low: float, width: float) -> None:
    """Uniforms between low and low + width at ``out[first:]``."""
    for i in range(0, length, LANES):
        word = next_words(state, i & (STREAMS - 1))
        store(out, first + i, fma(uniform(word), splat(width), splat(low)))
