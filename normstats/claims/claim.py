"""What a claim is, what an experiment finds, and the rule that makes a verdict of it.

A claim is broken into statements. Each says of one measured number in which interval it lies:
"above 1", "from 0.98 to 1.02". Where a claim holds only somewhere, a statement says under which
condition it was measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from normstats.claims.trial import Trial
from normstats.numerals.short import short

# How many standard errors a number must keep from the ends of its interval to be judged.
ERRORS = 5.0


@dataclass(frozen=True)
class Measured:
    """A number with its standard error, which rests on so many independent units.

    An error of 0 without units is that of a number that was counted or computed.
    """

    value: float
    se: float = 0.0
    units: int = 0


@dataclass(frozen=True)
class Interval:
    """From low to high; both ends may be infinite."""

    low: float = -math.inf
    high: float = math.inf

    def __str__(self) -> str:
        if math.isinf(self.high):
            return f"above {short(self.low, 6)}"
        if math.isinf(self.low):
            return f"below {short(self.high, 6)}"
        return f"from {short(self.low, 6)} to {short(self.high, 6)}"


class Outcome(StrEnum):
    """What became of one statement."""

    SO = "so"
    NOT_SO = "not so"
    OPEN = "open"


@dataclass(frozen=True)
class Finding:
    """One number: what it is, its exact value if there is one, and what the claim says of it.

    ``under`` is the condition that the number was measured under. A finding without an interval
    is there to be read, and has no part in the verdict.
    """

    words: str
    measured: Measured
    exact: float | None = None
    claimed: Interval | None = None
    under: str = ""

    @property
    def outcome(self) -> Outcome | None:
        """Whether the number is inside its interval, outside, or too near to an end of it."""
        if self.claimed is None:
            return None
        reach = ERRORS * self.measured.se
        low, high = self.measured.value - reach, self.measured.value + reach
        if self.claimed.low < low and high < self.claimed.high:
            return Outcome.SO
        if high < self.claimed.low or low > self.claimed.high:
            return Outcome.NOT_SO
        return Outcome.OPEN


Cell = str | Measured

# Cells of what has no number, and of what is too small to be one: a picture has gaps there.
NONE, BELOW_ROUNDING = "–", "below rounding"


@dataclass(frozen=True)
class Curve:
    """A small table, where one number would say less than how it changes.

    ``over`` names what the headings count, where they are numbers without a word.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    over: str = ""


@dataclass(frozen=True)
class Found:
    """All that an experiment gives."""

    findings: Sequence[Finding]
    curves: Sequence[Curve] = ()


@dataclass(frozen=True)
class Claim:
    """A claim of a document, and the experiment on it.

    ``part`` is the document: A, B or C, and D for others. ``how`` says what is done and what the
    errors rest on, ``criterion`` what is right where the claim is too coarse, ``commands`` what
    else shows it.
    """

    name: str
    part: str
    words: str
    source: str
    how: str
    experiment: Callable[[Trial], Found]
    criterion: str = ""
    commands: Sequence[str] = ()


class Verdict(StrEnum):
    """What became of a claim."""

    HOLDS = "holds"
    CONDITIONS = "holds with conditions"
    FAILS = "fails"
    OPEN = "open"


def verdict(findings: Iterable[Finding]) -> Verdict:
    """Of all statements of a claim; one that is open leaves the claim open."""
    outcomes = {one.outcome for one in findings} - {None}
    if not outcomes or Outcome.OPEN in outcomes:
        return Verdict.OPEN
    if outcomes == {Outcome.SO}:
        return Verdict.HOLDS
    return Verdict.FAILS if outcomes == {Outcome.NOT_SO} else Verdict.CONDITIONS


def conditions(findings: Iterable[Finding], outcome: Outcome) -> list[str]:
    """Under which conditions the statements had this outcome, each once."""
    found = (one.under or one.words for one in findings if one.outcome is outcome)
    return list(dict.fromkeys(found))
