"""Rounding of published digits, against decimal arithmetic."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from normstats.published.rounding import agrees, distance, interval, place, truncated

NUMBERS = st.floats(1e-12, 1e12) | st.floats(-1e12, -1e-12)
DIGITS = st.integers(1, 11)


def rounded(exact: float, digits: int, how: str) -> float:
    number = Decimal(exact)
    return float(number.quantize(Decimal(1).scaleb(number.adjusted() - digits + 1), how))


@given(NUMBERS, DIGITS, st.sampled_from([ROUND_HALF_UP, ROUND_HALF_DOWN]))
def test_what_is_rounded_agrees(exact: float, digits: int, how: str) -> None:
    published = rounded(exact, digits, how)
    # 9.99 to two digits is 10, which is written with the digits of 10: one unit is coarser.
    assert agrees(published, digits, exact)


@given(NUMBERS, DIGITS, st.sampled_from([-1, 1]))
def test_one_unit_away_does_not_agree(exact: float, digits: int, sign: int) -> None:
    published = rounded(exact, digits, ROUND_HALF_UP)
    unit = place(published, digits)
    away = Decimal(repr(published)) + sign * unit
    distance = abs(away - Decimal(exact))
    assume(Decimal(repr(float(away))).adjusted() == Decimal(repr(published)).adjusted())
    assume(distance > unit / 2 + Decimal(3e-12 * abs(published)))
    assert not agrees(float(away), digits, exact)


@given(NUMBERS, DIGITS)
def test_what_is_cut_off_is_recognised(exact: float, digits: int) -> None:
    published = rounded(exact, digits, ROUND_DOWN)
    assert truncated(published, digits, exact) != agrees(published, digits, exact)


@given(NUMBERS, DIGITS)
def test_signs_do_not_matter(exact: float, digits: int) -> None:
    published = rounded(exact, digits, ROUND_HALF_UP)
    assert agrees(-published, digits, -exact)
    assert not agrees(-published, digits, exact)


@pytest.mark.parametrize(
    ("published", "digits", "exact", "expected"),
    [
        (0.2123, 4, 0.21174570839, False),
        (0.2117, 4, 0.21174570839, True),
        (1.485, 5, 1.4850131623, True),  # published as 1.4850
        (1.0291, 5, 1.0293754, False),
        (0.701, 4, 0.7012241, False),  # published as 0.7010
        (0.701, 3, 0.7012241, True),
        (2.5, 1, 2.0, True),  # half way: one unit is 1
        (0.15, 1, 0.1, True),  # both neighbours of a half-way case
        (0.15, 1, 0.2, True),
        (3.6, 2, 3.5777088, True),
        (0.0, 8, 4e-17, True),
        (0.0, 8, 6e-8, False),
        (0.0, 1, 0.4, True),
    ],
)
def test_examples(published: float, digits: int, exact: float, expected: bool) -> None:
    assert agrees(published, digits, exact) is expected


def test_digits_beyond_the_accuracy_of_exact_values_are_not_judged() -> None:
    assert agrees(1.6732632423543772, 32, 1.6732632423543778)
    assert agrees(1.6732632423543772, 17, 1.6732632423543772 * (1 + 9e-13))
    assert not agrees(1.6732632423543772, 17, 1.6732632423543772 * (1 + 3e-12))


def test_closed_forms_are_equal_to_1e_12() -> None:
    assert agrees(2**0.5, None, 1.41421356237309)
    assert not agrees(2**0.5, None, 1.4142135624)
    assert agrees(0.0, None, 1e-17)
    assert agrees(1e6, None, 1e6 * (1 + 5e-13))
    assert not agrees(1e6, None, 1e6 * (1 + 2e-12))


@given(NUMBERS)
def test_orders_of_magnitude(exact: float) -> None:
    assert agrees(exact * 3.1, 0, exact)
    assert agrees(exact / 3.1, 0, exact)
    assert not agrees(exact * 3.2, 0, exact)
    assert not agrees(exact / 3.2, 0, exact)
    assert not agrees(-exact, 0, exact)


def test_place() -> None:
    assert place(0.2123, 4) == Decimal("0.0001")
    assert place(0.701, 4) == Decimal("0.0001")
    assert place(2.97, 3) == Decimal("0.01")
    assert place(1e8, 1) == Decimal("1e8")
    assert place(0.0, 8) == Decimal("1e-7")
    assert place(-1.5, 2) == Decimal("0.1")


@given(NUMBERS, DIGITS)
def test_what_rounds_to_a_number_is_its_interval(exact: float, digits: int) -> None:
    """Rounding the ends of the interval inwards gives the number back, outwards its neighbour."""
    published = rounded(exact, digits, ROUND_HALF_UP)
    number = Decimal(repr(published))
    unit = place(published, digits)
    low, high = interval(published, digits)
    assert high - low == unit
    for end, towards in ((low, 1), (high, -1)):
        inside = end + towards * unit / 1000
        outside = end - towards * unit / 1000
        assert inside.quantize(unit, ROUND_HALF_UP) == number
        assert outside.quantize(unit, ROUND_HALF_UP) == number - towards * unit


@given(NUMBERS, DIGITS, st.floats(-20.0, 20.0))
def test_the_distance_counts_from_the_nearest_value_that_rounds_to_the_number(
    exact: float, digits: int, units: float
) -> None:
    published = rounded(exact, digits, ROUND_HALF_UP)
    unit = float(place(published, digits))
    other = published + units * unit
    slack = 2e-12 * max(abs(published), abs(other))
    found = distance(published, digits, other)
    if abs(units) < 0.5:
        assert found == 0.0
    else:
        assert abs(found) == pytest.approx((abs(units) - 0.5) * unit, rel=1e-6, abs=slack)
        assert found * units <= 0.0  # too large is positive


@pytest.mark.parametrize(
    ("published", "digits", "exact", "expected"),
    [
        (1.468, 4, 1.4674136, 1.4675 - 1.4674136),
        (0.828, 3, 0.8262503, 0.8275 - 0.8262503),
        (1.0291, 5, 1.0293754, 1.02915 - 1.0293754),
        (4.722, 4, 4.7222, 0.0),
        (0.9992, 4, 0.99902, 0.99915 - 0.99902),
        (2.5, None, 1.5, 1.0),
        (2**0.5, None, 2**0.5 * (1 + 1e-13), 0.0),
        (0.001, 0, 0.002, 0.0),
        (0.001, 0, 0.01, 0.001 * 10**0.5 - 0.01),
        (-0.001, 0, -0.01, 0.01 - 0.001 * 10**0.5),
    ],
)
def test_distances(published: float, digits: int | None, exact: float, expected: float) -> None:
    assert distance(published, digits, exact) == pytest.approx(expected, rel=1e-9)
