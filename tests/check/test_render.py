"""The formats of a check: complete, escaped, and valid where machines read."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.check.report import Document, report
from normstats.reports.formats import formats, render
from normstats.reports.model import Case

NUMBERS = {"layer": "relu", "value": 0.1, "se": None, "z": math.nan, "samples": 100, "ok": True}
NASTY = 'a<b> & "c" | `d` _e_ \x00\x1b\ud800 ]]> é\n'
DOCUMENT = Document(
    title="title_with | pipe",
    cases=[
        Case("exact values", "relu forward.mean", True, "all is well", NUMBERS, 0.25),
        Case("exact values", "tanh forward.mean", False, "off by 1|2", NUMBERS, 0.5),
        Case("z as a whole", "Σz²", True, "fine", {"low": 1.0, "high": math.inf}),
    ],
    header={"alpha": 1e-6, "elapsed_s": 0.75, "drift": {"worst": "exp", "worst_in_std": math.inf}},
    headings=("compared", "comparisons"),
    rows=[["exact values", "2"], ["z as a whole", "1"]],
    remarks=["a remark"],
)
EMPTY = Document("nothing", [])
FILE = replace(DOCUMENT, shows_all=True, headings=(), rows=(), interrupted="INTERRUPTED after 1")
FORMS = tuple(formats(cases=True))


def shown(document: Document, form: str) -> str:
    return render(report(document), form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("document", [DOCUMENT, EMPTY, FILE], ids=["check", "empty", "file"])
def test_every_format_renders(form: str, document: Document) -> None:
    text = shown(document, form)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    if document.cases:
        assert "tanh forward.mean" in text.replace("\\", "")
        assert "off by 1|2" in text.replace("\\", "")


def test_table_names_what_failed_and_fits() -> None:
    text = shown(DOCUMENT, "table")
    assert "FAILED  tanh forward.mean" in text
    assert "relu forward.mean" not in text
    assert text.endswith("1 of 3 comparisons FAILED.\n")
    assert max(map(len, text.splitlines())) <= 80
    everything = shown(FILE, "table")
    assert "ok      relu forward.mean" in everything
    assert everything.startswith("INTERRUPTED after 1\n")


def test_json_is_strict_and_complete() -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    found = json.loads(shown(DOCUMENT, "json"), parse_constant=refuse)
    assert found["schema"] == "normstats-check/1"
    assert (found["passed"], found["failed"], found["interrupted"]) == (False, 1, False)
    assert found["alpha"] == 1e-6
    assert found["drift"] == {"worst": "exp", "worst_in_std": None}
    assert [line["passed"] for line in found["comparisons"]] == [True, False, True]
    assert found["comparisons"][0]["value"] == 0.1
    assert found["comparisons"][0]["z"] is None


def test_csv_is_tidy() -> None:
    rows = list(csv.DictReader(io.StringIO(shown(DOCUMENT, "csv"))))
    assert [row["passed"] for row in rows] == ["true", "false", "true"]
    assert rows[0]["value"] == "0.1"
    assert rows[0]["se"] == rows[0]["z"] == rows[2]["layer"] == rows[2]["high"] == ""
    assert rows[0]["ok"] == "true"
    assert rows[1]["message"] == "off by 1|2"


def test_markdown_is_escaped() -> None:
    text = shown(FILE, "markdown")
    for table_line in text.splitlines():
        if table_line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", table_line)) == 4
    assert r"title\_with \| pipe" in text


def test_junit_counts_and_properties() -> None:
    root = ElementTree.fromstring(shown(DOCUMENT, "junit").encode())
    assert root.tag == "testsuites"
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "0")
    assert float(root.get("time") or "nan") == 0.75
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["exact values", "z as a whole"]
    assert [(suite.get("tests"), suite.get("failures")) for suite in suites] == [
        ("2", "1"),
        ("1", "0"),
    ]
    assert float(suites[0].get("time") or "nan") == 0.75
    good, bad = suites[0].findall("testcase")
    assert good.find("failure") is None
    failure = bad.find("failure")
    assert failure is not None
    assert failure.get("message") == "off by 1|2"
    assert failure.text == "tanh forward.mean: off by 1|2"
    properties = {p.get("name"): p.get("value") for p in good.iter("property")}
    assert properties == {"layer": "relu", "value": "0.1", "samples": "100", "ok": "true"}
    assert (good.get("classname"), good.get("name")) == (
        "normstats.exact values",
        "relu forward.mean",
    )


@given(st.text(), st.text(), st.one_of(st.text(), st.floats(), st.none(), st.integers()))
def test_junit_is_xml_whatever_the_text(name: str, message: str, value: Any) -> None:
    case = Case(name, name + NASTY, False, message + NASTY, {name: value})
    document = Document(message, [case], header={name: value})
    root = ElementTree.fromstring(shown(document, "junit").encode())
    (found,) = root.iter("testcase")
    assert found.find("failure") is not None


def test_a_verdict_for_one_and_for_many() -> None:
    assert EMPTY.passed
    assert not DOCUMENT.passed
    assert replace(DOCUMENT, cases=DOCUMENT.cases[:1]).verdict == "The comparison agrees."
    assert replace(DOCUMENT, cases=DOCUMENT.cases[::2]).verdict == "All 2 comparisons agree."
