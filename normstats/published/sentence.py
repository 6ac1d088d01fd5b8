"""The one sentence of a verdict, with every number that the judgement rests on."""

from __future__ import annotations

import math

from normstats.numerals.short import bare, short
from normstats.published.catalogue import Constant, Matrix
from normstats.published.rounding import agrees
from normstats.published.verdict import Kind, Verdict, unequal

# Exact values are trusted, and shown, to so many digits.
TRUSTED = 12


def sentence(verdict: Verdict) -> str:
    """What was published, what is true, and what that makes of the number."""
    constant = verdict.constant
    if verdict.exact_matrix is not None:
        return _matrix(constant, verdict.exact_matrix)
    if verdict.exact is None or verdict.deviation is None:
        return _waiting(constant)
    shown, exact = published(constant), _exact(verdict.exact, constant.digits)
    start = f"{constant.words}: published {shown}, exact {exact}"
    if verdict.kind is Kind.DIGITS_AGREE:
        return f"{start}: {_agreement(constant)}{_noise(verdict)}."
    if verdict.kind is Kind.CONVENTION:
        return (
            f"A convention, not a statistic: published {shown}, while {constant.words} is "
            f"{exact}{_percent(', different by ', verdict.relative)}."
        )
    off = f"off by {short(verdict.deviation, sign='+')}{_percent(', ', verdict.relative)}"
    if verdict.truncated:
        off += "; the digits are the exact ones cut off, not rounded"
    if verdict.kind is Kind.WITHIN_NOISE:
        return f"{start}: {off}, {_in_se(verdict)}; within its noise, not its digits."
    return f"{start}: {off}; {_claim(verdict)}{_why(verdict)}."


def _matrix(constant: Constant, exact: Matrix) -> str:
    """What is wrong in a table."""
    wrong = list(unequal(constant, exact))
    start, cells = constant.words, sum(map(len, exact))
    if not wrong:
        return f"{start}: all {cells} entries equal."

    def place(i: int, j: int) -> str:
        row = constant.row_names[i] if constant.row_names else f"row {i + 1}"
        column = constant.column_names[j] if constant.column_names else f"column {j + 1}"
        return f"{row}, {column}"

    parts = "; ".join(
        f"{place(i, j)}: published {short(p)}, exact {short(e)}" for i, j, p, e in wrong
    )
    return f"{start}: {len(wrong)} of {cells} entries wrong ({parts})."


def _waiting(constant: Constant) -> str:
    """What a number, or a rule without one, waits for."""
    number = "" if constant.value is None else f" (published {published(constant)})"
    rule = "a rule without a number; " if constant.kind == "rule" else ""
    waits = f"no layer here does this yet ({constant.waits_for or '?'})"
    return f"{constant.words}{number}: {rule}{waits}."


def _agreement(constant: Constant) -> str:
    start = "a convention, and " if constant.kind == "convention" else ""
    if constant.digits is None:
        return f"{start}equal"
    if constant.digits == 0:
        return f"{start}right within a factor of √10, which is all that an order of magnitude says"
    if constant.digits > TRUSTED:
        return f"{start}equal in the {TRUSTED} digits to which exact values are trusted"
    digits = "digit" if constant.digits == 1 else f"{constant.digits} digits"
    return f"{start}the exact value rounds to the published {digits}"


def _noise(verdict: Verdict) -> str:
    return f" (its own SE is {short(verdict.se, 2)}, {verdict.se_from})" if verdict.se else ""


def _in_se(verdict: Verdict) -> str:
    """The distance in standard errors, and from where it counts if rounding matters."""
    assert verdict.distance is not None
    assert verdict.deviation is not None
    assert verdict.z is not None
    assert verdict.se is not None
    error = f"{short(verdict.z, sign='+')} times its own SE {short(verdict.se, 2)}"
    error += f" ({verdict.se_from})"
    if abs(verdict.distance) > 0.99 * abs(verdict.deviation):
        return f"which is {error}"
    shown = published(verdict.constant)
    return f"and the nearest value that rounds to {shown} is off by {error}"


def _claim(verdict: Verdict) -> str:
    """What the source claims of a number whose digits are others, and whether that is wrong."""
    if verdict.kind is Kind.SIMULATION:
        return "a simulation of unknown size"
    if verdict.kind is Kind.FIT:
        return "a fitted formula, as the source says"
    if verdict.z is not None:
        return f"an error, {_in_se(verdict)}"
    if verdict.constant.accuracy is None:
        return "an error: the source gives it as the value itself"
    own = verdict.kind is Kind.OWN_NUMERICS
    start = "the source computed it, and" if own else "an error: the source"
    return f"{start} allows itself {short(verdict.constant.accuracy, 2)}"


def _why(verdict: Verdict) -> str:
    """What would explain the number: a recipe, or the size of a simulation."""
    constant, value, se = verdict.constant, verdict.predicted, verdict.predicted_se
    if value is not None and constant.recipe is not None:
        how = constant.recipe["text"]
        if se is not None:
            places = max(1 - math.floor(math.log10(se)), 0)
            return (
                f"; {how} would give {value:.{places}f} ± {short(se, 2)}, "
                f"from which it is {verdict.predicted_z:+.2f} SE away"
            )
        assert constant.value is not None
        if agrees(constant.value, constant.digits, value):
            return f"; {how} gives exactly that"
        return f"; {how} gives {_exact(value, constant.digits)}"
    if verdict.one_se is not None and verdict.three_se is not None:
        return (
            f": one of n = {short(verdict.one_se, 2)} would be off by 1 SE, "
            f"one of n = {short(verdict.three_se, 2)} by 3 SE"
        )
    return ""


def published(constant: Constant) -> str:
    """The number with the digits that it was published with; a closed form to 12."""
    assert constant.value is not None
    if constant.digits is None:
        return short(constant.value, TRUSTED)
    if constant.digits == 0:
        return bare(f"{constant.value:.0e}")
    if constant.value == 0.0:
        return f"{0.0:.{constant.digits - 1}f}"
    if constant.digits > 15:
        return repr(constant.value)
    return bare(f"{constant.value:#.{constant.digits}g}".rstrip("."))


def _exact(value: float, digits: int | None) -> str:
    """Enough digits to redo the judgement, at most 12; what is below 1e-12 shows as 0."""
    if abs(value) < 1e-12:
        return "0"
    return short(value, TRUSTED if digits is None else min(max(8, digits + 3), TRUSTED))


def _percent(before: str, relative: float | None) -> str:
    return "" if relative is None else f"{before}{short(100.0 * relative, 2, '+')} %"
