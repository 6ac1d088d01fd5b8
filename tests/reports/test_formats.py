"""Every format of the same results: complete, escaped, exact where machines read."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.reports.formats import formats
from normstats.result import Estimate, Result, Statistics
from normstats.runs.inputs import Inputs
from tests.reports.made_up import all_equal, made_up, shown

ANSI = re.compile(r"\x1b\[")

Check = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def validate() -> Check:
    schema = json.loads((files("normstats.reports") / "schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    return validator.validate


CASES = {
    "relu": made_up(),
    "window": made_up(layer="max_pool2d", params={"kernel_size": (2, 3)}),
    "interrupted": made_up(interrupted=True, samples=1234567),
    "one sample": made_up(
        samples=1,
        units=1,
        forward=all_equal(Estimate(0.7, None, 0.5)),
        backward=all_equal(Estimate(0.7, None)),
    ),
    "broken": made_up(
        forward=all_equal(Estimate(math.nan, math.inf, None)),
        backward=all_equal(Estimate(math.inf, math.nan, 1.0)),
        elapsed_s=0.0,
    ),
    "one constant": made_up(forward=all_equal(Estimate(1.0, 0.0, 2.0))),
    "groups": made_up(unit="group of samples with the same weights", units=1954),
    "inputs": made_up(inputs=Inputs(0.5, 2.0, 0.0, 1.0)),
    "unknown layer": made_up(layer="some_thing", params={"a_b": "x|y&z%", "f": 0.1}),
    "tiny": made_up(forward=all_equal(Estimate(1.2e-12, 3e-14, 1.2e-12))),
    "notes": made_up(notes=("a note_with 100% of | everything",)),
}


@pytest.mark.parametrize("result", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("form", formats())
def test_every_format_shows_every_result(form: str, result: Result) -> None:
    text = shown([result, made_up()], form)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not ANSI.search(text)
    for word in ("forward", "backward", "mean", "std", "rms", "zeros"):
        assert word in text


@pytest.mark.parametrize("result", CASES.values(), ids=CASES.keys())
def test_json_keeps_to_its_schema(result: Result, validate: Check) -> None:
    text = shown([result, made_up()], "json")

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    validate(json.loads(text, parse_constant=refuse))


def test_the_schema_refuses_what_is_wrong(validate: Check) -> None:
    document = json.loads(shown([made_up()], "json"))
    del document["results"][0]["forward"]["mean"]["se"]
    with pytest.raises(jsonschema.ValidationError):
        validate(document)


def test_json_has_null_for_what_is_unknown() -> None:
    result = json.loads(shown([CASES["broken"]], "json"))["results"][0]
    assert result["forward"]["std"] == {"value": None, "se": None, "exact": None, "z": None}
    one = json.loads(shown([CASES["one sample"]], "json"))["results"][0]
    assert one["forward"]["mean"]["se"] is None
    assert one["notes"] == ["no standard errors: they need at least 2 samples"]


def test_csv_is_empty_for_what_is_unknown() -> None:
    rows = list(csv.DictReader(io.StringIO(shown([CASES["broken"]], "csv"))))
    assert rows[0]["value"] == rows[0]["se"] == rows[0]["z"] == rows[0]["exact"] == ""
    assert rows[4]["exact"] == "1.0"


def test_table_fits_eighty_columns_and_cuts_nothing() -> None:
    wide = made_up(
        layer="leaky_relu",
        params={"negative_slope": 0.012345678901},
        forward=all_equal(Estimate(-0.398936718111, 1.1e-9, -0.398942280401)),
        samples=10**15,
    )
    text = shown([made_up(), wide, CASES["one sample"]], "table")
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert "-0.3989367181 ± 0.0000000011" in text
    assert "-0.398942280401" in text


def test_table_with_a_constant_that_disagrees() -> None:
    assert "-∞ σ" in shown([CASES["one constant"]], "table")
    equal = made_up(forward=all_equal(Estimate(1.0, 0.0, 1.0)))
    assert "none" in shown([equal], "table")


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_an_interruption_and_groups_are_told(form: str) -> None:
    assert "INTERRUPTED after 1,234,567 samples" in shown([CASES["interrupted"]], form)
    groups = shown([CASES["groups"]], form)
    assert "standard errors from 1,954 groups of samples with the same weights" in groups


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_one_sample_has_no_error_and_says_so(form: str) -> None:
    text = shown([CASES["one sample"]], form)
    assert "(no error: one sample)" in text
    assert "no standard errors: they need at least 2 samples" in text


def test_inputs_are_told_unless_standard() -> None:
    assert "x ~ N(0.5, 2²), dy ~ N(0, 1)" in shown([CASES["inputs"]], "table")
    assert "dy ~" not in shown([made_up()], "table")


def test_a_terminal_gets_colours_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = shown([made_up()], "table", terminal=True)
    assert ANSI.search(coloured)
    words = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()]
    assert words == shown([made_up()], "table").splitlines()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "36m" not in shown([made_up()], "table", terminal=True)


def test_a_narrow_terminal_shortens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    coloured = shown([made_up()], "table", terminal=True)
    words = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in words.splitlines()] == shown(
        [made_up()], "table"
    ).splitlines()


def test_markdown_is_escaped() -> None:
    text = shown([CASES["unknown layer"], CASES["notes"]], "markdown")
    assert r"note\_with 100% of \| everything" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table}
    assert cells == {7}


def test_latex_is_escaped() -> None:
    text = shown([CASES["unknown layer"], CASES["tiny"]], "latex")
    assert r"\texttt{some\_thing(a\_b=x|y\&z\%, f=0.1)}" in text
    assert r"\times 10^{-12}" in text
    for line in text.splitlines():
        if not line.startswith("%"):
            assert len(re.findall(r"(?<!\\)\$", line)) % 2 == 0
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 1


ESTIMATES = st.builds(
    Estimate,
    value=st.floats(),
    se=st.none() | st.floats(min_value=0.0) | st.just(math.nan),
    exact=st.none() | st.floats(),
)
STATISTICS = st.builds(Statistics, mean=ESTIMATES, std=ESTIMATES, rms=ESTIMATES, zeros=ESTIMATES)


@given(STATISTICS, STATISTICS, st.floats(min_value=0.0))
def test_whatever_comes_out_can_be_shown(
    forward: Statistics, backward: Statistics, elapsed_s: float
) -> None:
    result = made_up(forward=forward, backward=backward, elapsed_s=elapsed_s)
    for form in formats():
        assert shown([result], form)
    assert "NaN" not in shown([result], "json")
