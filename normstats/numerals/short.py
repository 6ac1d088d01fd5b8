"""Numbers as people read them, the same in every sentence and on every page."""

from __future__ import annotations

import re


def short(value: float, digits: int = 3, sign: str = "") -> str:
    """So many significant digits at most: 0.000554, 8.34e-5, 1.8e7, with the sign "+" +0.339."""
    return bare(f"{value:{sign}.{digits}g}")


def bare(text: str) -> str:
    """A number without what its power of ten need not say: 1e8 for 1e+08."""
    return re.sub(r"e(-?)\+?0*(\d)", r"e\1\2", text)
