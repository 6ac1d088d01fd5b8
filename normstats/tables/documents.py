"""The posts that this project starts from: their table in its own layout, and their errata.

Which constant stands where is said in ``posts``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from normstats.numerals.short import short
from normstats.published import moment_map
from normstats.published.catalogue import Constant
from normstats.published.verdict import Kind
from normstats.reports import model
from normstats.reports.marks import Marked, code, escaped, link, marked, strong
from normstats.reports.model import Report, Table, Text
from normstats.result import Result
from normstats.result.quantity import from_result
from normstats.tables import posts, text
from normstats.tables.jobs import Wanted
from normstats.tables.jobs import wanted as wanted_by
from normstats.tables.rows import Row, explained, row, table

NAME = "documents"
TITLE = "The table of the posts this project starts from"


class Erratum(NamedTuple):
    """What is wrong or unclear, and in which constants."""

    text: str
    ids: tuple[str, ...] = ()


# {said} stands for the verdicts on the constants.
ERRATA = (
    Erratum("Sigmoid, backward: {said}", ("wang2-sigmoid-bwd-std",)),
    Erratum("Max pool 2×2, forward: {said}", ("wang1-maxpool2-fwd-mean", "wang1-maxpool2-fwd-std")),
    Erratum(
        "The dropout rows are of several layers. y = x·r with r ~ Bernoulli(p) has the forward std "
        "√p (text of the first post). Dividing the kept values by p, which frameworks do, has "
        "√(1/p) (table of the second). Dividing them by √p has std 1 in both directions, and this "
        "is what the author recommends. p is the probability to KEEP there, to DROP in frameworks.",
        tuple(posts.LABELS),
    ),
    Erratum(
        "The gradient of sigmoid is printed once without the factor dy, as dx = y(1 − y). With it, "
        "as in the author's own script, the mean is 0. Without it the mean is {mean:.4g} and the "
        "std {std:.3g} (exact: {mean:.12g} and {std:.12g}).",
        ("wang2-sigmoid-bwd-mean",),
    ),
    Erratum(
        "Stride, a flat 3×3 kernel with stride 2: {stride[0]} is given, and {stride[1]} after "
        "division by its ℓ2 norm. That squares the overlap counts 4, 2, 2, 1, so it holds only if "
        "all dy that reach a pixel are equal. For independent dy it is the root of the mean count, "
        "√(9/4) = 3/2, and after the division 1/2, which is 1/stride; both are [measured "
        "above](#stride).",
        posts.STRIDES,
    ),
    Erratum(
        "Stride, the figure of the repeat cell for a 6×6 kernel with stride 4: {said}",
        ("wang3-repeat-cell-w6s4",),
    ),
    Erratum(
        "Stride, the figure of the factors, whose last kernel has 1/2 for 1/4 in a corner: {said}",
        ("wang3-normalize-factors",),
    ),
    Erratum("{note}"),
)


def report(results: Mapping[Wanted, Result], rows: Sequence[Row], command: str) -> Report:
    """The page: the table, its numbers one by one, the errata, the recommendation."""
    judged = {one.constant.id: one for one in rows}
    found = errata(judged)
    where = {id: n for n, erratum in enumerate(found, 1) for id in erratum.ids}
    listed = [row(constant, results) for _, _, constant in posts.cells()]
    listed += [judged[id] for id in posts.ALSO]
    numbers = [where.get(one.constant.id) for one in listed]
    pointers = [link(str(n), "#errata-found") if n else text.NOTHING for n in numbers]
    parts: list[Table | Text] = [
        model.prose(
            "Feng Wang, *Normalizing All Layers: Back-Propagation* (2016) and its prequel give for "
            "each kind of layer the mean and the std of its output (forward) and the std of the "
            "gradient that it passes back (backward). x and dy are independent standard normals.",
            "This is their table as they print it; a number that is not right, or needs a word, "
            "points to its erratum.",
        ),
        model.table(["", *posts.COLUMNS], _layout(judged, where), "l"),
        model.prose(
            f"The same numbers one by one, and six that stand in the text only: {explained(listed)}"
        ),
        table(listed, {"erratum": pointers}),
        model.prose(
            f"Made by `{command}`; [README](README.md) has the commands for single layers, "
            "[wang](wang.md) every number of the posts with where it stands."
        ),
        model.heading("Stride", 2),
        model.prose(
            "The third post gives the std of dx of a flat 3×3 kernel with stride 2, and the same "
            "after division by the kernel's ℓ2 norm 3. Their 5/2 and 5/6 are those of one dy in "
            "the whole map. For independent dy, as everywhere else in the posts, it is 3/2 and "
            "1/2. Both, measured far from the border:"
        ),
        _stride_table(results),
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


def _stride_table(results: Mapping[Wanted, Result]) -> Table:
    headings = ("weights", "dy", "published", "exact std of dx", "measured ± SE", "layer")
    lines = []
    for constant, correlation, own in posts.strides():
        value, se, exact = from_result(results[wanted_by(own)], constant.quantity)
        weights = short(constant.params["init_std"], 3)
        numbers = text.exact_text(exact), text.measured_text(value, se)
        layer = code(text.call_text(own))
        lines.append([weights, posts.DY[correlation], constant.text, *numbers, layer])
    return model.table(headings, lines, "l")


def _layout(judged: Mapping[str, Row], where: Mapping[str, int]) -> Iterator[list[str]]:
    """The rows of the table in the posts' own layout."""
    for name in posts.ROWS:
        line: list[str] = [strong(name.replace(".", " "))]
        for column in posts.COLUMNS:
            own = [c for r, found, c in posts.cells() if (r, found) == (name, column)]
            own = [c for c in own if c == judged[c.id].constant]
            line.append(Marked("<br>".join(_printed(c, judged[c.id], where) for c in own)))
        yield line


