"""How long a run may take."""

from __future__ import annotations

import re
from typing import Any

from normstats.errors import UsageError
from normstats.values import finite_number

LONGEST_S = 10 * 365.25 * 86400
_TIME = re.compile(
    r"(?:([0-9.]{1,12})d)?(?:([0-9.]{1,12})h)?(?:([0-9.]{1,12})m)?(?:([0-9.]{1,12})s)?", re.ASCII
)
_UNITS = (86400.0, 3600.0, 60.0, 1.0)


def parse_time(text: str) -> float:
    """Seconds: 30s, 10m, 2h, 1h30m, 2d. UsageError for what is none, or beyond ten years."""
    match = _TIME.fullmatch(text.replace(" ", "").lower())
    try:
        given = zip(match.groups(), _UNITS, strict=True) if match else ()
        seconds = sum(float(number) * unit for number, unit in given if number)
    except ValueError:  # 1.2.3
        seconds = 0.0
    if not 0.0 < seconds <= LONGEST_S:
        raise UsageError("`time`", text, "must be such as 30s, 10m, 2h or 1h30m, up to ten years")
    return seconds


def parse_seconds(value: Any) -> float:
    """Seconds as a number, or text such as 10m. UsageError as of ``parse_time``."""
    if isinstance(value, str):
        return parse_time(value)
    try:
        seconds = finite_number(value)
    except (TypeError, ValueError, OverflowError):
        seconds = 0.0
    if not 0.0 < seconds <= LONGEST_S:
        allowed = "must be seconds above 0, or text such as 30s, 10m or 1h30m, up to ten years"
        raise UsageError("`time`", value, allowed)
    return seconds
