"""The sizes of windows and of maps, as parameters."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.layer.params import Param
from normstats.values import whole_number

LARGEST_WINDOW = 65536


def sizes_of(value: Any) -> tuple[int, ...]:
    """3, "2x3", "(2, 3)" or [2, 3] as whole numbers; ValueError or TypeError for what is none."""
    if isinstance(value, str):
        inside = value.strip()
        if inside[:1] + inside[-1:] in ("()", "[]"):
            inside = inside[1:-1]
        parts: list[Any] = re.split("[x,×]", inside)
    elif isinstance(value, (list, tuple, np.ndarray)):
        parts = list(value)
    else:
        parts = [value]
    return tuple(map(whole_number, parts))


@dataclass(frozen=True, kw_only=True)
class Window(Param):
    """A window of so many dimensions: one size for all of them, or one each (``2x3``).

    ``low`` is the least that each may be, ``what`` has at most LARGEST_WINDOW elements; without
    one, the sizes are steps, whose product is limited.
    """

    dimensions: int
    low: int = 1
    what: str = "window"

    @property
    def allowed(self) -> str:
        each = "x".join("23456"[: self.dimensions])
        alternative = f" or {self.dimensions} of them such as {each}" if self.dimensions > 1 else ""
        limit = (
            f"with at most {LARGEST_WINDOW} elements in the {self.what}"
            if self.what
            else f"of a product of at most {LARGEST_WINDOW}"
            if self.dimensions > 1
            else f"and at most {LARGEST_WINDOW}"
        )
        return f"must be a whole number of at least {self.low}{alternative}, {limit}"

    def convert(self, value: Any) -> tuple[int, ...]:
        sizes = sizes_of(value)
        if len(sizes) == 1:
            sizes = sizes * self.dimensions
        if (
            len(sizes) != self.dimensions
            or min(sizes) < self.low
            or math.prod(sizes) > LARGEST_WINDOW
        ):
            raise ValueError
        return sizes


@dataclass(frozen=True, kw_only=True)
class MapSize(Param):
    """The size of a map of one to three dimensions: ``16``, ``4x4`` or ``2x4x4``."""

    @property
    def allowed(self) -> str:
        return (
            "must be one to three whole numbers of at least 1, such as 16 or 4x4,"
            f" with at most {LARGEST_WINDOW} elements in the map"
        )

    def convert(self, value: Any) -> tuple[int, ...]:
        sizes = sizes_of(value)
        if not 1 <= len(sizes) <= 3 or min(sizes) < 1 or math.prod(sizes) > LARGEST_WINDOW:
            raise ValueError
        return sizes
