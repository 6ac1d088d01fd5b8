"""Merging sums is summing up the whole, in any grouping, about any pivot."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from normstats.moments.merge import Moments
from normstats.moments.span import Span, total
from normstats.moments.statistics import statistics
from tests.moments.brute import assert_same, of_equal_units, of_units

values = st.floats(-100.0, 100.0).map(lambda v: 0.0 if abs(v) < 1e-3 else v)
units = st.lists(st.lists(values, min_size=1, max_size=5), min_size=1, max_size=8)
pivots = st.floats(-10.0, 10.0)


@given(units, units, pivots)
def test_merging_is_summing_up_the_concatenation(
    a: list[list[float]], b: list[list[float]], pivot: float
) -> None:
    assert_same(of_units(a, pivot) + of_units(b, pivot), of_units(a + b, pivot))


@given(units, units, pivots, pivots)
def test_merging_takes_the_first_pivot(
    a: list[list[float]], b: list[list[float]], pivot: float, other: float
) -> None:
    assert_same(of_units(a, pivot) + of_units(b, other), of_units(a + b, pivot))


@given(units, pivots, pivots)
@example([[0.0]], 1.0, 5e-18)
def test_another_pivot(a: list[list[float]], pivot: float, other: float) -> None:
    assert_same(of_units(a, pivot).about(other), of_units(a, other), moved=abs(pivot - other))


@given(units, units, units, pivots)
def test_merging_is_associative_up_to_rounding(
    a: list[list[float]], b: list[list[float]], c: list[list[float]], pivot: float
) -> None:
    x, y, z = (of_units(each, pivot) for each in (a, b, c))
    assert_same((x + y) + z, x + (y + z))
    assert_same(x + y, y + x)


@given(st.lists(st.lists(values, min_size=3, max_size=3), min_size=1, max_size=8), pivots)
def test_equal_units_by_their_seven_sums(a: list[list[float]], pivot: float) -> None:
    assert_same(of_equal_units(a, pivot), of_units(a, pivot))


@given(pivots, units)
def test_nothing_is_neutral(pivot: float, a: list[list[float]]) -> None:
    x = of_units(a, pivot)
    assert_same(Moments.empty(pivot) + x, x)
    assert_same(x + Moments.empty(pivot), x)


@given(st.integers(1, 70), pivots)
def test_tree_of_any_number_of_entries(count: int, pivot: float) -> None:
    rng = np.random.default_rng(count)
    entries = [rng.standard_normal((2, 3)).tolist() for _ in range(count)]
    whole = joined(of_units(entry, pivot) for entry in entries)
    assert_same(whole, of_units(functools.reduce(operator.iadd, entries, []), pivot))


def joined(entries: Iterable[Moments]) -> Moments:
    """Blocks one after the other, merged."""
    span = Span()
    for block, entry in enumerate(entries):
        span = span + Span.of_block(block, (entry,))
    return total([span])[0]


def test_tree_keeps_one_entry_a_level() -> None:
    entry = of_units([[1.0]], 0.0)
    span = Span()
    for block in range(1000):
        span = span + Span.of_block(block, (entry,))
    assert len(span.trees) == 6, "1000 has six binary ones"
    assert total([span])[0].units == 1000


def test_counts_stay_whole_beyond_what_a_float_can_count() -> None:
    large = Moments(0.0, 10**15 + 1, 9 * (10**15 + 1), (0.0,) * 4, (0.0,) * 8)
    both = large + of_units([[1.0] * 9], 0.0)
    assert both.units == 10**15 + 2
    assert both.elements == 9 * (10**15 + 2)
    many = functools.reduce(operator.add, [large] * 20)
    assert many.elements == 180 * (10**15 + 1)


def test_a_large_mean_costs_no_precision() -> None:
    """Mean 1e8, std 1: blocks about a pivot near the mean, merged in a tree."""
    rng = np.random.default_rng(0)
    small = rng.standard_normal((64, 500))
    got = statistics(
        joined(of_equal_units([[v] for v in (1e8 + block).tolist()], 1e8 + 0.25) for block in small)
    )
    exact = (1e8 + small) - 1e8  # rounded as the data were
    assert got.mean.value - 1e8 == pytest.approx(exact.mean(), abs=2e-8)
    assert got.std.value == pytest.approx(exact.std(ddof=1), rel=1e-10)
    expected = exact.std(ddof=1) / np.sqrt(exact.size)
    assert got.mean.se == pytest.approx(expected, rel=1e-10)


def test_a_poor_pivot_is_repaired_by_merging_about_a_better_one() -> None:
    rng = np.random.default_rng(1)
    data = 1e4 + rng.standard_normal(2000)
    moments = of_units([[v] for v in data.tolist()], 0.0).about(1e4)
    got = statistics(moments)
    assert got.mean.value == pytest.approx(data.mean(), rel=1e-14)
    assert got.std.value == pytest.approx(data.std(ddof=1), rel=1e-6)
