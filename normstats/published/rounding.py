"""Which values a number with so many published digits stands for, and how far another is away."""

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


def interval(published: float, digits: int | None) -> tuple[Decimal, Decimal]:
    """The values that a published number stands for: those that round to it, ends included.

    Without digits (a closed form) it stands for itself alone; 0 digits are an order of magnitude,
    right within a factor of the square root of 10.
    """
    number = Decimal(repr(float(published)))
    if digits is None:
        return number, number
    if digits == 0:
        factor = Decimal(10).sqrt()
        low, high = sorted((number / factor, number * factor))
        return low, high
    half = place(published, digits) / 2
    return number - half, number + half


def distance(published: float, digits: int | None, exact: float) -> float:
    """From the exact value to the nearest one that the published number stands for; 0 inside.

    Positive where what is published is too large. What is nearer than the accuracy of exact
    values counts as inside: 1e-12, relative to the number, for a closed form at least absolute.
    """
    low, high = interval(published, digits)
    value = Decimal(exact)
    size = max(1.0, abs(published)) if digits is None else max(abs(published), abs(exact))
    slack = Decimal(ACCURACY * size) if digits != 0 else Decimal(0)
    if value < low - slack:
        return float(low - value)
    return float(high - value) if value > high + slack else 0.0


def agrees(published: float, digits: int | None, exact: float) -> bool:
    """Does the published number stand for the exact value?

    Both neighbours of an exact half-way case agree.
    """
    return distance(published, digits, exact) == 0.0


def truncated(published: float, digits: int | None, exact: float) -> bool:
    """Are the published digits those of the exact value cut off, where rounding gives others?"""
    if not digits or agrees(published, digits, exact) or published * exact < 0.0:
        return False
    cut = abs(Decimal(exact)) - abs(Decimal(repr(float(published))))
    return 0 <= cut < place(published, digits)
