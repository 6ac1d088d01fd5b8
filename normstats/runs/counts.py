"""Whole numbers that a run is given: samples and seed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.values import ungrouped, whole_number

MOST_SAMPLES = 10**15
MOST_DIGITS = 1000  # of what is typed
SEED_LIMIT = 2**64
# Of the fastest layer on a good machine, for "how long would it take".
SECONDS_A_SAMPLE = Decimal("2e-9")
_SAMPLES = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)([kmgbt]?)", re.ASCII)
_SUFFIXES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}


def parse_samples(value: Any) -> int:
    """A number of samples: 1000, 1e8, 1e8 as a float, 100_000_000, 1,234,567, 100M.

    Raises UsageError unless it is a whole number from 1 to 1e15.
    """
    from fractions import Fraction

    allowed = "must be a whole number from 1 to 1e15, such as 100000, 1e8, 100M"
    try:
        text = re.sub(r"(?<=\d)_(?=\d)", "", ungrouped(str(value).strip().lower()))
    except ValueError:  # an integer of thousands of digits
        text = ""
    match = _SAMPLES.fullmatch(text)
    if match is None or len(text) > MOST_DIGITS or isinstance(value, (bool, np.bool_)):
        raise UsageError("`samples`", value, allowed)
    number = Fraction(match[1]) * _SUFFIXES[match[2]]
    if number.denominator != 1 or number < 1:
        raise UsageError("`samples`", value, allowed)
    if number > MOST_SAMPLES:
        years = Decimal(int(number)) * SECONDS_A_SAMPLE / (365 * 86400)
        raise UsageError("`samples`", value, f"would take about {years:.2g} years; {allowed}")
    return int(number)


def parse_seed(value: Any) -> int:
    """A seed: a whole number of up to 64 bits."""
    allowed = "must be a whole number from 0 to 2^64 - 1"
    try:
        seed = whole_number(value)
    except (TypeError, ValueError):
        raise UsageError("`seed`", value, allowed) from None
    if not 0 <= seed < SEED_LIMIT:
        raise UsageError("`seed`", value, allowed)
    return seed
