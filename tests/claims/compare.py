"""Two performances of the experiments, with other random numbers and of other sizes, compared.

A number with an error is off if the difference is so large that it comes once in a million pages:
alpha over all comparisons, by Student's t with the degrees of freedom of both errors (Welch), as
few repetitions know their own error badly. Numbers that are computed are equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from normstats.check.threshold import DEFAULT_ALPHA, quantile, share

ROUNDING = 1e-6  # of a number that is 0 but for rounding, or relative


def disagreements(one: dict[str, Any], other: dict[str, Any], comparisons: int) -> Iterator[str]:
    """Where two records of one claim differ by more than their errors, or in what they measure."""
    names = [found["number"] for found in one["findings"]]
    if names != [found["number"] for found in other["findings"]]:
        yield f"{one['name']}: other numbers: {names}"
        return
    for a, b in zip(one["findings"], other["findings"], strict=True):
        same = {key: a[key] for key in ("under", "low", "high")}
        if same != {key: b[key] for key in same} or not equal(a["exact"], b["exact"]):
            yield f"{a['number']}: another interval or exact value"
        yield from _numbers(a["number"], a, b, comparisons)
    for mine, theirs in zip(one["curves"], other["curves"], strict=True):
        if mine["headings"] != theirs["headings"]:
            yield f"{mine['title']}: other columns"
        for row, their in zip(mine["rows"], theirs["rows"], strict=True):
            for heading, a, b in zip(mine["headings"], row, their, strict=True):
                where = f"{mine['title']}, {row[0]}, {heading}"
                if isinstance(a, dict):
                    yield from _numbers(where, a, b, comparisons)
                elif a != b:
                    yield f"{where}: {a} and {b}"


def _numbers(where: str, a: dict[str, Any], b: dict[str, Any], comparisons: int) -> Iterator[str]:
    if not a["se"] and not b["se"]:
        if not equal(a["value"], b["value"]):
            yield f"{where}: {a['value']} and {b['value']}"
        return
    error, freedom = both(a, b)
    limit = quantile(share(DEFAULT_ALPHA, comparisons), freedom)
    z = (a["value"] - b["value"]) / error
    if not abs(z) <= limit:
        numbers = f"{a['value']} and {b['value']}"
        yield f"{where}: {numbers} differ by {z:.1f} errors, {limit:.1f} allowed"


def both(a: dict[str, Any], b: dict[str, Any]) -> tuple[float, float]:
    """The error of a difference, and its degrees of freedom."""
    squares = [one["se"] ** 2 for one in (a, b)]
    terms = [
        square**2 / max(one["units"] - 1, 1) for square, one in zip(squares, (a, b), strict=True)
    ]
    return math.sqrt(sum(squares)), sum(squares) ** 2 / sum(terms)


def equal(a: float | None, b: float | None) -> bool:
    """But for rounding; what is not there is equal to nothing else."""
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=ROUNDING, abs_tol=ROUNDING)


def count(records: list[dict[str, Any]]) -> int:
    """How many numbers there are to compare."""
    findings = sum(len(one["findings"]) for one in records)
    cells = [cell for one in records for c in one["curves"] for row in c["rows"] for cell in row]
    return findings + sum(isinstance(cell, dict) for cell in cells)
