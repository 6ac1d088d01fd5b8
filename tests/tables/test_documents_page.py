"""The page of the posts: its tables and its errata."""

from __future__ import annotations

import json
import re

import pytest

from normstats.tables import documents, posts


def test_the_documents_table_has_the_documents_layout(files: dict[str, str]) -> None:
    page = files["documents.md"]
    heading = next(line for line in page.splitlines() if line.startswith("|"))
    titles = [cell.strip() for cell in heading.strip("|").split("|")]
    assert titles == ["", *posts.COLUMNS]
    rows = [line for line in page.splitlines() if line.startswith("| **")]
    assert [row.split("**")[1] for row in rows] == ["forward mean", "forward std", "backward std"]
    by_row = {row.split("**")[1]: row for row in rows}
    for row, printed in {
        "forward mean": ("0", "√(1/2π)", "1/2", "1.4850"),
        "forward std": (
            "ℓ2 fan-in",
            "√(1/2 − 1/2π)",
            "0.2083",
            "0.5978",
            "1/s",
            "√p (",
            "√(1/p) (",
        ),
        "backward std": ("ℓ2 fan-out", "√(1/2)", "0.2123 (within its noise", "1/3", "1/s²"),
    }.items():
        for published in printed:
            assert f" {published}" in by_row[row].replace("<br>", " ")
    for exact in ("0.398942280401", "0.211745", "1.48501316", "0.5977903", "0.111111111111"):
        assert exact in page


def test_the_errata_name_their_numbers(files: dict[str, str]) -> None:
    errata = "\n".join(json.loads(files["documents.json"])["errata"])
    for number in ("0.2123", "0.2117457", "1.0291", "1.0293754", "0.7010", "0.7012241"):
        assert number in errata
    for number in ("0.2066", "0.0463", "5/2", "3/2", "√p", "√(1/p)"):
        assert number in errata
    assert "within its noise" in errata


def test_the_missing_dy() -> None:
    """∫ y(1 − y) φ = 0.2066; its std follows from the exact backward std 0.21174570."""
    mean, std = documents.slope_moments("sigmoid")
    assert mean == pytest.approx(0.206620964, abs=1e-9)
    assert mean**2 + std**2 == pytest.approx(0.211745699721**2, rel=1e-9)


def test_every_cell_of_the_documents_has_its_constants() -> None:
    """All that a column names stands in a row, and no cell is empty."""
    found = list(posts.cells())
    assert {(r, c) for r, c, _ in found} == {(r, c) for r in posts.ROWS for c in posts.COLUMNS}
    maps = [constant.id for _, _, constant in found if constant.layer == "conv2d"]
    assert maps == list(posts.CONVOLUTION)
    ids = [constant.id for _, _, constant in found if constant.layer != "conv2d"]
    assert sorted(ids) == sorted(id for column in posts.COLUMNS.values() for id in column)
    assert set(posts.LABELS) <= set(ids)
    assert not set(ids) & set(posts.ALSO)


def test_cells_point_to_their_erratum(files: dict[str, str]) -> None:
    """Every number that is off, or that an erratum is about, in both tables of the page."""
    errata = json.loads(files["documents.json"])["errata"]
    lines = [line for line in files["documents.md"].splitlines() if line.startswith("|")]
    for published, number, words in (
        ("0.2123", 1, "published 0.2123"),
        ("√p", 3, "√p"),
        ("1.0291", 2, "published 1.0291"),
        ("0.7010", 2, "published 0.7010"),
    ):
        own = [line for line in lines if f"| {published} " in line]
        assert own
        for line in own:
            assert re.search(rf"\[(erratum )?{number}\]\(#errata-found\)", line), line
        assert words in errata[number - 1]
    last = errata[-1]
    for lost in ("12 stands for √(1/2) at ReLU and for 1/2 at pooling", "14 for 1/4", "19 for 1/9"):
        assert lost in last
    judged = json.loads(files["wang.json"])["constants"]
    wrong = {record["id"]: record["sentence"] for record in judged if record["verdict"] == "error"}
    assert len(wrong) == 4
    for id, sentence in wrong.items():
        told = sentence.replace("~", r"\~")
        if id in posts.STRIDES:
            told = "5/2 is given, and 5/6 after"
        assert any(told in erratum for erratum in errata), sentence


def test_the_stride_table_has_both_kinds_of_dy(files: dict[str, str]) -> None:
    """5/2 and 5/6 for one dy in the whole map, 3/2 and 1/2 for independent dy."""
    page = files["documents.md"].split("## Stride")[1].split("## ")[0]
    lines = [line.split(" | ") for line in page.splitlines() if "`conv2d(" in line]
    found = [(line[1], line[2], line[3]) for line in lines]
    assert found == [
        ("independent", "5/2", "1.5"),
        ("all equal", "5/2", "2.5"),
        ("independent", "5/6", "0.5"),
        ("all equal", "5/6", "0.833333333333"),
    ]
    assert all("±" in line[4] for line in lines)
