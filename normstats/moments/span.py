"""The sums of a range of blocks: what is kept, sent and saved of a run that goes on elsewhere.

Blocks are merged by one tree, whose leaves are the blocks of a run: a subtree of 2^k blocks begins
at a multiple of 2^k, and is the sum of its two halves. A range of blocks is held as the largest
such subtrees that fit into it, from left to right. Ranges that adjoin are joined by completing
subtrees, so the sums of the whole are the same bits however it was cut into ranges, and in whatever
order these were done.

The last block of a run may be shorter than the others. In a longer run it is a full one, so it
stays by itself, as the tail, until everything is summed up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol


class Sum(Protocol):
    """The sums of something over independent draws; of two sets of draws they add up."""

    def __add__(self, other: Any, /) -> Any:
        """Those of both sets."""


# The sums of each quantity: of a layer those of y, of dx, …; of a chain all of them are one.
Sums = tuple[Sum, ...]


@dataclass(frozen=True)
class Tree:
    """The sums of 2^level blocks, a complete subtree."""

    level: int
    sums: Sums

    @property
    def blocks(self) -> int:
        return 1 << self.level


@dataclass(frozen=True)
class Span:
    """The blocks from ``first`` on that ``trees`` hold, then the ``tail``, if there is one."""

    first: int = 0
    trees: tuple[Tree, ...] = ()
    tail: Sums | None = None

    @classmethod
    def of_block(cls, block: int, sums: Sums, short: bool = False) -> Span:
        """One block; a ``short`` one can only be the last of a run."""
        return cls(block, (), sums) if short else cls(block, (Tree(0, sums),))

    @property
    def end(self) -> int:
        """The block after the last one."""
        return self.first + sum(tree.blocks for tree in self.trees) + (self.tail is not None)

    @property
    def without_tail(self) -> Span:
        """The full blocks alone."""
        return Span(self.first, self.trees)

    def __bool__(self) -> bool:
        return bool(self.trees) or self.tail is not None

    def __add__(self, other: Span) -> Span:
        """Both; the other one must begin where this one ends."""
        if other.first != self.end or self.tail is not None:
            raise ValueError(f"blocks from {other.first} on do not follow {self.end} blocks")
        trees, at = list(self.trees), self.end
        for tree in other.trees:
            at += tree.blocks
            trees.append(tree)
            _complete(trees, at)
        return Span(self.first, tuple(trees), other.tail)


def _complete(trees: list[Tree], end: int) -> None:
    """Merge halves of a subtree at the end of the list, which ends before block ``end``."""
    while len(trees) > 1 and trees[-1].level == trees[-2].level:
        level = trees[-1].level + 1
        if end % (1 << level):  # neighbours, but halves of two different subtrees
            return
        right, left = trees.pop(), trees.pop()
        sums = tuple(a + b for a, b in zip(left.sums, right.sums, strict=True))
        trees.append(Tree(level, sums))


def levels(first: int, end: int) -> list[int]:
    """Of the subtrees that hold the full blocks from ``first`` to before ``end``."""
    found = []
    while first < end:
        largest = (end - first).bit_length() - 1
        level = min(largest, (first & -first).bit_length() - 1) if first else largest
        found.append(level)
        first += 1 << level
    return found


def total(spans: Iterable[Span]) -> Sums:
    """The sums of each quantity over ranges of the same run in their order, at least one block.

    Subtrees are added from the right, the smallest first.
    """
    trees: list[Tree] = []
    for span in spans:
        # As a block like the others: it is the last one now.
        tail = Span.of_block(span.end - 1, span.tail) if span.tail is not None else None
        trees += (span.without_tail + tail if tail else span).trees
    result = trees.pop().sums
    for tree in reversed(trees):
        result = tuple(a + b for a, b in zip(tree.sums, result, strict=True))
    return result
