"""Counts, rates and durations in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.numerals.quantities import count, duration, plural, prefixed


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (0, "0"),
        (1, "1"),
        (1000, "1,000"),
        (10_000, "1e4"),
        (300_000_000, "3e8"),
        (123456, "123,456"),
    ],
)
def test_count(n: int, shown: str) -> None:
    assert count(n) == shown


def test_plural() -> None:
    assert plural(1, "thread") == "1 thread"
    assert plural(2, "thread") == "2 threads"


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (476.3e6, "476M"),
        (4.763e9, "4.76G"),
        (999.9, "1k"),
        (12.3, "12.3"),
        (0.0, "0"),
        (math.nan, "?"),
    ],
)
def test_prefixed(x: float, shown: str) -> None:
    assert prefixed(x) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2134, "0.21 s"),
        (9.96, "10 s"),
        (75.4, "75 s"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3780, "1 h 3 min"),
        (86400, "1 day"),
        (4 * 86400 + 7200, "4 days 2 h"),
        (1e30, "3.2e+22 years"),
        (math.inf, "for ever"),
        (math.nan, "?"),
    ],
)
def test_duration(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@given(st.floats(min_value=0))
def test_every_duration_has_words(seconds: float) -> None:
    assert len(duration(seconds)) < 20
