"""How samples are cut into blocks, and how many blocks there are random numbers for."""

from __future__ import annotations

import pytest

from normstats.engine.job import Blocks
from normstats.errors import UsageError
from normstats.runs.counts import MOST_SAMPLES
from normstats.sampling.streams import MOST_BLOCKS
from tests.engine.jobs import job_of


@pytest.mark.parametrize("blocks", [Blocks(10, 4), Blocks(8, 4), Blocks(9, 0, (2, 3, 4))])
def test_samples_of_ranges(blocks: Blocks) -> None:
    sizes = [blocks.size(block) for block in range(blocks.count)]
    assert sum(sizes) == blocks.samples
    for first in range(blocks.count + 1):
        for end in range(first, blocks.count + 1):
            assert blocks.samples_of(first, end) == sum(sizes[first:end])


def test_only_the_last_block_is_short() -> None:
    assert [Blocks(10, 4).is_short(block) for block in range(3)] == [False, False, True]
    assert [Blocks(8, 4).is_short(block) for block in range(2)] == [False, False]
    assert not any(Blocks(9, 4, (2, 3, 4)).is_short(block) for block in range(3))


def test_no_stream_repeats() -> None:
    """A block's number is a word of the counter: one more would begin with block 0 again."""
    from normstats.sampling.bits import threefry

    Blocks(MOST_BLOCKS, 1).refuse_beyond()
    with pytest.raises(UsageError, match=f"there are random numbers for {MOST_BLOCKS}"):
        Blocks(MOST_BLOCKS + 1, 1).refuse_beyond()
    import numpy as np

    words = [
        threefry(*(np.full(1, value, np.uint64) for value in (block % 2**64, 0, 7, 9)))[0][0]
        for block in (0, 1, MOST_BLOCKS - 1, MOST_BLOCKS)
    ]
    assert words[3] == words[0]
    assert len(set(words[:3])) == 3


@pytest.mark.parametrize("layer", ["relu", "linear(in_features=4096, out_features=4096)"])
def test_the_largest_run_is_within(layer: str) -> None:
    assert job_of(layer, MOST_SAMPLES).blocks.count <= MOST_SAMPLES < MOST_BLOCKS
    job_of(layer, MOST_SAMPLES).blocks.refuse_beyond()
