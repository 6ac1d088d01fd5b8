"""Counts, rates and durations in words that a reader takes in at a glance."""

from __future__ import annotations

import math

_SPANS = (("year", 365.25 * 86400), ("day", 86400), ("h", 3600), ("min", 60))
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def count(n: int) -> str:
    """1e8 for a power of ten times one digit, 123,456 otherwise."""
    text = str(n)
    if n >= 10_000 and not text[1:].strip("0"):
        return f"{text[0]}e{len(text) - 1}"
    return f"{n:,}"


def plural(n: int, noun: str) -> str:
    """1 thread, 2 threads."""
    return f"{count(n)} {noun}{'' if n == 1 else 's'}"


def prefixed(x: float) -> str:
    """Three significant digits with k, M, G or T: 476M."""
    if not math.isfinite(x):
        return "?"
    for scale, letter in _PREFIXES:
        if abs(x) >= 0.9995 * scale:
            return f"{x / scale:.3g}{letter}"
    return f"{x:.3g}"


def duration(seconds: float) -> str:
    """0.21 s, 2 min 5 s, 1 h 3 min, 4 days 2 h, 3.2e14 years."""
    if not math.isfinite(seconds):
        return "for ever" if seconds > 0 else "?"
    if seconds < 99.5:
        return f"{seconds:.2g} s" if seconds < 9.95 else f"{seconds:.0f} s"
    for (large, span), (small, part) in zip(_SPANS, [*_SPANS[1:], ("s", 1.0)], strict=True):
        if seconds < span:
            continue
        whole, rest = divmod(seconds, span)
        if large == "year":
            return f"{seconds / span:.2g} years"
        parts = int(rest // part)
        name = large if large != "day" or whole == 1 else "days"
        return f"{whole:.0f} {name}" + (f" {parts} {small}" if parts else "")
    raise AssertionError("a minute is shorter than 99 s")
