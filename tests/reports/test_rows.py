"""Which of many rows are shown, and pictures made of characters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest

from normstats.reports.rows import BAR, LONGEST, MOST_ROWS, bar, chosen, profile, span


@dataclass(frozen=True)
class Row:
    """A row that knows its place."""

    name: str
    place: int


def rows(names: str) -> list[Row]:
    return [Row(name, place) for place, name in enumerate(names.split())]


def test_few_rows_are_all_shown() -> None:
    assert chosen(rows("a b c " * 8)) == rows("a b c " * 8)


@pytest.mark.parametrize("head", ["", "x ", "x y z "])
@pytest.mark.parametrize("block", ["a ", "a b ", "a b c d e "])
def test_of_many_whole_blocks_are_shown(head: str, block: str) -> None:
    """With what comes before the first, and with the first and the last."""
    given = rows(head + block * 200)
    shown = chosen(given)
    before, size = len(head.split()), len(block.split())
    assert shown[:before] == given[:before]
    assert shown[before : before + size] == given[before : before + size]
    assert shown[-1] == given[-1]
    assert len(shown) <= MOST_ROWS
    assert len(shown) > MOST_ROWS - size - before
    places = [row.place for row in shown[before:]]
    for start in range(0, len(places), size):
        assert places[start : start + size] == list(range(places[start], places[start] + size))


def test_rows_that_do_not_repeat_are_spread_evenly() -> None:
    shown = chosen(rows(" ".join(f"n{i}" for i in range(500))))
    places = [row.place for row in shown]
    assert (places[0], places[-1], len(places)) == (0, 499, MOST_ROWS)
    assert max(b - a for a, b in pairwise(places)) <= 23


def test_bars_grow_with_the_value() -> None:
    low, high = span([-3.0, 1.0])
    assert (low, high) == (-3.0, 1.0)
    lengths = [len(bar(value, low, high)) for value in (-3.0, -1.0, 1.0)]
    assert lengths == [1, BAR // 2 + 1, BAR]
    assert bar(high, low, high) == "█" * BAR
    assert bar(low, low, high) == "▏"
    assert span([0.1, 0.2]) == pytest.approx((-0.35, 0.65))  # at least a decade


def test_sparklines_have_their_ends_in_numbers() -> None:
    assert profile([0.0, -1.0, -2.0]) == "1 █▅▁ 0.01"
    assert profile([None, -400.0, 0.0]) == "–  ▁█ 1"
    assert profile([0.0, -400.5]).endswith(" 3.2e-401")
    assert profile([]) == ""
    assert len(profile([float(i % 7) for i in range(1000)])) < LONGEST + 10
