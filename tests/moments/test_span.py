"""Any partition of the blocks, merged in any order, gives the same bits."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.moments.merge import Moments
from normstats.moments.span import Span, Sums, levels, total

PIVOT = 0.1


def sums(block: int) -> Sums:
    """Two quantities of a made-up block, with digits that every rounding shows in."""
    rng = random.Random(block)
    return tuple(
        Moments(
            PIVOT,
            10,
            30,
            (30.0, *(rng.gauss(0, 10) for _ in range(3))),
            tuple(rng.random() for _ in range(8)),
        )
        for _ in range(2)
    )


def block(number: int, short: bool = False) -> Span:
    return Span.of_block(number, sums(number), short)


def one_by_one(first: int, end: int) -> Span:
    span = Span(first)
    for number in range(first, end):
        span = span + block(number)
    return span


def pushed(count: int) -> Sums:
    """A binary counter of subtrees, as in a textbook, which shares no code with the above."""
    waiting: list[Sums | None] = []
    for number in range(count):
        entry: Sums = sums(number)
        for level, other in enumerate(waiting):
            if other is None:
                waiting[level] = entry
                break
            waiting[level] = None
            entry = tuple(a + b for a, b in zip(other, entry, strict=True))
        else:
            waiting.append(entry)
    result: Sums = tuple(Moments.empty(PIVOT) for _ in range(2))
    for each in waiting:
        if each is not None:
            result = tuple(a + b for a, b in zip(each, result, strict=True))
    return result


@given(st.integers(1, 70))
def test_blocks_one_by_one_are_a_binary_counter(count: int) -> None:
    assert total([one_by_one(0, count)]) == pushed(count)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_any_partition_in_any_order(sizes: list[int], rng: random.Random) -> None:
    parts, at = [], 0
    for size in sizes:
        parts.append(one_by_one(at, at + size))
        at += size
    while len(parts) > 1:  # any two neighbours
        i = rng.randrange(len(parts) - 1)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    assert parts[0] == one_by_one(0, at)


@given(st.integers(0, 200), st.integers(0, 200))
def test_levels_are_those_of_a_span(first: int, more: int) -> None:
    span = one_by_one(first, first + more)
    assert [tree.level for tree in span.trees] == levels(first, first + more)
    assert (span.first, span.end) == (first, first + more)
    assert len(span.trees) <= 16


@pytest.mark.parametrize("count", [1, 2, 7, 8, 12])
def test_a_tail_counts_like_a_block_and_can_be_taken_off(count: int) -> None:
    """Of 12 blocks the last would be merged with others, and could not be taken off again."""
    short = one_by_one(0, count - 1) + block(count - 1, short=True)
    assert total([short]) == pushed(count)
    assert short.end == count
    assert short.without_tail == one_by_one(0, count - 1)
    with pytest.raises(ValueError, match="do not follow"):
        short + block(count)


def test_only_neighbours_are_joined() -> None:
    with pytest.raises(ValueError, match="do not follow"):
        one_by_one(0, 3) + one_by_one(4, 5)
