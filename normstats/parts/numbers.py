"""A range of blocks as JSON and back, every bit of it; the kind of run says how its sums look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from normstats.files.strict import Record
from normstats.moments.span import Span, Sums, Tree, levels

LAST_BLOCK = 2**64

# The sums of each subtree, from what a record has under a name.
Unpack = Callable[[Record, str, list[Any]], list[Sums]]


def of_span(span: Span, pack: Callable[[Sums], Any]) -> dict[str, Any]:
    """Block numbers, the sums of each subtree from left to right, and those of the tail."""
    return {
        "first": span.first,
        "end": span.end,
        "trees": [pack(tree.sums) for tree in span.trees],
        "tail": None if span.tail is None else pack(span.tail),
    }


def to_span(record: Record, unpack: Unpack) -> Span:
    """The span of a record; UsageError if it is none, or its sums are none of its run."""
    record.only("first", "end", "trees", "tail")
    first, end = (record.whole(name, 0, LAST_BLOCK) for name in ("first", "end"))
    last = record.raw.get("tail", ...)
    tail = [] if last is None else [record.items("tail")]
    expected = levels(first, end - len(tail)) if first <= end else []
    given = record.items("trees")
    if end < first or len(given) != len(expected):
        raise record.error(f"blocks {first} to {end} are not {len(given)} subtrees")
    sums = unpack(record, "trees", [*given, *tail])
    trees = [Tree(level, each) for level, each in zip(expected, sums, strict=False)]
    return Span(first, tuple(trees), sums[-1] if tail else None)
