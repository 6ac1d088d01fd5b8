"""Whether a number with so many published digits is another number, rounded."""

from __future__ import annotations

from decimal import Decimal

# Relative accuracy to which exact values are trusted: digits beyond it are not judged.
ACCURACY = 1e-12


def place(value: float, digits: int) -> Decimal:
    """One unit in the last of ``digits`` significant digits of ``value``.

    A published 0 counts its digits from the units: 0.000 has four and resolves 0.001.
    """
    number = Decimal(repr(float(value)))
    leading = number.adjusted() if number else 0
    return Decimal(1).scaleb(leading - digits + 1)


def agrees(published: float, digits: int | None, exact: float) -> bool:
    """Does the exact value round to the published digits?

    Both neighbours of an exact half-way case agree. Without digits (a closed form) the two are
    equal to 1e-12, relative above 1 and absolute below; 0 digits are an order of magnitude, right
    within a factor of the square root of 10.
    """
    if digits is None:
        return abs(published - exact) <= ACCURACY * max(1.0, abs(published))
    if digits == 0:
        return published * exact > 0.0 and 0.1 <= (published / exact) ** 2 <= 10.0
    half = place(published, digits) / 2
    slack = Decimal(ACCURACY * max(abs(published), abs(exact)))
    return abs(Decimal(repr(float(published))) - Decimal(exact)) <= half + slack


def truncated(published: float, digits: int | None, exact: float) -> bool:
    """Are the published digits those of the exact value cut off, where rounding gives others?"""
    if not digits or agrees(published, digits, exact) or published * exact < 0.0:
        return False
    cut = abs(Decimal(exact)) - abs(Decimal(repr(float(published))))
    return 0 <= cut < place(published, digits)
