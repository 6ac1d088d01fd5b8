"""The size of a pooling window, as a parameter."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.layers.params import Param
from normstats.values import whole_number

LARGEST_WINDOW = 65536


@dataclass(frozen=True, kw_only=True)
class Window(Param):
    """A window of so many dimensions: one size for all of them, or one each (``2x3``).

    ``low`` is the least that each may be, ``what`` has at most LARGEST_WINDOW elements.
    """

    dimensions: int
    low: int = 1
    what: str = "window"

    @property
    def allowed(self) -> str:
        each = "x".join("23456"[: self.dimensions])
        alternative = f" or {self.dimensions} of them such as {each}" if self.dimensions > 1 else ""
        return (
            f"must be a whole number of at least {self.low}{alternative},"
            f" with at most {LARGEST_WINDOW} elements in the {self.what}"
        )

    def convert(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, str):
            inside = value.strip()
            if inside[:1] + inside[-1:] in ("()", "[]"):
                inside = inside[1:-1]
            parts: list[Any] = re.split("[x,×]", inside)
        elif isinstance(value, (list, tuple, np.ndarray)):
            parts = list(value)
        else:
            parts = [value]
        sizes = tuple(map(whole_number, parts))
        if len(sizes) == 1:
            sizes = sizes * self.dimensions
        if (
            len(sizes) != self.dimensions
            or min(sizes) < self.low
            or math.prod(sizes) > LARGEST_WINDOW
        ):
            raise ValueError
        return sizes
