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

from normstats.reports import FORMATS, render
from normstats.result import Estimate, Result, Statistics
from normstats.runs.inputs import Inputs
from tests.reports.made_up import FORWARD, all_equal, made_up

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
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_every_result(form: str, result: Result) -> None:
    text = render([result, made_up()], form)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not ANSI.search(text)
    for word in ("forward", "backward", "mean", "std", "rms", "zeros"):
        assert word in text


@pytest.mark.parametrize("result", CASES.values(), ids=CASES.keys())
def test_json_keeps_to_its_schema(result: Result, validate: Check) -> None:
    text = render([result, made_up()], "json")

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    validate(json.loads(text, parse_constant=refuse))


def test_the_schema_refuses_what_is_wrong(validate: Check) -> None:
    document = json.loads(render([made_up()], "json"))
    del document["results"][0]["forward"]["mean"]["se"]
    with pytest.raises(jsonschema.ValidationError):
        validate(document)


def test_json_as_documented() -> None:
    result = json.loads(render([made_up()], "json"))["results"][0]
    assert result["layer"] == "relu"
    assert result["params"] == {}
    assert result["samples"] == 100_000_000
    assert (result["seed"], result["stream"], result["threads"]) == (0, 1, 2)
    assert result["elapsed_s"] == 0.21
    assert result["interrupted"] is False
    mean = FORWARD.mean
    assert result["forward"]["mean"] == {
        "value": mean.value, "se": mean.se, "exact": mean.exact, "z": mean.z
    }  # fmt: skip
    assert result["versions"]["normstats"] == "0.1.0"


def test_json_has_null_for_what_is_unknown() -> None:
    result = json.loads(render([CASES["broken"]], "json"))["results"][0]
    assert result["forward"]["std"] == {"value": None, "se": None, "exact": None, "z": None}
    one = json.loads(render([CASES["one sample"]], "json"))["results"][0]
    assert one["forward"]["mean"]["se"] is None
    assert one["notes"] == ["no standard errors: they need at least 2 samples"]


def test_csv_is_tidy_and_keeps_full_precision() -> None:
    rows = list(csv.DictReader(io.StringIO(render([made_up(), CASES["window"]], "csv"))))
    assert len(rows) == 16
    assert len({(row["layer"], row["direction"], row["statistic"]) for row in rows}) == 16
    assert float(rows[0]["value"]) == FORWARD.mean.value
    assert float(rows[0]["se"]) == FORWARD.mean.se
    assert json.loads(rows[-1]["params"]) == {"kernel_size": [2, 3]}
    assert rows[0]["interrupted"] == "false"
    broken = list(csv.DictReader(io.StringIO(render([CASES["broken"]], "csv"))))
    assert broken[0]["value"] == broken[0]["se"] == broken[0]["z"] == ""


def test_table_fits_eighty_columns_and_cuts_nothing() -> None:
    wide = made_up(
        layer="leaky_relu",
        params={"negative_slope": 0.012345678901},
        forward=all_equal(Estimate(-0.398936718111, 1.1e-9, -0.398942280401)),
        samples=10**15,
    )
    text = render([made_up(), wide, CASES["one sample"]], "table")
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert "-0.3989367181 ± 0.0000000011" in text
    assert "-0.398942280401" in text


def test_table_says_what_was_done() -> None:
    text = render([made_up()], "table")
    assert " 0.39894 ± 0.00006 " in text.replace("  ", " ")
    assert "0.398942280401" in text
    assert "-0.1 σ" in text
    assert "n = 1e8, seed 0, stream 1, 2 threads, 0.21 s, 476M samples/s" in text
    assert "subtract 0.39894, multiply by 1.41421" in text
    assert "y = max(x, 0)" in text


def test_table_with_a_constant_that_disagrees() -> None:
    assert "-∞ σ" in render([CASES["one constant"]], "table")
    equal = made_up(forward=all_equal(Estimate(1.0, 0.0, 1.0)))
    assert "none" in render([equal], "table")


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_an_interruption_and_groups_are_told(form: str) -> None:
    assert "INTERRUPTED after 1,234,567 samples" in render([CASES["interrupted"]], form)
    groups = render([CASES["groups"]], form)
    assert "standard errors from 1,954 groups of samples with the same weights" in groups


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_one_sample_has_no_error_and_says_so(form: str) -> None:
    text = render([CASES["one sample"]], form)
    assert "(no error: one sample)" in text
    assert "no standard errors: they need at least 2 samples" in text


def test_inputs_are_told_unless_standard() -> None:
    assert "x ~ N(0.5, 2²), dy ~ N(0, 1)" in render([CASES["inputs"]], "table")
    assert "dy ~" not in render([made_up()], "table")


def test_a_terminal_gets_colours_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = render([made_up()], "table", terminal=True)
    assert ANSI.search(coloured)
    words = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()]
    assert words == render([made_up()], "table").splitlines()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "36m" not in render([made_up()], "table", terminal=True)


def test_a_narrow_terminal_shortens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    coloured = render([made_up()], "table", terminal=True)
    words = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in words.splitlines()] == render(
        [made_up()], "table"
    ).splitlines()


def test_markdown_is_escaped() -> None:
    text = render([CASES["unknown layer"], CASES["notes"]], "markdown")
    assert r"note\_with 100% of \| everything" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table}
    assert cells == {7}


def test_latex_is_escaped() -> None:
    text = render([CASES["unknown layer"], CASES["tiny"]], "latex")
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
    for form in FORMATS:
        assert render([result], form)
    assert "NaN" not in render([result], "json")
