"""The documents' final table in their own layout, and the errata found in them.

What is published there is written here as they print it; every number beside it is measured or
exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from normstats.layer.params import Params
from normstats.published import moment_map
from normstats.published.quantity import words
from normstats.reports import model
from normstats.reports.marks import Marked, code, escaped, marked, strong
from normstats.reports.model import Report, Table, Text
from normstats.result import Result
from normstats.result.quantity import from_result
from normstats.runs.call import Call
from normstats.tables import text
from normstats.tables.jobs import call_of
from normstats.tables.rows import Row

NAME = "documents"
TITLE = "The documents' final table"


@dataclass(frozen=True)
class Entry:
    """One number of a cell: as printed, of which layer, and its constant in the catalogue."""

    published: str
    layer: str
    params: Params = field(default_factory=dict)
    id: str | None = None
    label: str = ""

    @property
    def call(self) -> Call:
        """What its result is kept under."""
        return call_of(self.layer, self.params)


SHOWN = ("published", "measured", "exact", "verdict")

ROWS = ("forward.mean", "forward.std", "backward.std")
COLUMNS = (
    "conv / inner product",
    "ReLU",
    "sigmoid",
    "max pool 3×3",
    "avg pool s×s (s = 3)",
    "dropout (keep p = 1/2)",
)

_FAN_IN = {"init": "fan_in_rows"}
_FAN_OUT = {"init": "fan_out_rows"}
_TWO, _THREE = {"kernel_size": 2}, {"kernel_size": 3}
_BODY = {"p": 0.5, "rescale": "none"}
_INVERTED = {"p": 0.5, "rescale": "inverted"}
_ROWS_OF_W = "rows of W on the ℓ2 unit ball over fan-in"
_FINAL = "table, y = x·r/p"

# Row -> what stands there, column by column.
_TABLE: Mapping[str, tuple[tuple[Entry, ...], ...]] = {
    "forward.mean": (
        (Entry("0", "linear", _FAN_IN),),
        (Entry("√(1/2π)", "relu", id="wang1-relu-fwd-mean"),),
        (Entry("1/2", "sigmoid", id="wang1-sigmoid-fwd-mean"),),
        (Entry("1.4850", "max_pool2d", _THREE, "wang1-maxpool3-fwd-mean"),),
        (Entry("0", "avg_pool2d", _THREE, "wang1-avgpool-fwd-mean"),),
        (Entry("0", "dropout", _BODY, "wang1-dropout-fwd-mean"),),
    ),
    "forward.std": (
        (Entry(_ROWS_OF_W, "linear", _FAN_IN, "wang1-linear-rule"),),
        (Entry("√(1/2 − 1/2π)", "relu", id="wang1-relu-fwd-std"),),
        (Entry("0.2083", "sigmoid", id="wang1-sigmoid-fwd-std"),),
        (Entry("0.5978", "max_pool2d", _THREE, "wang1-maxpool3-fwd-std"),),
        (Entry("1/s", "avg_pool2d", _THREE, "wang1-avgpool-fwd-std"),),
        (
            Entry("√p", "dropout", _BODY, "wang1-dropout-fwd-std", "body, y = x·r"),
            Entry("√(1/p)", "dropout", _INVERTED, "wang2-table-dropout-fwd-std", _FINAL),
        ),
    ),
    "backward.std": (
        (Entry("the same over fan-out", "linear", _FAN_OUT, "wang2-linear-bwd-rule"),),
        (Entry("√(1/2)", "relu", id="wang2-relu-bwd-std"),),
        (Entry("0.2123", "sigmoid", id="wang2-sigmoid-bwd-std"),),
        (Entry("1/3", "max_pool2d", _THREE, "wang2-maxpool3-bwd-std"),),
        (Entry("1/s²", "avg_pool2d", _THREE, "wang2-avgpool3-bwd-std"),),
        (
            Entry("–", "dropout", _BODY, label="body, y = x·r"),
            Entry("√(1/p)", "dropout", _INVERTED, "wang2-table-dropout-bwd-std", _FINAL),
        ),
    ),
}
CELLS = {
    (row, column): entries
    for row, cells in _TABLE.items()
    for column, entries in zip(COLUMNS, cells, strict=True)
}

# Numbers that stand in the text of the posts only.
ALSO: tuple[tuple[str, Entry], ...] = (
    ("forward.mean", Entry("1.0291", "max_pool2d", _TWO, "wang1-maxpool2-fwd-mean")),
    ("forward.std", Entry("0.7010", "max_pool2d", _TWO, "wang1-maxpool2-fwd-std")),
    ("backward.std", Entry("1/2", "max_pool2d", _TWO, "wang2-maxpool2-bwd-std")),
    ("backward.std", Entry("1/4", "avg_pool2d", _TWO, "wang2-avgpool2-bwd-std")),
    ("backward.mean", Entry("0", "relu", id="wang2-relu-bwd-mean")),
    ("backward.mean", Entry("0", "sigmoid", id="wang2-sigmoid-bwd-mean")),
)


def calls() -> tuple[tuple[str, Params], ...]:
    """The layers of the page."""
    entries = [entry for cell in CELLS.values() for entry in cell]
    entries += [entry for _, entry in ALSO]
    return tuple((entry.layer, entry.params) for entry in entries)


def _verdict(entry: Entry, judged: Mapping[str, Row]) -> str | None:
    found = judged.get(entry.id) if entry.id is not None else None
    return None if found is None else str(found.verdict.kind)


def _shown(
    entry: Entry, quantity: str, results: Mapping[Call, Result], judged: Mapping[str, Row]
) -> tuple[str, str, str, str]:
    """Published, measured, exact and verdict, as they stand in a table."""
    value, se, exact = from_result(results[entry.call], quantity)
    label = f" ({entry.label})" if entry.label else ""
    return (
        entry.published + label,
        text.measured_text(value, se),
        text.exact_text(exact),
        _verdict(entry, judged) or text.NOTHING,
    )


def report(results: Mapping[Call, Result], rows: Sequence[Row], command: str) -> Report:
    """The page: the table, the errata, the recommendation."""
    judged = {row.constant.id: row for row in rows}
    lines = []
    for row in ROWS:
        columns = [
            [_shown(entry, row, results, judged) for entry in CELLS[row, column]]
            for column in COLUMNS
        ]
        for number, what in enumerate(SHOWN):
            heading = strong(row.replace(".", " ")) if number == 0 else ""
            shown = [Marked("<br>".join(marked(e[number]) for e in cell)) for cell in columns]
            lines.append([heading, what, *shown])
    also = [
        [code(str(entry.call)), words(row), *_shown(entry, row, results, judged)]
        for row, entry in ALSO
    ]
    found = errata(judged)
    parts: list[Table | Text] = [
        model.prose(
            "Feng Wang, *Normalizing All Layers: Back-Propagation* (2016) and its prequel. x and "
            "dy are independent standard normals. The layout is theirs; below each published entry "
            "stand what is measured here (± one standard error), what is exact, and the verdict."
        ),
        model.table(("", "", *COLUMNS), lines, left=2),
        model.prose("In the text of the posts:"),
        model.table(("layer", "quantity", *SHOWN), also, left=2),
        model.prose(
            f"Made by `{command}`; [README](README.md) has the commands for single layers, "
            "[wang](wang.md) every number of the posts with its verdict in full."
        ),
        model.heading("Errata found", 2),
        model.prose(*found, start=model.NUMBERED),
        model.heading("What they recommend", 2),
        model.prose(
            "Subtract the forward mean and divide by the *backward* std, because it is the "
            "backward std that makes gradients vanish. That leaves the forward scale uncontrolled, "
            "which they note as an open question; Unit Scaling (2023) scales the two directions "
            "separately."
        ),
    ]
    cells = records(results, rows)
    document = {"page": NAME, "title": TITLE, "cells": cells, "errata": found}
    return text.page(TITLE, parts, cells, document)


def errata(judged: Mapping[str, Row]) -> list[str]:
    """What is wrong or unclear in the documents, with the numbers that show it."""

    def sentence(id: str) -> str:
        return escaped(judged[id].verdict.sentence) if id in judged else ""

    mean, std = slope_moments("sigmoid")
    return [
        f"Sigmoid, backward: {sentence('wang2-sigmoid-bwd-std')}",
        f"Max pool 2×2, forward: {sentence('wang1-maxpool2-fwd-mean')} "
        f"And {sentence('wang1-maxpool2-fwd-std')}",
        "The two dropout rows are two layers. y = x·r with r ~ Bernoulli(p) has forward std √p "
        "(body of the first post). Dividing the kept values by p, which frameworks do, has √(1/p) "
        "(final table). Dividing them by √p has std 1 in both directions, which the author "
        "recommends. p is the probability to KEEP there, to DROP in frameworks.",
        "The gradient of sigmoid is printed once without the factor dy, as dx = y(1 − y). With it, "
        "as in its own script, the mean is 0. Without it the mean is "
        f"{mean:.4f} and the std {std:.4f} (exact: {mean:.12g} and {std:.12g}).",
        "Stride. A flat 3×3 kernel with stride 2 is given the backward std 5/2, or 5/6 after "
        "unit-ℓ2 normalisation, from the overlap counts 4 2 / 2 1. That is the root of the mean "
        "*squared* count, which holds only if all dy that reach a pixel are equal. For independent "
        "dy it is the root of the mean count, √(9/4) = 3/2, and 1/2 = 1/stride after "
        "normalisation.",
        "Stride, the figure of the repeat cell for a 6×6 kernel with stride 4: "
        f"{sentence('wang3-repeat-cell-w6s4')}",
        "Copies of the post lost the radicals and fraction bars: σ\\[dx\\] = 12 is √(1/2), 19 is "
        "1/9, 13 is 1/3, 12π is √(1/2π), and q stands for √q.",
    ]


def slope_moments(layer: str) -> tuple[float, float]:
    """Mean and std of f′(x) itself, that is of dx where the factor dy is missing."""
    slope, kinks = moment_map.slope_function(layer, {})
    mean = moment_map.expect(slope, kinks)
    return mean, math.sqrt(moment_map.expect(lambda z: (slope(z) - mean) ** 2, kinks))


def records(results: Mapping[Call, Result], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The table for machines, one record per number."""
    judged = {row.constant.id: row for row in rows}
    return [
        {
            "row": row,
            "column": column,
            "published": entry.published,
            "label": entry.label or None,
            "layer": str(entry.call),
            **text.numbers(results[entry.call], row),
            "verdict": _verdict(entry, judged),
            "id": entry.id,
        }
        for row in ROWS
        for column in COLUMNS
        for entry in CELLS[row, column]
    ]
