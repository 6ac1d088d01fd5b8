"""Masks that a user gives: each number is one of a few."""

from __future__ import annotations

from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.values import Array, array


def whole_numbers(mask: Any, count: int, allowed: str) -> Array:
    """The mask, whose numbers are from 0 to ``count`` − 1; UsageError with the first that is not.

    ``allowed`` says what they stand for, to end the sentence "mask 2.5: must be …".
    """
    numbers = array("mask", mask)
    wrong = numbers[~np.isin(numbers, np.arange(count))]
    if wrong.size:
        raise UsageError("mask", f"{wrong.flat[0]:g}", allowed)
    return numbers
