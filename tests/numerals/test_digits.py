"""The digits that are shown: the PDG rule, and nothing that a double could break."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.numerals.digits import significant, with_error

POSITIVE = st.floats(min_value=1e-300, max_value=1e300)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SHOWN = re.compile(r"\(?(-?\d+(?:\.\d+)?) ± (\d+(?:\.\d+)?)(?:\)e([+-]\d+))?")


@pytest.mark.parametrize(
    ("value", "se", "shown"),
    [
        (0.827, 0.119, "0.83 ± 0.12"),  # the Particle Data Group's own two examples
        (0.827, 0.367, "0.8 ± 0.4"),
        (0.39894228, 0.0000577, "0.39894 ± 0.00006"),
        (0.39894228, 0.0000354, "0.398942 ± 0.000035"),
        (0.39894228, 0.0000355, "0.39894 ± 0.00004"),
        (1.0, 0.00949, "1.000 ± 0.009"),
        (1.0, 0.00950, "1.000 ± 0.010"),
        (1.0, 0.00999, "1.000 ± 0.010"),
        (-0.00000012, 0.00002, "0.000000 ± 0.000020"),
        (0.0, 0.00007, "0.00000 ± 0.00007"),
        (12345.678, 123.4, "12350 ± 120"),
        (1.23456e-12, 3.3e-14, "(1.235 ± 0.033)e-12"),
        (1.23456e20, 3.3e18, "(1.235 ± 0.033)e+20"),
        (1.0 / 3.0, 0.0, "0.333333333333"),
        (0.0, 0.0, "0"),
        (-0.0, 0.0, "0"),
        (0.797412345678912, None, "0.797412345679"),
        (math.nan, 0.1, "nan"),
        (math.inf, 0.1, "inf"),
        (1.5, math.nan, "1.5 ± nan"),
        (1.5, math.inf, "1.5 ± inf"),
        (1.0, 1e-20, "1 ± 1.0e-20"),
    ],
)
def test_examples(value: float, se: float | None, shown: str) -> None:
    assert with_error(value, se) == shown


@given(FINITE, st.floats())
def test_every_pair_of_doubles_is_shown_on_one_short_line(value: float, se: float) -> None:
    shown = with_error(value, se)
    assert "\n" not in shown
    assert len(shown) <= 45


@given(FINITE, POSITIVE)
def test_digits_follow_the_error(value: float, se: float) -> None:
    match = SHOWN.fullmatch(with_error(value, se))
    if match is None:  # more digits than a double has
        assert se < 1e-13 * abs(value)
        return
    exponent = int(match[3] or 0)
    v, e = (Decimal(part).scaleb(exponent) for part in match.groups()[:2])
    decimals = {len(part.partition(".")[2]) for part in match.groups()[:2]}
    assert len(decimals) == 1, "value and error end at the same digit"
    last = Decimal(1).scaleb(exponent - decimals.pop())
    leading = int(Decimal(repr(se)).scaleb(2 - Decimal(repr(se)).adjusted()))
    two = leading < 355 or leading >= 950
    if match[3] is None and last == 1:  # digits before the point may be zeros of the rounding
        last = max(last, Decimal(1).scaleb(Decimal(repr(se)).adjusted() - (leading < 355)))
    assert (10 <= e / last <= 35) if two else (4 <= e / last <= 9)
    assert abs(v - Decimal(repr(value))) <= last / 2
    assert abs(e - Decimal(repr(se))) <= last / 2


@given(FINITE)
def test_significant_keeps_twelve_digits(value: float) -> None:
    assert math.isclose(float(significant(value)), value, rel_tol=1e-11, abs_tol=5e-324 * 1e12)
