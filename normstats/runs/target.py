"""A wanted standard error, in place of a number of samples; how many there are without either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from normstats.errors import UsageError
from normstats.values import finite_number

DEFAULT_SAMPLES = 10**7  # without a target, of a layer that has no usual number of its own
TARGET_SAMPLES = 10**12  # the most with one, unless a smaller number is given


@dataclass(frozen=True)
class Target:
    """Standard errors wanted for mean and std of y and dx: absolute, or in units of the std."""

    se: float | None = None
    rel: float | None = None


def parse_target(se: Any, rel: Any) -> Target | None:
    """A target; None if neither is given."""
    target = Target(_number("`target_se`", se), _number("`target_rel`", rel))
    return None if target == Target() else target


def _number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    try:
        result = finite_number(value)
    except (TypeError, ValueError, OverflowError):
        result = 0.0
    if result <= 0.0:
        raise UsageError(name, value, "must be a finite number above 0")
    return result
