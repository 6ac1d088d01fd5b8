"""The rule that makes a verdict of measured numbers."""

from __future__ import annotations

import math

import pytest

from normstats.claims import repeats
from normstats.claims.claim import (
    Finding,
    Interval,
    Measured,
    Outcome,
    Verdict,
    conditions,
    verdict,
)

ABOVE = Interval(low=1.0)
BETWEEN = Interval(0.5, 1.0)


def finding(value: float, claimed: Interval | None, se: float = 0.01, under: str = "") -> Finding:
    return Finding("a number", Measured(value, se, 10), None, claimed, under)


@pytest.mark.parametrize(
    ("value", "claimed", "outcome"),
    [
        (1.06, ABOVE, Outcome.SO),
        (1.04, ABOVE, Outcome.OPEN),
        (0.96, ABOVE, Outcome.OPEN),
        (0.94, ABOVE, Outcome.NOT_SO),
        (0.75, BETWEEN, Outcome.SO),
        (0.52, BETWEEN, Outcome.OPEN),
        (0.40, BETWEEN, Outcome.NOT_SO),
        (1.10, BETWEEN, Outcome.NOT_SO),
        (1.0, None, None),
    ],
)
def test_a_number_keeps_five_errors_from_the_ends(
    value: float, claimed: Interval | None, outcome: Outcome | None
) -> None:
    assert finding(value, claimed).outcome is outcome


def test_without_an_error_nothing_is_known() -> None:
    assert finding(7.0, ABOVE, se=math.inf).outcome is Outcome.OPEN
    assert repeats.over([7.0]).se == math.inf


SO, NOT, OPEN = finding(2.0, ABOVE), finding(0.5, ABOVE), finding(1.0, ABOVE)
READ = finding(0.5, None)


@pytest.mark.parametrize(
    ("findings", "wanted"),
    [
        ([SO, READ], Verdict.HOLDS),
        ([NOT, READ, NOT], Verdict.FAILS),
        ([SO, NOT], Verdict.CONDITIONS),
        ([SO, NOT, OPEN], Verdict.OPEN),
        ([SO, OPEN], Verdict.OPEN),
        ([READ], Verdict.OPEN),
    ],
)
def test_verdicts(findings: list[Finding], wanted: Verdict) -> None:
    assert verdict(findings) is wanted


def test_conditions_are_named_once() -> None:
    found = [finding(2.0, ABOVE, under="wide"), finding(3.0, ABOVE, under="wide"), SO, NOT]
    assert conditions(found, Outcome.SO) == ["wide", "a number"]


def test_intervals_in_words() -> None:
    assert [str(one) for one in (ABOVE, Interval(high=0.5), BETWEEN)] == [
        "above 1",
        "below 0.5",
        "from 0.5 to 1",
    ]
