"""Fills rows of a work array with random numbers from a block's streams.

A row is a whole number of STREAMS long; element j of a row comes from stream j mod STREAMS. Rows
of normals are filled two at a time, with both results of each Box–Muller step.
"""

from __future__ import annotations

from typing import Any

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES, bits, floats, fma, load, splat, store
from normstats.sampling.bits import STREAMS, load_state, sfc64, store_state
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

    Short loops, with the rows holding words, then r²/2, in between: one long loop would have to
    wait for each division and root, as a processor looks ahead for some hundred instructions only.
    """
    for at in range(0, STREAMS, LANES):
        a, b, c, counter = load_state(state, at)
        for i in range(at, length, STREAMS):
            radius, a, b, c, counter = sfc64(a, b, c, counter)
            angle, a, b, c, counter = sfc64(a, b, c, counter)
            store(out, first + i, floats(radius))
            store(out, second + i, floats(angle))
        store_state(state, at, a, b, c, counter)
    for i in range(0, length, LANES):
        store(out, first + i, half_square(bits(load(out, first + i))))
    for i in range(0, length, LANES):
        x, y = normal_pair(load(out, first + i), bits(load(out, second + i)))
        store(out, first + i, x)
        store(out, second + i, y)
    place(out, first, length, first_mean, first_std)
    place(out, second, length, second_mean, second_std)


def place(out: Any, first: int, length: int, mean: float, std: float) -> None:
    """Give standard normals at ``out[first:]`` this mean and standard deviation."""
    if mean != 0.0 or std != 1.0:
        for i in range(first, first + length, LANES):
            store(out, i, fma(load(out, i), splat(std), splat(mean)))


def fill_uniforms(state: Any, out: Any, first: int, length: int, low: float, width: float) -> None:
    """Uniforms between low and low + width at ``out[first:]``."""
    for at in range(0, STREAMS, LANES):
        a, b, c, counter = load_state(state, at)
        for i in range(at, length, STREAMS):
            word, a, b, c, counter = sfc64(a, b, c, counter)
            store(out, first + i, fma(uniform(word), splat(width), splat(low)))
        store_state(state, at, a, b, c, counter)


_ROW = (build.WORDS, build.FLOATS, build.SIZE)
FILL_NORMALS = Kernel(fill_normals, (*_ROW, build.SIZE, build.SIZE, *(build.FLOAT,) * 4))
FILL_UNIFORMS = Kernel(fill_uniforms, (*_ROW, build.SIZE, *(build.FLOAT,) * 2))
