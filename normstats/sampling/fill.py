"""Fills rows of a work array with random numbers from a block's streams.

A row is a whole number of STREAMS long; element j of a row comes from stream j mod STREAMS. Rows
of normals are filled two at a time, with both results of each Box–Muller step.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.lanes import LANES, fma, load_words, store, store_words
from normstats.sampling.bits import STREAMS, xoshiro
from normstats.sampling.normals import normal_pair, uniform


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
    """Normals with these means and standard deviations at ``out[first:]`` and ``out[second:]``."""
    for start in range(0, length, STREAMS):
        for i in range(0, STREAMS, LANES):
            a = load_words(state, i)
            b = load_words(state, STREAMS + i)
            c = load_words(state, 2 * STREAMS + i)
            d = load_words(state, 3 * STREAMS + i)
            radius, a, b, c, d = xoshiro(a, b, c, d)
            angle, a, b, c, d = xoshiro(a, b, c, d)
            store_words(state, i, a)
            store_words(state, STREAMS + i, b)
            store_words(state, 2 * STREAMS + i, c)
            store_words(state, 3 * STREAMS + i, d)
            x, y = normal_pair(radius, angle)
            store(out, first + start + i, fma(x, first_std, first_mean))
            store(out, second + start + i, fma(y, second_std, second_mean))


def fill_uniforms(state: Any, out: Any, first: int, length: int, low: float, width: float) -> None:
    """Uniforms between low and low + width at ``out[first:]``."""
    for start in range(0, length, STREAMS):
        for i in range(0, STREAMS, LANES):
            a = load_words(state, i)
            b = load_words(state, STREAMS + i)
            c = load_words(state, 2 * STREAMS + i)
            d = load_words(state, 3 * STREAMS + i)
            word, a, b, c, d = xoshiro(a, b, c, d)
            store_words(state, i, a)
            store_words(state, STREAMS + i, b)
            store_words(state, 2 * STREAMS + i, c)
            store_words(state, 3 * STREAMS + i, d)
            store(out, first + start + i, fma(uniform(word), width, low))
