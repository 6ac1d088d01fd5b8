"""The size of a pooling window, as a parameter."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from normstats.layers.base import Param

LARGEST_WINDOW = 65536


@dataclass(frozen=True, kw_only=True)
class Window(Param):
    """A window of so many dimensions: one size for all of them, or one each (``2x3``)."""

    dimensions: int

    @property
    def allowed(self) -> str:
        each = "x".join("23456"[: self.dimensions])
        alternative = f" or {self.dimensions} of them such as {each}" if self.dimensions > 1 else ""
        return (
            f"must be a whole number of at least 1{alternative},"
            f" with at most {LARGEST_WINDOW} elements in the window"
        )

    def convert(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, (bool, float)):
            raise ValueError
        if isinstance(value, int):
            sizes: tuple[int, ...] = (value,)
        elif isinstance(value, str):
            if not re.fullmatch(r"[(\[]?\s*\d{1,9}(\s*[x,×]\s*\d{1,9})*\s*[)\]]?", value.strip()):
                raise ValueError
            sizes = tuple(int(part) for part in re.findall(r"\d+", value))
        else:
            sizes = tuple(self.convert_one(part) for part in value)
        if len(sizes) == 1:
            sizes = sizes * self.dimensions
        if len(sizes) != self.dimensions or min(sizes) < 1 or math.prod(sizes) > LARGEST_WINDOW:
            raise ValueError
        return sizes

    @staticmethod
    def convert_one(value: Any) -> int:
        """One size out of a sequence."""
        if isinstance(value, (bool, float)):
            raise ValueError
        return int(value)
