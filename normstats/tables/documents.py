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
from normstats.result import Result
from normstats.result.quantity import from_result
from normstats.runs.call import Call
from normstats.tables import text
from normstats.tables.jobs import call_of
from normstats.tables.rows import Row
from normstats.tables.sources import SCHEMA

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
_THREE = {"kernel_size": 3}
_BODY = {"p": 0.5, "rescale": "none"}
_TABLE = {"p": 0.5, "rescale": "inverted"}

# (row, column) -> what stands there.
CELLS: Mapping[tuple[str, str], tuple[Entry, ...]] = {
    ("forward.mean", COLUMNS[0]): (Entry("0", "linear", _FAN_IN),),
    ("forward.mean", COLUMNS[1]): (Entry("√(1/2π)", "relu", id="wang1-relu-fwd-mean"),),
    ("forward.mean", COLUMNS[2]): (Entry("1/2", "sigmoid", id="wang1-sigmoid-fwd-mean"),),
    ("forward.mean", COLUMNS[3]): (
        Entry("1.4850", "max_pool2d", _THREE, id="wang1-maxpool3-fwd-mean"),
    ),
    ("forward.mean", COLUMNS[4]): (Entry("0", "avg_pool2d", _THREE, id="wang1-avgpool-fwd-mean"),),
    ("forward.mean", COLUMNS[5]): (Entry("0", "dropout", _BODY, id="wang1-dropout-fwd-mean"),),
    ("forward.std", COLUMNS[0]): (
        Entry("rows of W on the ℓ2 unit ball over fan-in", "linear", _FAN_IN, "wang1-linear-rule"),
    ),
    ("forward.std", COLUMNS[1]): (Entry("√(1/2 − 1/2π)", "relu", id="wang1-relu-fwd-std"),),
    ("forward.std", COLUMNS[2]): (Entry("0.2083", "sigmoid", id="wang1-sigmoid-fwd-std"),),
    ("forward.std", COLUMNS[3]): (
        Entry("0.5978", "max_pool2d", _THREE, id="wang1-maxpool3-fwd-std"),
    ),
    ("forward.std", COLUMNS[4]): (Entry("1/s", "avg_pool2d", _THREE, id="wang1-avgpool-fwd-std"),),
    ("forward.std", COLUMNS[5]): (
        Entry("√p", "dropout", _BODY, "wang1-dropout-fwd-std", "body, y = x·r"),
        Entry("√(1/p)", "dropout", _TABLE, "wang2-table-dropout-fwd-std", "table, y = x·r/p"),
    ),
    ("backward.std", COLUMNS[0]): (
        Entry("the same over fan-out", "linear", _FAN_OUT, "wang2-linear-bwd-rule"),
    ),
    ("backward.std", COLUMNS[1]): (Entry("√(1/2)", "relu", id="wang2-relu-bwd-std"),),
    ("backward.std", COLUMNS[2]): (Entry("0.2123", "sigmoid", id="wang2-sigmoid-bwd-std"),),
    ("backward.std", COLUMNS[3]): (Entry("1/3", "max_pool2d", _THREE, "wang2-maxpool3-bwd-std"),),
    ("backward.std", COLUMNS[4]): (Entry("1/s²", "avg_pool2d", _THREE, "wang2-avgpool3-bwd-std"),),
    ("backward.std", COLUMNS[5]): (
        Entry("–", "dropout", _BODY, label="body, y = x·r"),
        Entry("√(1/p)", "dropout", _TABLE, "wang2-table-dropout-bwd-std", "table, y = x·r/p"),
    ),
}


# Numbers that stand in the text of the posts only.
_TWO = {"kernel_size": 2}
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


def _numbers(entry: Entry, quantity: str, results: Mapping[Call, Result]) -> tuple[Any, ...]:
    return from_result(results[call_of(entry.layer, entry.params)], quantity)


def _verdict(entry: Entry, judged: Mapping[str, Row]) -> str | None:
    found = judged.get(entry.id) if entry.id is not None else None
    return None if found is None else str(found.verdict.kind)


