"""How a number of samples may be written, and how it is refused."""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.errors import UsageError
from normstats.runs.counts import parse_samples

COUNTS = st.integers(min_value=1, max_value=10**15)


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("1", 1),
        ("1e8", 10**8),
        ("1E8", 10**8),
        ("100_000_000", 10**8),
        ("100M", 10**8),
        ("10k", 10**4),
        ("10K", 10**4),
        ("1G", 10**9),
        ("1T", 10**12),
        ("2.5e3", 2500),
        ("1.5k", 1500),
        ("0.5k", 500),
        ("+7", 7),
        ("12e-1e1", None),
        ("10e-1", 1),
        (" 5 ", 5),
        ("1,000", 1000),
        ("1,234,567", 1234567),
        ("1e15", 10**15),
        ("999999999999999", 999999999999999),
    ],
)
def test_spellings(text: str, n: int | None) -> None:
    if n is None:
        with pytest.raises(UsageError):
            parse_samples(text)
    else:
        assert parse_samples(text) == n


@given(COUNTS)
def test_every_count_is_itself_however_it_is_written(n: int) -> None:
    for text in (
        str(n),
        f"{n:_}",
        f"{n:,}",
        f"{n}e0",
        f"{n}000e-3",
        f"+{n}",
        f"{n / 1000}k" if n < 10**12 else str(n),
    ):
        assert parse_samples(text) == n
    assert parse_samples(n) == n


@given(st.text())
def test_any_text_is_a_count_or_refused(text: str) -> None:
    with suppress(UsageError):
        assert 1 <= parse_samples(text) <= 10**15


@given(st.integers(), st.integers(-400, 400))
def test_powers_of_ten_are_exact_or_refused(mantissa: int, exponent: int) -> None:
    exact = Fraction(mantissa) * Fraction(10) ** exponent
    allowed = exact.denominator == 1 and 1 <= exact <= 10**15
    try:
        assert parse_samples(f"{mantissa}e{exponent}") == exact
        assert allowed
    except UsageError:
        assert not allowed


REFUSED = [
    *("0", "-5", "1.5", "nan", "inf", "-inf", "1e400", "1e-400", "1e30", "1e99999999", "1e15k"),
    *("1000000000000001", "abc", "1e", "e8", "0x10", "1k5", "M", "--5", "1.0000001k"),
    *("1,00", "1,0000", "1,,000", ",100", "1234,567", "1,000e3", "1,000k"),
]


@pytest.mark.parametrize("value", [*REFUSED, "", " ", "1 000"])
def test_refused(value: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_samples(value)
    assert "1e15" in str(refusal.value)


def test_too_many_says_how_long_it_would_take() -> None:
    with pytest.raises(UsageError, match="years"):
        parse_samples("1e30")
    with pytest.raises(UsageError, match="years"):
        parse_samples("1e400")


@pytest.mark.parametrize("value", [True, None, math.nan, math.inf, -1, 0, 1.5, [1]])
def test_refused_from_python(value: object) -> None:
    with pytest.raises(UsageError):
        parse_samples(value)


def test_floats_from_python_are_counts_if_whole() -> None:
    assert parse_samples(1e8) == 10**8
    assert parse_samples(1e15) == 10**15
