"""The one sentence of a verdict, with every number that the judgement rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from normstats.numerals.short import bare, short
from normstats.published.catalogue import Constant
from normstats.published.quantity import words
from normstats.published.rounding import agrees

if TYPE_CHECKING:
    from normstats.published.verdict import Verdict

# Exact values are trusted, and shown, to so many digits.
TRUSTED = 12


def sentence(constant: Constant, verdict: Verdict) -> str:
    """The verdict on a number whose exact value is known."""
    assert verdict.exact is not None
    assert verdict.deviation is not None
    shown, exact = published(constant), _exact(verdict.exact, constant.digits)
    start = f"{verdict.quantity}: published {shown}, exact {exact}"
    off = f"off by {short(verdict.deviation, sign='+')}{_percent(', ', verdict.relative)}"
    if verdict.truncated:
        off += "; the digits are the exact ones cut off, not rounded"
    match verdict.kind.value:
        case "digits agree":
            return f"{start}: {_agreement(constant)}{_noise(verdict)}."
        case "convention":
            different = _percent(", different by ", verdict.relative)
            return (
                f"A convention, not a statistic: published {shown}, while {verdict.quantity} is "
                f"{exact}{different}."
            )
        case "within its noise":
            return f"{start}: {off}, {_in_se(constant, verdict)}; within its noise, not its digits."
        case "simulation":
            text = f"{start}: {off}; a simulation of unknown size"
            return f"{text}{_why(constant, verdict)}."
        case "fit":
            return f"{start}: {off}; a fitted formula, as the source says{_why(constant, verdict)}."
        case "own numerics":
            return (
                f"{start}: {off}; the source computed it, and allows itself "
                f"{_allowed(constant)}{_why(constant, verdict)}."
            )
        case _:
            return f"{start}: {off}; {_claim(constant, verdict)}{_why(constant, verdict)}."


def matrix(
    constant: Constant, what: str, cells: int, wrong: Sequence[tuple[int, int, float, float]]
) -> str:
    """The verdict on a table: what is wrong as (row, column, published, exact), from 0."""
    if not wrong:
        return f"{what}: all {cells} entries equal."

    def place(i: int, j: int) -> str:
        row = constant.row_names[i] if constant.row_names else f"row {i + 1}"
        column = constant.column_names[j] if constant.column_names else f"column {j + 1}"
        return f"{row}, {column}"

    parts = "; ".join(
        f"{place(i, j)}: published {short(p)}, exact {short(e)}" for i, j, p, e in wrong
    )
    return f"{what}: {len(wrong)} of {cells} entries wrong ({parts})."


def waiting(constant: Constant, what: str) -> str:
    """What a number, or a rule without one, waits for."""
    number = "" if constant.value is None else f" (published {published(constant)})"
    rule = "a rule without a number; " if constant.kind == "rule" else ""
    return f"{what}{number}: {rule}no layer here does this yet ({constant.waits_for or '?'})."


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


def _in_se(constant: Constant, verdict: Verdict) -> str:
    """The distance in standard errors, and from where it counts if rounding matters."""
    assert verdict.distance is not None
    assert verdict.deviation is not None
    assert verdict.z is not None
    assert verdict.se is not None
    error = f"{short(verdict.z, sign='+')} times its own SE {short(verdict.se, 2)}"
    error += f" ({verdict.se_from})"
    if abs(verdict.distance) > 0.99 * abs(verdict.deviation):
        return f"which is {error}"
    return f"and the nearest value that rounds to {published(constant)} is off by {error}"


def _claim(constant: Constant, verdict: Verdict) -> str:
    """What the source claims, where that is wrong."""
    if verdict.z is not None:
        return f"an error, {_in_se(constant, verdict)}"
    if constant.accuracy is not None:
        return f"an error: the source allows itself {_allowed(constant)}"
    return "an error: the source gives it as the value itself"


def _allowed(constant: Constant) -> str:
    assert constant.accuracy is not None
    return short(constant.accuracy, 2)


def _why(constant: Constant, verdict: Verdict) -> str:
    """What would explain the number: a recipe, or the size of a simulation."""
    if verdict.predicted is not None and constant.recipe is not None:
        how, value = constant.recipe["text"], verdict.predicted
        if verdict.predicted_z is not None and verdict.predicted_se is not None:
            places = max(1 - math.floor(math.log10(verdict.predicted_se)), 0)
            return (
                f"; {how} would give {value:.{places}f} ± {short(verdict.predicted_se, 2)}, "
                f"from which it is {verdict.predicted_z:+.2f} SE away"
            )
        assert verdict.published is not None
        if agrees(verdict.published, constant.digits, value):
            return f"; {how} gives exactly that"
        return f"; {how} gives {_exact(value, constant.digits)}"
    if verdict.one_se is not None and verdict.three_se is not None:
        return (
            f": one of n = {short(verdict.one_se, 2)} would be off by 1 SE, "
            f"one of n = {short(verdict.three_se, 2)} by 3 SE"
        )
    return ""


def quantity(constant: Constant) -> str:
    """What the number is, in words."""
    return words(constant.quantity, constant.scale, constant.power, constant.explain)


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
