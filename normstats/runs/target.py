"""A wanted standard error, in place of a number of samples; how many there are without either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from normstats.errors import UsageError
from normstats.runs.counts import parse_samples
from normstats.values import finite_number

DEFAULT_SAMPLES = 10**7
TARGET_SAMPLES = 10**12  # the most, unless a smaller number is given


@dataclass(frozen=True)
class Target:
    """Standard errors wanted for mean and std of y and dx: absolute, or in units of the std."""

    se: float | None = None
    rel: float | None = None


def parse_target(se: Any, rel: Any) -> Target | None:
    """A target; None if neither is given."""
    target = Target(_number("`target_se`", se), _number("`target_rel`", rel))
    return None if target == Target() else target


def samples_for(samples: Any, target: Target | None, usual: int = DEFAULT_SAMPLES) -> int:
    """The number of samples that is given; None is the usual one, or with a target the most."""
    if samples is None:
        return usual if target is None else TARGET_SAMPLES
    return parse_samples(samples)


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
