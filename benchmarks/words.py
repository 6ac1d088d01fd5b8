"""The sampler's raw random words on standard output, for test batteries that read a stream.

    python -m benchmarks.words | dieharder -g 200 -a

Block after block, in the order in which the kernels use them; each block is short, so that the
seeding of the streams is tested as much as the streams are.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.kernels.lanes import LANES, store_words
from normstats.kernels.run import load
from normstats.sampling.bits import START, STATE_WORDS, STREAMS, load_state, sfc64, store_state
from normstats.sampling.streams import SAMPLES, stream_number

WORDS_PER_BLOCK = 2**14


def draw_words(state: Any, out: Any, length: int) -> None:
    """The next ``length`` words of a block."""
    for at in range(0, STREAMS, LANES):
        a, b, c, counter = load_state(state, at)
        for i in range(at, length, STREAMS):
            word, a, b, c, counter = sfc64(a, b, c, counter)
            store_words(out, i, word)
        store_state(state, at, a, b, c, counter)


def main() -> None:
    """Write until nobody reads any more."""
    w, s = build.WORDS, build.SIZE
    start = load(START)
    draw = load(Kernel(draw_words, (w, w, s)))
    numbers = np.arange(STREAMS, dtype=np.uint64)
    state = np.empty(STATE_WORDS, np.uint64)
    out = np.empty(WORDS_PER_BLOCK, np.uint64)
    stream = stream_number("relu")
    block = 0
    try:
        while True:
            start(state, numbers, STREAMS, 0, stream, block, SAMPLES)
            draw(state, out, WORDS_PER_BLOCK)
            sys.stdout.buffer.write(out.data)
            block += 1
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