def _printed(constant: Constant, judged: Row, where: Mapping[str, int]) -> str:
    """A number as it is printed there, of which layer, and what is to be said of it."""
    kind = judged.verdict.kind
    said = [posts.LABELS.get(constant.id, ""), "" if kind is Kind.DIGITS_AGREE else str(kind)]
    shown = [escaped(part) for part in said if part]
    if constant.id in where:
        shown.append(link(f"erratum {where[constant.id]}", "#errata-found"))
    remark = f" ({', '.join(shown)})" if shown else ""
    return marked(text.published_text(constant)) + remark


def errata(judged: Mapping[str, Row]) -> list[Erratum]:
    """What is wrong or unclear in the posts, with the numbers that show it."""
    mean, std = slope_moments("sigmoid")
    stride = [judged[id].constant.text for id in posts.STRIDES]
    note = escaped(judged["wang2-relu-bwd-std"].constant.source.note)

    def told(erratum: Erratum) -> Erratum:
        said = " And ".join(escaped(judged[id].verdict.sentence) for id in erratum.ids)
        words = erratum.text.format(said=said, mean=mean, std=std, stride=stride, note=note)
        return erratum._replace(text=words)

    return list(map(told, ERRATA))


def slope_moments(layer: str) -> tuple[float, float]:
    """Mean and std of f′(x) itself, that is of dx where the factor dy is missing."""
    f = moment_map.activation(layer)
    mean = f.expect(lambda y, slope, z: slope)
    return mean, math.sqrt(f.expect(lambda y, slope, z: (slope - mean) ** 2))


def records(results: Mapping[Wanted, Result], judged: Mapping[str, Row]) -> list[dict[str, Any]]:
    """The table for machines, one record per number; without a verdict on a number that nobody has
    published of its layer.
    """
    found = []
    for quantity, column, constant in posts.cells():
        label = posts.LABELS.get(constant.id)
        if constant.id in posts.CONVOLUTION:
            label = "inner product" if constant == judged[constant.id].constant else "convolution"
        verdict = {"verdict": str(judged[constant.id].verdict.kind), "id": constant.id}
        found.append(_record(constant, quantity, column, label, results) | verdict)
    for constant, correlation, own in posts.strides():
        label = f"{constant.id}, dy {posts.DY[correlation]}"
        record = _record(own, constant.quantity, posts.STRIDE_COLUMN, label, results)
        found.append(record | {"verdict": None, "id": None})
    return found


def _record(
    constant: Constant,
    quantity: str,
    column: str,
    label: str | None,
    results: Mapping[Wanted, Result],
) -> dict[str, Any]:
    wanted = wanted_by(constant)
    return {
        "row": quantity,
        "column": column,
        "published": constant.text,
        "label": label,
        "layer": str(wanted.call),
        **text.numbers(results[wanted], quantity),
    }
