"""The posts that this project starts from: their table in its own layout, and their errata.

All that is printed there comes from the catalogue; which constant stands where is said here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from normstats.numerals.short import short
from normstats.published import moment_map
from normstats.published.catalogue import Constant, catalogue
from normstats.published.verdict import Kind
from normstats.reports import model
from normstats.reports.marks import Marked, escaped, link, marked, strong
from normstats.reports.model import Report, Table, Text
from normstats.result import Result
from normstats.runs.call import Call
from normstats.tables import text
from normstats.tables.jobs import call_of
from normstats.tables.rows import Row, explained, table

NAME = "documents"
TITLE = "The table of the posts this project starts from"

ROWS = ("forward.mean", "forward.std", "backward.std")

# Column -> the constants in it; each stands in the row of its quantity.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "conv / inner product": ("wang2-linear-fwd-mean", "wang1-linear-rule", "wang2-linear-bwd-rule"),
    "ReLU": ("wang1-relu-fwd-mean", "wang1-relu-fwd-std", "wang2-relu-bwd-std"),
    "sigmoid": ("wang1-sigmoid-fwd-mean", "wang1-sigmoid-fwd-std", "wang2-sigmoid-bwd-std"),
    "max pool 3×3": ("wang1-maxpool3-fwd-mean", "wang1-maxpool3-fwd-std", "wang2-maxpool3-bwd-std"),
    "avg pool s×s (s = 3)": (
        "wang1-avgpool-fwd-mean",
        "wang1-avgpool-fwd-std",
        "wang2-avgpool3-bwd-std",
    ),
    "dropout (keep p = 1/2)": (
        "wang1-dropout-fwd-mean",
        "wang1-dropout-fwd-std",
        "wang2-table-dropout-fwd-std",
        "wang2-dropout-recommended-fwd-std",
        "wang2-table-dropout-bwd-std",
        "wang2-dropout-recommended-bwd-std",
    ),
}
# Where a cell has several layers, which one a number is of.
LABELS = {
    "wang1-dropout-fwd-std": "y = x·r, text",
    "wang2-table-dropout-fwd-std": "y = x·r/p, table",
    "wang2-table-dropout-bwd-std": "y = x·r/p, table",
    "wang2-dropout-recommended-fwd-std": "y = x·r/√p, recommended",
    "wang2-dropout-recommended-bwd-std": "y = x·r/√p, recommended",
}
# Numbers that stand in the text of the posts only.
ALSO = (
    "wang1-maxpool2-fwd-mean",
    "wang1-maxpool2-fwd-std",
    "wang2-maxpool2-bwd-std",
    "wang2-avgpool2-bwd-std",
    "wang2-relu-bwd-mean",
    "wang2-sigmoid-bwd-mean",
)


@dataclass(frozen=True)
class Erratum:
    """What is wrong or unclear, and in which constants."""

    text: str
    ids: Sequence[str] = ()


def cells() -> Iterator[tuple[str, str, Constant]]:
    """Row, column and constant of every number of the table."""
    found = {constant.id: constant for constant in catalogue()}
    for row in ROWS:
        for column, ids in COLUMNS.items():
            yield from ((row, column, found[i]) for i in ids if found[i].quantity == row)


def calls() -> tuple[Call, ...]:
    """The layers of the page."""
    ids = {*ALSO, *(id for column in COLUMNS.values() for id in column)}
    return tuple(call_of(c) for c in catalogue() if c.id in ids)


def report(results: Mapping[Call, Result], rows: Sequence[Row], command: str) -> Report:
    """The page: the table, its numbers one by one, the errata, the recommendation."""
    judged = {row.constant.id: row for row in rows}
    found = errata(judged)
    where = {id: n for n, erratum in enumerate(found, 1) for id in erratum.ids}
    listed = [judged[constant.id] for _, _, constant in cells()] + [judged[id] for id in ALSO]
    pointers = [_pointer(where.get(row.constant.id)) or text.NOTHING for row in listed]
    parts: list[Table | Text] = [
        model.prose(
            "Feng Wang, *Normalizing All Layers: Back-Propagation* (2016) and its prequel give for "
            "each kind of layer the mean and the std of its output (forward) and the std of the "
            "gradient that it passes back (backward). x and dy are independent standard normals.",
            "This is their table as they print it; a number that is not right, or needs a word, "
            "points to its erratum.",
        ),
        model.table(["", *COLUMNS], _layout(judged, where), "l" * (1 + len(COLUMNS))),
        model.prose(
            f"The same numbers one by one, and six that stand in the text only: {explained(listed)}"
        ),
        table(listed, {"erratum": pointers}),
        model.prose(
            f"Made by `{command}`; [README](README.md) has the commands for single layers, "
            "[wang](wang.md) every number of the posts with where it stands."
        ),
        model.heading("Errata found", 2),
        model.prose(*(erratum.text for erratum in found), start=model.NUMBERED),
        model.heading("What they recommend", 2),
        model.prose(
            "Subtract the forward mean and divide by the *backward* std, because it is the "
            "backward std that makes gradients vanish. That leaves the forward scale uncontrolled, "
            "which they note as an open question; Unit Scaling (2023) scales the two directions "
            "separately."
        ),
    ]
    lines = records(results, judged)
    document = {
        "page": NAME,
        "title": TITLE,
        "cells": lines,
        "errata": [erratum.text for erratum in found],
    }
    return text.page(TITLE, parts, lines, document)


def _pointer(number: int | None) -> str:
    return "" if number is None else link(str(number), "#errata-found")


def _layout(judged: Mapping[str, Row], where: Mapping[str, int]) -> Iterator[list[str]]:
    """The rows of the table in the posts' own layout."""
    for row in ROWS:
        line: list[str] = [strong(row.replace(".", " "))]
        for column in COLUMNS:
            own = [c for r, found, c in cells() if (r, found) == (row, column)]
            line.append(Marked("<br>".join(_printed(c, judged[c.id], where) for c in own)))
        yield line


