"""Numbers from what a user typed or passed: the same rules for every option."""

from __future__ import annotations

import math
import operator
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from normstats.errors import UsageError

Array = npt.NDArray[np.float64]


_GROUPS = re.compile(r"([+-]?[0-9]{1,3})((?:,[0-9]{3})+)((?:\.[0-9]*)?)")


def ungrouped(text: str) -> str:
    """1234567 for 1,234,567, as such numbers are printed; any other text as it is."""
    match = _GROUPS.fullmatch(text.strip())
    return text if match is None else match[1] + match[2].replace(",", "") + match[3]


def whole_number(value: Any) -> int:
    """An integer, of Python or NumPy, or the text of one; ValueError or TypeError otherwise."""
    if isinstance(value, str):
        value = ungrouped(value)
        if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", value):
            raise ValueError
        return int(value)
    if isinstance(value, bool):
        raise TypeError
    return operator.index(value)


def finite_number(value: Any) -> float:
    """A finite float; ValueError, TypeError or OverflowError otherwise.

    Text may have the digits 0 to 9 only; Python itself would take underscores and other scripts'.
    """
    if isinstance(value, bool) or (isinstance(value, str) and not _plain(value)):
        raise ValueError
    number = float(ungrouped(value) if isinstance(value, str) else value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _plain(text: str) -> bool:
    return text.isascii() and "_" not in text


def array(name: str, value: Any) -> Array:
    """An array of floats; UsageError with this name if it is none."""
    try:
        given = np.asarray(value)
        if given.dtype.kind in "biuf":
            return given.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise UsageError(name, f"of {type(value).__name__}", "must be an array of real numbers")
