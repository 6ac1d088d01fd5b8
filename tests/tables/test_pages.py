"""What people read on the pages of the tables."""

from __future__ import annotations

import itertools
import json
import math
import re

import pytest

from normstats.published.catalogue import catalogue
from normstats.tables import index


def test_markdown_tables_are_whole(files: dict[str, str]) -> None:
    """Every line of a table has the cells of its heading: no published text breaks a table."""
    for name, content in files.items():
        if not name.endswith(".md"):
            continue
        width = 0
        for text in content.splitlines():
            if not text.startswith("|"):
                width = 0
                continue
            cells = len(re.findall(r"(?<!\\)\|", text)) - 1
            width = width or cells
            assert cells == width, (name, text)


def test_overlap_counts_are_counted_by_a_convolution(files: dict[str, str]) -> None:
    """Of the figures, of which two have a misprint; the counts are those of the closed form."""
    records = [r for r in json.loads(files["wang.json"])["constants"] if r["matrix"]]
    assert len(records) == 7
    for record in records:
        assert record["counted_matrix"] == record["exact_matrix"], record["id"]
    assert sum(r["counted_matrix"] != r["matrix"] for r in records) == 2
    assert files["wang.md"].count("Counted again with conv2d") == 7


def test_lines_of_pages_can_be_read(files: dict[str, str]) -> None:
    """What is long is a list; a table's line may be as long as its cells need."""
    for name, content in files.items():
        if name.endswith(".md"):
            assert max(map(len, content.splitlines())) < 600, name
            assert "waits for" not in content, name


def test_the_index_says_why_a_number_is_wrong(files: dict[str, str]) -> None:
    _, error, *_ = files["index.md"].split("\n### ")
    assert "see its note" not in error
    reasons = [c.reason for c in catalogue() if c.reason]
    assert len(reasons) == 5
    for reason in reasons:
        assert f"| {reason} |" in error


def test_every_table_follows_a_sentence(files: dict[str, str]) -> None:
    for name, content in files.items():
        blocks = content.split("\n\n")
        for before, block in itertools.pairwise(blocks):
            if name.endswith(".md") and block.startswith("|"):
                assert re.search(r"[.:]$", before), (name, before)
                assert not before.startswith("#"), (name, before)
                if " exact | " in block.splitlines()[0] and name != "index.md":
                    assert "*exact* the true value" in before, (name, before)
                    assert ("*their n*" in before) == (" their n " in block), (name, before)


def test_powers_of_ten_have_one_spelling(files: dict[str, str]) -> None:
    """1.8e7 and 8e-5: no page has 1.8e+07 or 8e-05 besides what a source has printed so."""
    printed = {text for c in catalogue() for text in re.findall(r"\d[eE][-+]\d+", c.text)}
    for name, content in files.items():
        if name.endswith(".md"):
            found = set(re.findall(r"\de(?:\+\d+|-?0\d+)", content))
            assert found <= printed, (name, found)


def test_what_differs_stands_by_kind_the_largest_first(files: dict[str, str]) -> None:
    _, *groups = files["index.md"].split("\n### ")
    heads = [group.splitlines()[0].split(": ") for group in groups]
    counted = json.loads(files["index.json"])["verdicts"]
    assert heads == [
        [kind.capitalize(), str(counted[kind])]
        for kind in map(str, index.DIFFERENT)
        if counted[kind]
    ]
    assert heads[0] == ["Error", "5"]
    for group in groups:
        lines = [line for line in group.splitlines() if line.startswith("| `")]
        at = next(line for line in group.splitlines() if "| off by" in line).split(" | ")
        column = [title.rstrip(" |") for title in at].index("off by")
        sizes = [line.split(" | ")[column].rstrip(" |") for line in lines]
        numbers = [abs(float(size.removesuffix(" %"))) for size in sizes if size.endswith("%")]
        assert numbers == sorted(numbers, reverse=True)
        assert len(lines) == int(group.splitlines()[0].split(": ")[1])


def test_named_matrices_are_shown_with_their_names(files: dict[str, str]) -> None:
    page = files["wang.md"]
    assert "|  | taps of factor 1 | taps of factor 1/2 |" in page
    assert "| w = 4, s = 3 | 4 | 9 (exact 8) | 3 (exact 4) | 0 |" in page
    assert "| w = 3, s = 2 | 1 | 4 | 4 | 0 |" in page


def test_the_activations_page(files: dict[str, str]) -> None:
    page = files["activations.md"]
    relu = [line for line in page.splitlines() if line.startswith("| `relu` |")]
    assert len(relu) == 3
    for number in ("0.3989422804", "0.5838193701", "1.71285855", "1.414213562"):
        assert number in relu[0]
    assert "±" in relu[1]
    assert relu[1].count("±") == 4
    records = json.loads(files["activations.json"])["activations"]
    gains = {r["quantity"]: r["exact"] for r in records if r["layer"] == "relu"}
    assert gains["gain"] == pytest.approx(1.71285855045)
    assert gains["gain_rms"] == gains["backward_gain"] == pytest.approx(math.sqrt(2.0))
