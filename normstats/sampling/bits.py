"""Random bits: a counter-based generator that seeds short, fast streams.

Threefry-2x64-20 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011)
turns (key, counter) into 128 bits without any state. It is used where addressing matters: each lane
of each block gets its own 256-bit starting point. From there SFC64 (Doty-Humphrey's small fast
chaotic generator, PractRand; also one of NumPy's) runs for one block only, at a tenth of the cost:
a nonlinear map of 192 bits and a counter, whose low bits are as good as its high ones. Threefry is
checked against its authors' known answers, SFC64 against NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import (
    LANES,
    Lane,
    load_words,
    rotate,
    splat_word,
    store_words,
)

# A block's stream consists of this many SFC64 generators side by side; a power of two.
STREAMS = 64
STATE_WORDS = 4 * STREAMS

PARITY = np.uint64(0x1BD11BDAA9FC1A22)


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


def sfc64(a: Lane, b: Lane, c: Lane, counter: Lane) -> tuple[Lane, Lane, Lane, Lane, Lane]:
    """One step of SFC64: a random word and the next state."""
    word = a + b + counter
    return word, b ^ (b >> 11), c + (c << 3), rotate(c, 24) + word, counter + 1


def load_state(state: Any, at: int) -> tuple[Lane, Lane, Lane, Lane]:
    """The states of the LANES generators from number ``at``."""
    return (
        load_words(state, at),
        load_words(state, STREAMS + at),
        load_words(state, 2 * STREAMS + at),
        load_words(state, 3 * STREAMS + at),
    )


def store_state(state: Any, at: int, a: Lane, b: Lane, c: Lane, counter: Lane) -> None:
    """Put the states back."""
    store_words(state, at, a)
    store_words(state, STREAMS + at, b)
    store_words(state, 2 * STREAMS + at, c)
    store_words(state, 3 * STREAMS + at, counter)


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
        for half in range(2):
            c1 = upper | (load_words(numbers, i) << 1) | splat_word(half)
            a, b = threefry(c0, c1, k0, k1)
            at = 2 * half * STREAMS + i
            store_words(state, at, a)
            store_words(state, at + STREAMS, b)


START = Kernel(start_streams, (*(build.WORDS,) * 2, build.SIZE, *(build.WORD,) * 4))