def _printed(constant: Constant, row: Row, where: Mapping[str, int]) -> str:
    """A number as it is printed there, of which layer, and what is to be said of it."""
    parts = [LABELS.get(constant.id, "")]
    if row.verdict.kind is not Kind.DIGITS_AGREE:
        parts.append(str(row.verdict.kind))
    shown = [escaped(part) for part in parts if part]
    if constant.id in where:
        shown.append(link(f"erratum {where[constant.id]}", "#errata-found"))
    remark = f" ({', '.join(shown)})" if shown else ""
    return marked(text.published_text(constant)) + remark


def errata(judged: Mapping[str, Row]) -> list[Erratum]:
    """What is wrong or unclear in the posts, with the numbers that show it."""

    def said(*ids: str) -> str:
        return " And ".join(escaped(judged[id].verdict.sentence) for id in ids)

    def erratum(start: str, *ids: str, end: str = "") -> Erratum:
        return Erratum(f"{start} {said(*ids)} {end}".strip(), ids)

    mean, std = slope_moments("sigmoid")
    maxima = "wang1-maxpool2-fwd-mean", "wang1-maxpool2-fwd-std"
    strides = "wang3-conv-stride-bwd-std", "wang3-conv-stride-factor"
    note = judged["wang2-relu-bwd-std"].constant.source.note
    return [
        erratum("Sigmoid, backward:", "wang2-sigmoid-bwd-std"),
        erratum("Max pool 2×2, forward:", *maxima),
        Erratum(
            "The dropout rows are of several layers. y = x·r with r ~ Bernoulli(p) has the forward "
            "std √p (text of the first post). Dividing the kept values by p, which frameworks do, "
            "has √(1/p) (table of the second). Dividing them by √p has std 1 in both directions, "
            "and this is what the author recommends. p is the probability to KEEP there, to DROP "
            "in frameworks.",
            tuple(LABELS),
        ),
        Erratum(
            "The gradient of sigmoid is printed once without the factor dy, as dx = y(1 − y). With "
            "it, as in the author's own script, the mean is 0. Without it the mean is "
            f"{short(mean, 4)} and the std {short(std)} (exact: {short(mean, 12)} and "
            f"{short(std, 12)}).",
            ("wang2-sigmoid-bwd-mean",),
        ),
        erratum(
            "Stride, a flat 3×3 kernel with stride 2: {} is given, and {} after division by its ℓ2 "
            "norm.".format(*(judged[id].constant.text for id in strides)),
            *strides,
            end="For independent dy it is the root of the mean count, √(9/4) = 3/2, and after the "
            "division 1/2, which is 1/stride.",
        ),
        erratum(
            "Stride, the figure of the repeat cell for a 6×6 kernel with stride 4:",
            "wang3-repeat-cell-w6s4",
        ),
        erratum(
            "Stride, the figure of the factors, whose last kernel has 1/2 for 1/4 in a corner:",
            "wang3-normalize-factors",
        ),
        Erratum(escaped(note)),
    ]


def slope_moments(layer: str) -> tuple[float, float]:
    """Mean and std of f′(x) itself, that is of dx where the factor dy is missing."""
    slope, kinks = moment_map.slope_function(layer, {})
    mean = moment_map.expect(slope, kinks)
    return mean, math.sqrt(moment_map.expect(lambda z: (slope(z) - mean) ** 2, kinks))


def records(results: Mapping[Call, Result], judged: Mapping[str, Row]) -> list[dict[str, Any]]:
    """The table for machines, one record per number."""
    found = []
    for row, column, constant in cells():
        call = call_of(constant)
        found.append(
            {
                "row": row,
                "column": column,
                "published": constant.text,
                "label": LABELS.get(constant.id),
                "layer": str(call),
                **text.numbers(results[call], row),
                "verdict": str(judged[constant.id].verdict.kind),
                "id": constant.id,
            }
        )
    return found
