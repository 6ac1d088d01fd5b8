"""The verdict on a published constant: its numbers, and one sentence that names them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from normstats.numerals.quantities import count
from normstats.numerals.short import short
from normstats.published.catalogue import Constant, Matrix
from normstats.published.closed_forms import Truth
from normstats.published.rounding import ACCURACY, agrees, distance, truncated

# "Within its noise" reaches so many standard errors; a correct simulation lies beyond it with a
# chance of 0.27 per cent.
REACH = 3.0


class Kind(StrEnum):
    """The eight verdicts: what the source claims of a number, and whether that is so."""

    DIGITS_AGREE = "digits agree"
    WITHIN_NOISE = "within its noise"
    SIMULATION = "simulation"
    FIT = "fit"
    OWN_NUMERICS = "own numerics"
    CONVENTION = "convention"
    ERROR = "error"
    WAITING = "waiting"


# What each verdict says, for readers.
MEANINGS: Mapping[Kind, str] = {
    Kind.DIGITS_AGREE: "the exact value rounds to the published digits; a closed form equals it",
    Kind.WITHIN_NOISE: "a simulation whose size or error is published, and the exact value lies "
    f"within {REACH:g} of its standard errors",
    Kind.SIMULATION: "a simulation whose size is not published: the digits differ, and the "
    "note says which size or which recipe explains it",
    Kind.FIT: "a fitted formula, as the source says; the note says how good the fit is",
    Kind.OWN_NUMERICS: "computed by the source, and right to the accuracy that the source allows",
    Kind.CONVENTION: "a number to use that does not claim to be a statistic, and is none",
    Kind.ERROR: "wrong by what the source itself claims",
    Kind.WAITING: "a rule without a number, or no layer and no exact value here yet",
}


@dataclass(frozen=True)
class Verdict:
    """A judgement, with every number that it rests on.

    A published number stands for all values that round to it: ``distance`` is from the exact value
    to the nearest of them, 0 inside, positive where the published number is too large.
    ``deviation`` and ``relative`` are from the number as printed, 0 where only the rounding of the
    exact value tells them apart. ``se`` is the standard error of a
    simulation of the published size, ``se_from`` says how it is known, ``z`` is the distance in
    these errors.
    ``one_se`` is the number of samples at which a simulation would be one standard error off, where
    no size was published and no recipe explains the number.
    ``predicted`` is what the constant's recipe gives, with its standard error if it is random, and
    ``predicted_z`` the distance from it in these.
    """

    constant: Constant
    kind: Kind
    exact: float | None = None
    exact_matrix: Matrix | None = None
    deviation: float | None = None
    relative: float | None = None
    distance: float | None = None
    se: float | None = None
    se_from: str = ""
    z: float | None = None
    one_se: float | None = None
    predicted: float | None = None
    predicted_se: float | None = None
    predicted_z: float | None = None
    truncated: bool = False

    @property
    def three_se(self) -> float | None:
        """The number of samples at which it would be three standard errors off."""
        return None if self.one_se is None else REACH**2 * self.one_se

    @cached_property
    def sentence(self) -> str:
        """All of it in words."""
        from normstats.published.sentence import sentence

        return sentence(self)


def counts(verdicts: Iterable[Verdict]) -> Mapping[Kind, int]:
    """How many verdicts of each kind, all kinds named."""
    found = dict.fromkeys(Kind, 0)
    for verdict in verdicts:
        found[verdict.kind] += 1
    return found


def judge(constant: Constant, truth: Truth) -> Verdict:
    """The verdict on a constant, given its exact value and the noise of a sample of it."""
    published, exact = constant.value, truth.exact
    if constant.matrix is not None and truth.matrix is not None:
        kind = Kind.ERROR if any(unequal(constant, truth.matrix)) else Kind.DIGITS_AGREE
        return Verdict(constant, kind, exact_matrix=truth.matrix)
    if published is None or exact is None:
        return Verdict(constant, Kind.WAITING)
    away = distance(published, constant.digits, exact)
    deviation = published - exact
    if abs(deviation) <= ACCURACY * max(1.0, abs(exact)):
        deviation = 0.0
    se, se_from = _published_se(constant, truth.unit_se)
    z = away / se if se else None
    verdict = Verdict(
        constant,
        _kind(constant, away, z),
        exact=exact,
        deviation=deviation,
        relative=deviation / abs(exact) if exact else None,
        distance=away,
        se=se,
        se_from=se_from,
        z=z,
        truncated=truncated(published, constant.digits, exact),
    )
    if verdict.kind is Kind.DIGITS_AGREE:
        return verdict
    if truth.predicted is not None:
        value, se = truth.predicted.value, truth.predicted.se
        away = distance(published, constant.digits, value)
        z = away / se if se else None
        return replace(verdict, predicted=value, predicted_se=se, predicted_z=z)
    if verdict.kind is Kind.SIMULATION and truth.unit_se:
        return replace(verdict, one_se=(truth.unit_se / away) ** 2)
    return verdict


def _kind(constant: Constant, away: float, z: float | None) -> Kind:
    """What the source claims, and how far the exact value is from what it published."""
    if away == 0.0:
        return Kind.DIGITS_AGREE
    if constant.kind == "convention":
        return Kind.CONVENTION
    if constant.kind == "fit":
        return Kind.FIT
    if constant.kind == "simulation" and (z is None or abs(z) <= REACH):
        return Kind.SIMULATION if z is None else Kind.WITHIN_NOISE
    if constant.accuracy is not None and abs(away) <= constant.accuracy:
        return Kind.OWN_NUMERICS
    return Kind.ERROR


def _published_se(constant: Constant, unit_se: float | None) -> tuple[float | None, str]:
    """Standard error of a simulation of the published size, and how it is known."""
    if constant.samples is not None and unit_se is not None:
        size = count(constant.samples)
        return unit_se / math.sqrt(constant.samples), f"a simulation of n = {size}"
    if constant.plus_minus is not None:
        return constant.plus_minus / 2.0, f"half of the published ± {short(constant.plus_minus)}"
    if constant.repeated_se is not None:
        return constant.repeated_se, "repetitions of the published simulation"
    return None, ""


def unequal(constant: Constant, exact: Matrix) -> Iterator[tuple[int, int, float, float]]:
    """What is wrong in a published table: row and column from 0, published and exact."""
    for i, (row, right) in enumerate(zip(constant.matrix or (), exact, strict=True)):
        for j, (p, e) in enumerate(zip(row, right, strict=True)):
            if not agrees(p, None, e):
                yield i, j, p, e