def _shown(
    entry: Entry, quantity: str, results: Mapping[Call, Result], judged: Mapping[str, Row]
) -> tuple[str, str, str, str]:
    """Published, measured, exact and verdict, as they stand in a table."""
    value, se, exact = _numbers(entry, quantity, results)
    label = f" ({entry.label})" if entry.label else ""
    return (
        text.escaped(entry.published + label),
        text.measured_text(value, se),
        text.exact_text(exact),
        _verdict(entry, judged) or text.NOTHING,
    )


def markdown(results: Mapping[Call, Result], rows: Sequence[Row], command: str) -> str:
    """The page for people: the table, the errata, the recommendation."""
    judged = {row.constant.id: row for row in rows}
    lines = []
    for row in ROWS:
        columns = [
            [_shown(entry, row, results, judged) for entry in CELLS[row, column]]
            for column in COLUMNS
        ]
        for number, what in enumerate(SHOWN):
            heading = f"**{row.replace('.', ' ')}**" if number == 0 else ""
            cells = ["<br>".join(entry[number] for entry in entries) for entries in columns]
            lines.append([heading, what, *cells])
    also = [
        [
            f"`{call_of(entry.layer, entry.params)}`",
            words(row),
            *_shown(entry, row, results, judged),
        ]
        for row, entry in ALSO
    ]
    out = [
        f"# {TITLE}",
        "",
        "Feng Wang, *Normalizing All Layers: Back-Propagation* (2016) and its prequel. "
        "x and dy are independent standard normals. The layout is theirs; below each published "
        "entry stand what is measured here (± one standard error), what is exact, and the verdict.",
        "",
        *text.table(("", "", *COLUMNS), lines, left=2),
        "",
        "In the text of the posts:",
        "",
        *text.table(("layer", "quantity", *SHOWN), also, left=2),
        "",
        f"Made by `{command}`; [README](README.md) has the commands for single layers, "
        "[wang](wang.md) every number of the posts with its verdict in full.",
        "",
        "## Errata found",
        "",
        *(f"{number}. {erratum}" for number, erratum in enumerate(errata(judged), 1)),
        "",
        "## What they recommend",
        "",
        "Subtract the forward mean and divide by the *backward* std, because it is the backward "
        "std that makes gradients vanish. That leaves the forward scale uncontrolled, which they "
        "note as an open question; Unit Scaling (2023) scales the two directions separately.",
    ]
    return "\n".join(out) + "\n"


def errata(judged: Mapping[str, Row]) -> list[str]:
    """What is wrong or unclear in the documents, with the numbers that show it."""

    def sentence(id: str) -> str:
        return text.escaped(judged[id].verdict.sentence) if id in judged else ""

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
    found = []
    for row in ROWS:
        for column in COLUMNS:
            for entry in CELLS[row, column]:
                value, se, exact = _numbers(entry, row, results)
                found.append(
                    {
                        "row": row,
                        "column": column,
                        "published": entry.published,
                        "label": entry.label or None,
                        "layer": str(call_of(entry.layer, entry.params)),
                        "words": words(row),
                        "measured": text.rounded(value),
                        "measured_se": text.rounded(se, 4),
                        "measured_samples": results[call_of(entry.layer, entry.params)].samples,
                        "exact": text.tidy(exact),
                        "verdict": _verdict(entry, judged),
                        "id": entry.id,
                    }
                )
    return found


def csv(results: Mapping[Call, Result], rows: Sequence[Row]) -> str:
    """The table as CSV."""
    return text.csv_text(records(results, rows))


def json(results: Mapping[Call, Result], rows: Sequence[Row]) -> str:
    """The table as JSON, with the errata."""
    judged = {row.constant.id: row for row in rows}
    return text.json_text(
        {
            "schema": SCHEMA,
            "page": NAME,
            "title": TITLE,
            "cells": records(results, rows),
            "errata": errata(judged),
        }
    )
