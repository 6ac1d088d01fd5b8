"""The numbers behind the sums of a run: y and dx of its first samples, the very ones it adds up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from normstats.engine.job import Blocks
from normstats.values import Array

Keep = Callable[[bool, Array], None]  # is given y (True) or dx of a group


class Space(Protocol):
    """The memory of one thread, and what is done in it."""

    def begin(self, block: int) -> None:
        """To the start of a block's random numbers."""

    def group(self, samples: int) -> object:
        """A group of samples that share a draw of the weights."""


def keep_nothing(forward: bool, values: Array) -> None:
    """For a run, which adds up and forgets."""


def how_many(elements: Sequence[int], wanted: int, samples: int) -> int:
    """Samples whose elements are not more than ``wanted``, but one at least."""
    return min(max(wanted // max(elements), 1), samples)


def of_groups(
    blocks: Blocks, group: int, samples: int, make: Callable[[Keep], Space]
) -> tuple[Array, Array]:
    """Of so many samples; ``make`` gives the memory of a run, which tells of each group."""
    kept: dict[bool, list[Array]] = {True: [], False: []}
    space = make(lambda forward, values: kept[forward].append(values.flatten()))
    left = samples
    for block in range(blocks.count):
        space.begin(block)
        for at in range(0, blocks.size(block), group):
            size = min(group, blocks.size(block) - at, left)
            if size:
                space.group(size)
            left -= size
        if not left:
            break
    return np.concatenate(kept[True]), np.concatenate(kept[False])
