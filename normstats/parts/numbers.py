"""Sums as JSON and back, every bit of them: floats are written in hexadecimal, as C's %a."""

from __future__ import annotations

import re
from typing import Any

from normstats.files.strict import Record
from normstats.moments.merge import PAIRS, Moments
from normstats.moments.span import Span, Sums, Tree, levels

_HEX = re.compile(r"-?(0x[01]\.[0-9a-f]{1,13}p[+-][0-9]{1,4}|inf)|nan")
_MOST = 2**200  # of units and elements: more than 2^64 blocks of the largest layers have
_TOTALS, _SCATTER = 4, len(PAIRS)
LAST_BLOCK = 2**64


def of_span(span: Span) -> dict[str, Any]:
    """Block numbers, the sums of each subtree from left to right, and those of the tail."""
    return {
        "first": span.first,
        "end": span.end,
        "trees": [_of_sums(tree.sums) for tree in span.trees],
        "tail": None if span.tail is None else _of_sums(span.tail),
    }


def to_span(record: Record, quantities: int) -> Span:
    """The span of a record; UsageError if it is none, or not one of so many quantities."""
    record.only("first", "end", "trees", "tail")
    first, end = (record.whole(name, 0, LAST_BLOCK) for name in ("first", "end"))
    tail = None
    if record.raw.get("tail", ...) is not None:
        (tail,) = _sums(record, "tail", [record.items("tail")], quantities)
    expected = levels(first, end - (tail is not None)) if first <= end else []
    given = record.items("trees")
    if end < first or len(given) != len(expected):
        raise record.error(f"blocks {first} to {end} are not {len(given)} subtrees")
    sums = _sums(record, "trees", given, quantities)
    trees = [Tree(level, each) for level, each in zip(expected, sums, strict=True)]
    every = [*(tree.sums for tree in trees), *([tail] if tail is not None else [])]
    if len({tuple(one.pivot.hex() for one in each) for each in every}) > 1:
        raise record.error("the pivots of its subtrees differ")
    return Span(first, tuple(trees), tail)


def _of_sums(sums: Sums) -> list[dict[str, Any]]:
    return [
        {
            "pivot": one.pivot.hex(),
            "units": one.units,
            "elements": one.elements,
            "total": [value.hex() for value in one.total],
            "scatter": [value.hex() for value in one.scatter],
        }
        for one in sums
    ]


def _sums(record: Record, name: str, given: list[Any], quantities: int) -> list[Sums]:
    """The sums of each subtree."""
    found = []
    for number, each in enumerate(given):
        place = f"{name}[{number}]"
        if not isinstance(each, list) or len(each) != quantities:
            raise record.error(f"{place} must be a list of {quantities} quantities")
        found.append(tuple(_moments(record.inside(one, place)) for one in each))
    return found


def _moments(record: Record) -> Moments:
    record.only("pivot", "units", "elements", "total", "scatter")
    return Moments(
        _float(record, "pivot", record.text("pivot")),
        record.whole("units", 1, _MOST),
        record.whole("elements", 1, _MOST),
        _floats(record, "total", _TOTALS),
        _floats(record, "scatter", _SCATTER),
    )


def _floats(record: Record, name: str, count: int) -> tuple[float, ...]:
    given = record.items(name)
    if len(given) != count:
        raise record.error(f"{name} must be {count} numbers")
    return tuple(_float(record, name, text) for text in given)


def _float(record: Record, name: str, text: Any) -> float:
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise record.error(f"{name} must have hexadecimal numbers such as 0x1.8p+0")
    try:
        return float.fromhex(text)
    except OverflowError:
        raise record.error(f"{name} has a number that is too large") from None
