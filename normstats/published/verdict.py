"""The verdict on a published constant: its numbers, and one sentence that names them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from normstats.published.catalogue import Constant, Matrix
from normstats.published.evaluate import Truth
from normstats.published.quantity import words
from normstats.published.rounding import agrees, truncated

# "Within its noise" reaches so many standard errors; a correct simulation lies beyond it with a
# chance of 0.27 per cent.
REACH = 3.0

# Exact values are trusted, and shown, to so many digits.
TRUSTED = 12


class Kind(StrEnum):
    """The five verdicts."""

    DIGITS_AGREE = "digits agree"
    WITHIN_NOISE = "within its noise"
    OFF = "off"
    CONVENTION = "convention"
    WAITING = "waiting"


@dataclass(frozen=True)
class Verdict:
    """A judgement, with every number that it rests on.

    ``se`` is the standard error of a simulation of the published size, ``se_from`` says how it is
    known, ``z`` is the deviation in these errors. ``one_se`` and ``three_se`` are the numbers of
    samples at which a simulation would be one and three standard errors off, where no size was
    published.
    """

    id: str
    kind: Kind
    sentence: str
    quantity: str
    published: float | None
    exact: float | None
    deviation: float | None = None
    relative: float | None = None
    se: float | None = None
    se_from: str = ""
    z: float | None = None
    one_se: float | None = None
    three_se: float | None = None
    truncated: bool = False


def counts(verdicts: Iterable[Verdict]) -> Mapping[Kind, int]:
    """How many verdicts of each kind, all kinds named."""
    found = dict.fromkeys(Kind, 0)
    for verdict in verdicts:
        found[verdict.kind] += 1
    return found


def judge(constant: Constant, truth: Truth) -> Verdict:
    """The verdict on a constant, given its exact value and the noise of a sample of it."""
    what = words(constant.quantity, constant.scale, constant.power, constant.explain)
    if constant.matrix is not None and truth.matrix is not None:
        return _judge_matrix(constant, constant.matrix, truth.matrix, what)
    if constant.value is None or truth.exact is None:
        return _waiting(constant, what)
    published, exact = constant.value, truth.exact
    deviation = published - exact
    relative = deviation / abs(exact) if exact else None
    se, se_from = published_se(constant, truth.unit_se)
    z = deviation / se if se else None
    if constant.kind == "convention":
        kind = Kind.CONVENTION
    elif agrees(published, constant.digits, exact):
        kind = Kind.DIGITS_AGREE
    elif z is not None and abs(z) <= REACH:
        kind = Kind.WITHIN_NOISE
    else:
        kind = Kind.OFF
    one_se = three_se = None
    simulation = constant.digits is not None and constant.kind == "statistic"
    if kind is Kind.OFF and se is None and simulation and truth.unit_se:
        one_se = (truth.unit_se / deviation) ** 2
        three_se = REACH**2 * one_se
    verdict = Verdict(
        id=constant.id,
        kind=kind,
        sentence="",
        quantity=what,
        published=published,
        exact=exact,
        deviation=deviation,
        relative=relative,
        se=se,
        se_from=se_from,
        z=z,
        one_se=one_se,
        three_se=three_se,
        truncated=truncated(published, constant.digits, exact),
    )
    return replace(verdict, sentence=_sentence(constant, verdict))


def published_se(constant: Constant, unit_se: float | None) -> tuple[float | None, str]:
    """Standard error of a simulation of the published size, and how it is known."""
    if constant.samples is not None and unit_se is not None:
        return unit_se / math.sqrt(constant.samples), f"a simulation of n = {_n(constant.samples)}"
    if constant.plus_minus is not None:
        return constant.plus_minus / 2.0, f"half of the published ± {constant.plus_minus:g}"
    if constant.repeated_se is not None:
        return constant.repeated_se, "repetitions of the published simulation"
    return None, ""


def _sentence(constant: Constant, verdict: Verdict) -> str:
    assert verdict.exact is not None
    assert verdict.deviation is not None
    shown = _published(constant)
    exact = _exact(verdict.exact, constant.digits)
    if verdict.kind is Kind.CONVENTION:
        return (
            f"A convention, not a statistic of the layer: published {shown}, "
            f"while {verdict.quantity} is {exact}{_percent(', different by', verdict.relative)}."
        )
    start = f"{verdict.quantity}: published {shown}, exact {exact}"
    if verdict.kind is Kind.DIGITS_AGREE:
        return f"{start}: {_agreement(constant)}{_noise(verdict)}."
    off = f"off by {verdict.deviation:+.3g}{_percent(',', verdict.relative)}"
    if verdict.kind is Kind.WITHIN_NOISE:
        return f"{start}: {off}, which is {_in_se(verdict)}; within its noise, not its digits."
    return f"{start}: {off}{_how_far(constant, verdict)}."


def _agreement(constant: Constant) -> str:
    if constant.digits is None:
        return "a closed form, and equal to 1e-12"
    if constant.digits == 0:
        return "an order of magnitude, and right within a factor of √10"
    if constant.digits > TRUSTED:
        return f"equal to the {TRUSTED} digits to which exact values are trusted"
    digits = "digit" if constant.digits == 1 else f"{constant.digits} digits"
    return f"the exact value rounds to the published {digits}"


def _noise(verdict: Verdict) -> str:
    return f" (its own SE is {verdict.se:.2g}, {verdict.se_from})" if verdict.se else ""


def _in_se(verdict: Verdict) -> str:
    return f"{verdict.z:+.3g} times its own SE {verdict.se:.2g} ({verdict.se_from})"


def _how_far(constant: Constant, verdict: Verdict) -> str:
    parts = ""
    if verdict.truncated:
        parts += "; the digits are the exact ones cut off, not rounded"
    if constant.kind == "fit":
        return parts + "; a fitted formula, not a simulation"
    if verdict.z is not None:
        return parts + f", {_in_se(verdict)}{_rounding(constant, verdict)}"
    if verdict.one_se is not None and verdict.three_se is not None:
        return parts + (
            f"; no size was published: a simulation of n = {verdict.one_se:.2g} would be off by "
            f"1 SE, one of n = {verdict.three_se:.2g} by 3 SE"
        )
    if constant.digits is None:
        return parts + "; a closed form, not a simulation"
    if constant.samples is not None:
        return parts + f"; the noise of its {_n(constant.samples)} samples is not known here"
    return parts + "; no size of a simulation was published"


def _rounding(constant: Constant, verdict: Verdict) -> str:
    """The remark that rounding alone may have carried a number out of its noise."""
    if constant.unit is None or verdict.se is None or verdict.deviation is None:
        return ""
    nearest = max(abs(verdict.deviation) - constant.unit / 2.0, 0.0) / verdict.se
    if nearest > REACH:
        return ""
    return f"; but what rounds to the published digits begins {nearest:.2g} SE from the exact value"


def _judge_matrix(constant: Constant, published: Matrix, exact: Matrix, what: str) -> Verdict:
    wrong = [
        f"row {i}, column {j}: published {p:g}, exact {e:g}"
        for i, (row, right) in enumerate(zip(published, exact, strict=True), 1)
        for j, (p, e) in enumerate(zip(row, right, strict=True), 1)
        if not agrees(p, None, e)
    ]
    cells = sum(len(row) for row in exact)
    if wrong:
        sentence = f"{what}: {len(wrong)} of {cells} entries off ({'; '.join(wrong)})."
    else:
        sentence = f"{what}: all {cells} entries equal."
    kind = Kind.OFF if wrong else Kind.DIGITS_AGREE
    return Verdict(constant.id, kind, sentence, what, None, None)


def _waiting(constant: Constant, what: str) -> Verdict:
    number = "" if constant.value is None else f" (published {_published(constant)})"
    rule = "a rule without a number; " if constant.kind == "rule" else ""
    sentence = f"{what}{number}: {rule}waits for {constant.waits_for or 'an exact value'}."
    return Verdict(constant.id, Kind.WAITING, sentence, what, constant.value, None)


def _published(constant: Constant) -> str:
    """The number with the digits that it was published with; a closed form to 12."""
    assert constant.value is not None
    if constant.digits is None:
        return f"{constant.value:.12g}"
    if constant.digits == 0:
        return f"{constant.value:.0e}"
    if constant.value == 0.0:
        return f"{0.0:.{constant.digits - 1}f}"
    if constant.digits > 15:
        return repr(constant.value)
    return f"{constant.value:#.{constant.digits}g}".rstrip(".")


def _exact(value: float, digits: int | None) -> str:
    """Enough digits to redo the judgement, at most 12; what is below 1e-12 shows as 0."""
    if abs(value) < 1e-12:
        return "0"
    return f"{value:.{TRUSTED if digits is None else min(max(8, digits + 3), TRUSTED)}g}"


def _percent(before: str, relative: float | None) -> str:
    return "" if relative is None else f"{before} {100.0 * relative:+.2g} %"


def _n(samples: int) -> str:
    text = f"{samples:.0e}".replace("e+0", "e").replace("e+", "e")
    return text if float(text) == samples and samples >= 10_000 else f"{samples}"
