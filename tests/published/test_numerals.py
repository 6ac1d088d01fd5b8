"""Numbers have one spelling, and it says the same as Python's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.numerals.short import bare, short


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.8e7, "1.8e7"), (8.34e-5, "8.34e-5"), (-1e-10, "-1e-10"), (100.0, "100"), (0.5, "0.5")],
)
def test_powers_of_ten_without_plus_and_zeros(value: float, text: str) -> None:
    assert short(value) == text


def test_signs_and_digits() -> None:
    assert short(0.0005543, sign="+") == "+0.000554"
    assert short(2.0 / 3.0, 8) == "0.66666667"
    assert bare("(1.230 ± 0.010)e-07") == "(1.230 ± 0.010)e-7"


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_the_same_number(value: float, digits: int) -> None:
    text = f"{value:.{digits}g}"
    assert float(short(value, digits)) == float(text)
    assert "e+" not in short(value, digits)
    assert "e-0" not in short(value, digits)
