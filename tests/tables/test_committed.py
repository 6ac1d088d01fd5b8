"""The committed tables say what the package says today: nothing is sampled.

What is published stands twice, in the data files of the package and in ``tables/``. A digit or a
number of samples that is changed in one of them, in the text as well, shows here. So does a closed
form that is off: the tables keep twelve digits of every exact value.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from normstats import registry
from normstats.layer.elementwise import Elementwise
from normstats.published.catalogue import Constant, catalogue, pages
from normstats.published.evaluate import measurable, truth
from normstats.published.verdict import judge
from normstats.reports.formats.csv import render
from normstats.reports.model import Report
from normstats.result.quantity import exact_quantity
from normstats.runs.call import Call
from normstats.tables import posts
from normstats.tables.jobs import wanted
from normstats.tables.text import data
from tests.engine.jobs import parse

FOLDER = Path(__file__).parent.parent.parent / "tables"
BY_ID = {constant.id: constant for constant in catalogue()}


def committed(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{page}.json").read_text("utf-8"))
    return found


CONSTANTS = [record for page in pages() for record in committed(page.name)["constants"]]


def published(constant: Constant) -> dict[str, Any]:
    """All that the tables repeat of a constant."""
    matrix = constant.matrix
    return {
        "id": constant.id,
        "source": constant.source.key,
        "seen_at": constant.seen_at,
        "layer": constant.layer,
        "params": dict(constant.params),
        "reason": constant.reason or None,
        "quantity": constant.quantity,
        "scale": constant.scale,
        "power": constant.power,
        "kind": constant.kind,
        "text": constant.text,
        "published": constant.value,
        "matrix": None if matrix is None else [list(row) for row in matrix],
        "digits": constant.digits,
        "published_samples": constant.samples,
        "published_plus_minus": constant.plus_minus,
        "accuracy": constant.accuracy,
        "recipe": None if constant.recipe is None else dict(constant.recipe),
        "row_names": list(constant.row_names) or None,
        "column_names": list(constant.column_names) or None,
        "waits_for": constant.waits_for,
        "formula": constant.formula,
        "note": constant.note or None,
    }


def close(value: float | None) -> Any:
    """Twelve digits of a number; a value below 1e-12 stands as 0."""
    return None if value is None else pytest.approx(value, rel=6e-12, abs=1e-12)


def test_all_constants_stand_there_in_their_order() -> None:
    assert [record["id"] for record in CONSTANTS] == [constant.id for constant in catalogue()]


@pytest.mark.parametrize("record", CONSTANTS, ids=[record["id"] for record in CONSTANTS])
def test_a_constant_is_as_published_and_its_exact_value_that_of_today(
    record: dict[str, Any],
) -> None:
    constant = BY_ID[record["id"]]
    wanted = published(constant)
    assert {name: record[name] for name in wanted} == wanted
    exact = truth(constant).exact
    assert record["exact"] == close(exact)
    layer = registry.find(constant.layer)
    if not measurable(constant) or isinstance(layer, Elementwise):  # its noise is known, too
        verdict = judge(constant, truth(constant))
        assert record["verdict"] == str(verdict.kind)
        assert record["sentence"] == verdict.sentence


def test_activations_have_the_exact_values_of_today() -> None:
    records = committed("activations")["activations"]
    assert len(records) > 250
    for record in records:
        layer, params = parse(record["layer"])
        known = registry.exact_values(Call.of(layer.name, params)).statistics
        exact = exact_quantity(known, record["quantity"])
        assert record["exact"] == close(exact), record


def test_the_documents_table_has_the_exact_values_of_today() -> None:
    records = committed("documents")["cells"]
    strides = [(c.quantity, posts.STRIDE_COLUMN, c) for _, _, c in posts.strides()]
    published = len(records) - len(strides)
    cells = [*posts.cells(), *strides]
    for number, (record, (row, column, constant)) in enumerate(zip(records, cells, strict=True)):
        call = wanted(constant).call
        assert record["row"] == row == constant.quantity
        assert record["column"] == column
        assert record["layer"] == str(call)
        assert record["published"] == constant.text
        assert record["id"] == (constant.id if number < published else None)
        known = registry.exact_values(call).statistics
        assert record["exact"] == close(exact_quantity(known, row)), record
    assert [record["exact"] for record in records[published:]] == [1.5, 2.5, 0.5, close(5 / 6)]


@pytest.mark.parametrize("page", ["documents", "activations", *(page.name for page in pages())])
def test_the_csv_beside_a_page_says_the_same(page: str) -> None:
    document = committed(page)
    (records,) = (document[key] for key in ("cells", "activations", "constants") if key in document)
    text = (FOLDER / f"{page}.csv").read_text("utf-8")
    assert text == render(Report(data=data(records)))
    assert len(list(csv.reader(io.StringIO(text)))) == len(records) + 1


# What stands at the head of a column, as it is called here: who changes a cell changes this.
WINDOW = "kernel_size=3x3"
MAPS = (
    "conv2d(in_channels=16, out_channels=32, kernel_size=3x3, stride=1x1, padding=0x0, "
    "dilation=1x1, groups=1, size=8x8, init={}, init_std=1.0, where=interior, dy_correlation=none)"
)
SHAPE = "in_features=512, out_features=256"
BODY, INVERTED, ROOT = (f"dropout(p=0.5, rescale={how})" for how in ("none", "inverted", "sqrt"))
LAYERS: dict[str, list[str]] = {
    "conv / inner product": [
        line
        for init in ("fan_in_rows", "fan_in_rows", "fan_out_rows")
        for line in (f"linear({SHAPE}, init={init}, init_std=1.0)", MAPS.format(init))
    ],
    "ReLU": ["relu"] * 3,
    "sigmoid": ["sigmoid"] * 3,
    "max pool 3×3": [f"max_pool2d({WINDOW})"] * 3,
    "avg pool s×s (s = 3)": [f"avg_pool2d({WINDOW})"] * 3,
    "dropout (keep p = 1/2)": [BODY, BODY, INVERTED, ROOT, INVERTED, ROOT],
}


def test_every_cell_of_the_documents_measures_what_its_column_says() -> None:
    assert list(LAYERS) == list(posts.COLUMNS)
    found: dict[str, list[str]] = {name: [] for name in LAYERS}
    for _, column, constant in posts.cells():
        found[column].append(str(wanted(constant).call))
    assert found == LAYERS
