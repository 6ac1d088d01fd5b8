"""Sums of a layer as JSON and back: floats are written in hexadecimal, as C's %a."""

from __future__ import annotations

import re
from typing import Any

from normstats.files.strict import Record
from normstats.moments.merge import PAIRS, Moments

_HEX = re.compile(r"-?(0x[01]\.[0-9a-f]{1,13}p[+-][0-9]{1,4}|inf)|nan")
_MOST = 2**200  # of units and elements: more than 2^64 blocks of the largest layers have
_TOTALS, _SCATTER = 4, len(PAIRS)


def pack(sums: tuple[Moments, ...]) -> list[dict[str, Any]]:
    """An object for each quantity."""
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


def unpack(
    record: Record, name: str, given: list[Any], quantities: int
) -> list[tuple[Moments, ...]]:
    """The sums of each subtree; UsageError if they are not those of one run of so many."""
    found = []
    for number, each in enumerate(given):
        place = f"{name}[{number}]"
        if not isinstance(each, list) or len(each) != quantities:
            raise record.error(f"{place} must be a list of {quantities} quantities")
        found.append(tuple(_moments(record.inside(one, place)) for one in each))
    if len({tuple(one.pivot.hex() for one in each) for each in found}) > 1:
        raise record.error("the pivots of its subtrees differ")
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
