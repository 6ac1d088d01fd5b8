"""Kernels that bring single parts of the sampler to the light."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES, load_words, store, store_words
from normstats.kernels.run import load
from normstats.sampling.bits import STATE_WORDS, STREAMS, sfc64, start_streams, threefry
from normstats.sampling.fill import fill_normals, fill_uniforms
from normstats.sampling.normals import fine_uniform, half_square, minus_log, normal_pair, uniform
from normstats.sampling.points import FILL_POINTS, FILL_STRATA, MAKE_NORMAL


def threefry_words(c0: Any, c1: Any, k0: Any, k1: Any, out: Any, n: int) -> None:
    """Two rows of words."""
    for i in range(0, n, LANES):
        a, b = threefry(load_words(c0, i), load_words(c1, i), load_words(k0, i), load_words(k1, i))
        store_words(out, i, a)
        store_words(out, n + i, b)


def sfc64_words(state: Any, out: Any, steps: int) -> None:
    """``steps`` words from each of eight generators, whose states stand side by side."""
    a = load_words(state, 0)
    b = load_words(state, LANES)
    c = load_words(state, 2 * LANES)
    d = load_words(state, 3 * LANES)
    for k in range(steps):
        word, a, b, c, d = sfc64(a, b, c, d)
        store_words(out, k * LANES, word)


def from_words(radius: Any, angle: Any, out: Any, n: int) -> None:
    """Five rows: both normals, the radius as a uniform, as a fine one, and −ln of the latter."""
    for i in range(0, n, LANES):
        word = load_words(radius, i)
        x, y = normal_pair(half_square(word), load_words(angle, i))
        fine = fine_uniform(word)
        store(out, i, x)
        store(out, n + i, y)
        store(out, 2 * n + i, uniform(word))
        store(out, 3 * n + i, fine)
        store(out, 4 * n + i, minus_log(fine))


F, W, S, D, N = build.FLOATS, build.WORDS, build.SIZE, build.FLOAT, build.WORD
THREEFRY = Kernel(threefry_words, (W, W, W, W, W, S))
SFC64 = Kernel(sfc64_words, (W, W, S))
FROM_WORDS = Kernel(from_words, (W, W, F, S))
START = Kernel(start_streams, (W, W, S, N, N, N, N))
NORMALS = Kernel(fill_normals, (W, F, S, S, S, D, D, D, D))
UNIFORMS = Kernel(fill_uniforms, (W, F, S, S, D, D))

Floats = npt.NDArray[np.float64]


class Streams:
    """The streams of one block, as the engine starts them."""

    def __init__(self, seed: int, stream: int, purpose: int, block: int) -> None:
        self.state = np.zeros(STATE_WORDS, np.uint64)
        load(START)(
            self.state, np.arange(STREAMS, dtype=np.uint64), STREAMS, seed, stream, block, purpose
        )

    def normals(
        self, length: int, first: tuple[float, float] = (0.0, 1.0), second: Any = None
    ) -> tuple[Floats, Floats]:
        """The next two rows, with these means and standard deviations."""
        out = np.empty(2 * length)
        load(NORMALS)(self.state, out, 0, length, length, *first, *(second or first))
        return out[:length], out[length:]

    def uniforms(self, length: int) -> Floats:
        """The next row of uniforms."""
        out = np.empty(length)
        load(UNIFORMS)(self.state, out, 0, length, 0.0, 1.0)
        return out


def quantile(u: Floats) -> Floats:
    """z with Φ(z) = u."""
    padded = np.resize(u, -(-u.size // LANES) * LANES)
    load(MAKE_NORMAL)(padded, padded.size, 0.0, 1.0)
    return padded[: u.size]


def points(table: npt.NDArray[np.uint64], start: int, count: int, samples: int) -> Floats:
    """Points of one coordinate of a sequence of ``samples``, from its table."""
    out = np.empty(count)
    load(FILL_POINTS)(table, out, count, start, samples)
    return out


def strata(seed: int, block: int, samples: int, columns: int) -> Floats:
    """All points of a block that is stratified, drawn in chunks of ``columns``."""
    streams = Streams(seed, 0, 0, block)
    chunks = []
    for start in range(0, samples, columns):
        out = np.empty(columns)
        load(FILL_STRATA)(streams.state, out, columns, start, samples)
        chunks.append(out[: samples - start])
    return np.concatenate(chunks)
