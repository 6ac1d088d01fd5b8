"""Random bits: a counter-based generator that seeds short, fast streams.

Threefry-2x64-20 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011)
turns (key, counter) into 128 bits without any state. It is used where addressing matters: each lane
of each block gets its own 256-bit starting point. From there xoshiro256++ (Blackman, Vigna:
Scrambled linear pseudorandom number generators; ACM TOMS 47, 2021) runs for one block only, at a
third of the cost. Both are checked against the known answers that their authors published.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from normstats.kernels.lanes import (
    LANES,
    Lane,
    load_words,
    rotate,
    splat_word,
    store_words,
)

# A block's stream consists of this many xoshiro generators side by side; a power of two.
STREAMS = 64
STATE_WORDS = 4 * STREAMS

PARITY = np.uint64(0x1BD11BDAA9FC1A22)
ONE = np.uint64(1)


def four_rounds(a: Lane, b: Lane, r0: int, r1: int, r2: int, r3: int) -> tuple[Lane, Lane]:
    """Four mixing rounds with these rotations."""
    a = a + b
    b = rotate(b, r0) ^ a
    a = a + b
    b = rotate(b, r1) ^ a
    a = a + b
    b = rotate(b, r2) ^ a
    a = a + b
    b = rotate(b, r3) ^ a
    return a, b


def threefry(c0: Lane, c1: Lane, k0: Lane, k1: Lane) -> tuple[Lane, Lane]:
    """Threefry-2x64 with 20 rounds: counter (c0, c1) and key (k0, k1) to two random words."""
    k2 = k0 ^ k1 ^ PARITY
    a, b = four_rounds(c0 + k0, c1 + k1, 16, 42, 12, 31)
    a, b = four_rounds(a + k1, b + k2 + 1, 16, 32, 24, 21)
    a, b = four_rounds(a + k2, b + k0 + 2, 16, 42, 12, 31)
    a, b = four_rounds(a + k0, b + k1 + 3, 16, 32, 24, 21)
    a, b = four_rounds(a + k1, b + k2 + 4, 16, 42, 12, 31)
    return a + k2, b + k0 + 5


def xoshiro(a: Lane, b: Lane, c: Lane, d: Lane) -> tuple[Lane, Lane, Lane, Lane, Lane]:
    """One step of xoshiro256++: a random word and the next state."""
    word = rotate(a + d, 23) + a
    t = b << 17
    c = c ^ a
    d = d ^ b
    b = b ^ c
    a = a ^ d
    c = c ^ t
    d = rotate(d, 45)
    return word, a, b, c, d


def next_words(state: Any, at: int) -> Lane:
    """The next word of each of LANES generators from number ``at``, whose states move on."""
    a = load_words(state, at)
    b = load_words(state, STREAMS + at)
    c = load_words(state, 2 * STREAMS + at)
    d = load_words(state, 3 * STREAMS + at)
    word, a, b, c, d = xoshiro(a, b, c, d)
    store_words(state, at, a)
    store_words(state, STREAMS + at, b)
    store_words(state, 2 * STREAMS + at, c)
    store_words(state, 3 * STREAMS + at, d)
    return word


def start_streams(
    state: Any, numbers: Any, streams: int, seed: int, stream: int, block: int, purpose: int
) -> None:
    """The starting states of a block's generators, from its address alone.

    ``numbers`` holds 0, 1, …, STREAMS − 1, and ``streams`` is STREAMS (as an argument, so that the
    compiler keeps the loop a loop). Key: (seed, stream); counter: (block, 2 · number or
    2 · number + 1, with the purpose in the upper half), so no two streams share a counter.
    """
    k0 = splat_word(seed)
    k1 = splat_word(stream)
    c0 = splat_word(block)
    upper = splat_word(purpose) << 32
    for i in range(0, streams, LANES):
        c1 = upper | (load_words(numbers, i) << 1)
        a, b = threefry(c0, c1, k0, k1)
        c, d = threefry(c0, c1 | ONE, k0, k1)
        store_words(state, i, a)
        store_words(state, STREAMS + i, b)
        store_words(state, 2 * STREAMS + i, c)
        store_words(state, 3 * STREAMS + i, d)
