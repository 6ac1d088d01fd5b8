"""A function of one number with its derivative, as quadrature takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from normstats.values import Array

Interval = tuple[float, float]


@dataclass(frozen=True)
class Function:
    """``both`` gives f and f′ on arrays.

    ``kinks`` are the points where f or f′ is not smooth, ``zero_value`` and ``zero_slope`` the
    closed intervals on which f, f′ are 0.
    """

    both: Callable[[Array], tuple[Array, Array]]
    kinks: tuple[float, ...] = ()
    zero_value: tuple[Interval, ...] = ()
    zero_slope: tuple[Interval, ...] = ()
