"""Every cell of every format against the field of the result that it stands for.

What is expected is written down here field by field, from the results alone; the fields are all
distinct (see ``distinct.py``), so that any two that are exchanged show.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import asdict
from typing import Any

import pytest

from normstats.numerals.digits import with_error
from normstats.reports.advice import advice
from normstats.reports.formats import formats
from normstats.result import Estimate, Result, Statistics
from tests.reports.distinct import CALLS, DIRECTIONS, FACTS, FORMULAS, NOTES, RESULTS, STATISTICS
from tests.reports.made_up import FORWARD, made_up, shown

Where = tuple[int, str, str]  # which result, direction, statistic

ROWS: dict[Where, Estimate] = {
    (number, direction, statistic): getattr(getattr(result, direction), statistic)
    for number, result in enumerate(RESULTS)
    for direction in DIRECTIONS
    for statistic in STATISTICS
}


def human(estimate: Estimate) -> tuple[str, str, str]:
    """Measured, exact and deviation, as people read them."""
    assert estimate.exact is not None
    z = (estimate.value - estimate.exact) / (estimate.se or 0.0)
    return with_error(estimate.value, estimate.se), f"{estimate.exact:.12g}", f"{z:+.1f} σ"


def test_no_two_numbers_are_equal() -> None:
    fields = ("samples", "seed", "stream", "threads", "elapsed_s", "units")
    for result in RESULTS:
        numbers = [getattr(result, name) for name in fields]
        numbers += asdict(result.inputs).values()
        assert len(set(numbers)) == len(numbers)
    estimates = ROWS.values()
    numbers = [n for e in estimates for n in (e.value, e.se, e.exact, e.z)]
    assert len(set(numbers)) == 4 * len(estimates)


def test_all_that_people_read_is_distinct_too() -> None:
    for texts in zip(*map(human, ROWS.values()), strict=True):
        assert len(set(texts)) == len(ROWS)


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(shown(RESULTS, "csv"))))
    expected = [
        {
            "layer": RESULTS[number].layer,
            "params": [
                '{"negative_slope": 0.25}',
                '{"kernel_size": [2, 3]}',
                '{"p": 0.1, "rescale": "sqrt"}',
            ][number],
            "direction": direction,
            "statistic": statistic,
            "value": repr(estimate.value),
            "se": repr(estimate.se),
            "exact": repr(estimate.exact),
            "z": repr(estimate.z),
            "samples": str(RESULTS[number].samples),
            "seed": str(RESULTS[number].seed),
            "stream": str(RESULTS[number].stream),
            "threads": str(RESULTS[number].threads),
            "elapsed_s": repr(RESULTS[number].elapsed_s),
            "interrupted": ["false", "true", "false"][number],
            "x_mean": repr(RESULTS[number].inputs.x_mean),
            "x_std": repr(RESULTS[number].inputs.x_std),
            "dy_mean": repr(RESULTS[number].inputs.dy_mean),
            "dy_std": repr(RESULTS[number].inputs.dy_std),
            "method": RESULTS[number].method,
            "unit": RESULTS[number].unit,
            "units": str(RESULTS[number].units),
        }
        for (number, direction, statistic), estimate in ROWS.items()
    ]
    assert rows == expected
    assert [list(row) for row in rows] == [list(row) for row in expected], "the order of columns"


def numbers(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "se": estimate.se,
        "exact": estimate.exact,
        "z": estimate.z,
    }


def test_json() -> None:
    document = json.loads(shown(RESULTS, "json"))
    expected = [
        {
            "layer": result.layer,
            "params": params,
            "samples": result.samples,
            "seed": result.seed,
            "stream": result.stream,
            "threads": result.threads,
            "elapsed_s": result.elapsed_s,
            "interrupted": result.interrupted,
            "forward": {
                "mean": numbers(result.forward.mean),
                "std": numbers(result.forward.std),
                "rms": numbers(result.forward.rms),
                "zeros": numbers(result.forward.zeros),
            },
            "backward": {
                "mean": numbers(result.backward.mean),
                "std": numbers(result.backward.std),
                "rms": numbers(result.backward.rms),
                "zeros": numbers(result.backward.zeros),
            },
            "method": result.method,
            "inputs": {
                "x_mean": result.inputs.x_mean,
                "x_std": result.inputs.x_std,
                "dy_mean": result.inputs.dy_mean,
                "dy_std": result.inputs.dy_std,
            },
            "unit": result.unit,
            "units": result.units,
            "notes": notes,
            "versions": dict(result.versions),
        }
        for result, params, notes in zip(
            RESULTS,
            (
                {"negative_slope": 0.25},
                {"kernel_size": [2, 3]},
                {"p": 0.1, "rescale": "sqrt"},
            ),
            NOTES,
            strict=True,
        )
    ]
    assert document == {"schema": "normstats/1", "results": expected}
    assert list(document["results"][0]) == list(expected[0]), "the order of fields"


def test_markdown() -> None:
    lines = shown(RESULTS, "markdown").splitlines()
    assert lines[:2] == [
        "| layer | direction | statistic | measured ± SE | exact | deviation |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    assert lines[2:26] == [
        f"| `{CALLS[number]}` | {direction} | {statistic} | {' | '.join(human(estimate))} |"
        for (number, direction, statistic), estimate in ROWS.items()
    ]
    expected = [""]
    for call, formulas, facts, result in zip(CALLS, FORMULAS, FACTS, RESULTS, strict=True):
        expected.append(f"- `{call}`: {formulas}")
        expected += [f"  - {text}" for text in (*facts, *advice(result))]
    assert [re.sub(r"\\(.)", r"\1", line) for line in lines[26:]] == expected


def test_latex() -> None:
    expected = [r"% needs \usepackage{booktabs}"]
    for call, facts in zip(CALLS, FACTS, strict=True):
        expected += [f"% {call}: {fact}" for fact in facts]
    expected += [
        r"\begin{tabular}{lllrrr}",
        r"\toprule",
        r"layer & direction & statistic & measured & exact & deviation \\",
    ]
    for (number, direction, statistic), estimate in ROWS.items():
        first = direction == "forward" and statistic == "mean"
        if first:
            expected.append(r"\midrule")
        name = CALLS[number].replace("_", r"\_") if first else ""
        cells = [
            f"${text}$".replace("±", r"\pm").replace("σ", r"\,\sigma") for text in human(estimate)
        ]
        layer = rf"\texttt{{{name}}}" if first else ""
        expected.append(" & ".join([layer, direction, statistic, *cells]) + r" \\")
    expected += [r"\bottomrule", r"\end{tabular}"]
    assert shown(RESULTS, "latex").splitlines() == expected


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_table() -> None:
    blocks = [block.splitlines() for block in shown(RESULTS, "table").split("\n\n")]
    titles, grids, notes = blocks[0::3], blocks[1::3], blocks[2::3]
    assert len(titles) == len(grids) == len(notes) == len(RESULTS)
    for number, result in enumerate(RESULTS):
        title = f"{CALLS[number]} {FORMULAS[number]}"
        there = squeezed(" ".join(titles[number]))
        assert there == title if len(titles[number]) == 1 else there == title.replace(", dx", " dx")
        assert squeezed(grids[number][0]) == "measured ± SE exact deviation"
        expected = []
        for direction in DIRECTIONS:
            for statistic in STATISTICS:
                estimate = getattr(getattr(result, direction), statistic)
                first = direction if statistic == "mean" else ""
                expected.append(squeezed(" ".join([first, statistic, *human(estimate)])))
        assert [squeezed(line) for line in grids[number][1:]] == expected
        said = " ".join([*FACTS[number], *advice(result)])
        assert squeezed(" ".join(notes[number])) == said


def test_red_is_what_is_off_by_more_than_five_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(RESULTS, "table", terminal=True)
    red = re.findall(r"\x1b\[1;31m([^\x1b]*)\x1b\[0m", text)
    expected = [human(estimate)[2] for estimate in ROWS.values()]
    expected = [text for text in expected if abs(float(text.split()[0])) > 5]
    assert len(expected) == 14
    expected.insert(7, FACTS[1][0])  # the interruption of the second layer
    assert sorted(text.strip() for text in red) == sorted(expected)


@pytest.mark.parametrize(("z", "red"), [(4.999, False), (5.0, False), (5.001, True), (-5.1, True)])
def test_where_red_begins(z: float, red: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    estimate = Estimate(z, 1.0, 0.0)
    result = made_up(forward=Statistics(estimate, FORWARD.std, FORWARD.rms, FORWARD.zeros))
    assert ("1;31m" in shown([result], "table", terminal=True)) is red


@pytest.mark.parametrize(("units", "rough"), [(2, True), (9, True), (10, False), (11, False)])
@pytest.mark.parametrize("form", ["table", "markdown", "latex", "json"])
def test_few_units_give_rough_errors(form: str, units: int, rough: bool) -> None:
    text = " ".join(shown([made_up(unit="block", units=units)], form).split())
    assert (f"standard errors from only {units} blocks are rough" in text) is rough


def without_exact(**scales: Estimate) -> Result:
    """A result of mean 0 whose stds are measured alone."""
    none = Estimate(0.0, 0.001)
    forward = Statistics(none, scales["y"], scales.get("rms", scales["y"]), none)
    return made_up(forward=forward, backward=Statistics(none, scales["dx"], scales["dx"], none))


def test_a_gain_has_the_digits_of_its_error() -> None:
    """1/8.125 = 0.1230769 ± 0.013/8.125² = 0.00020; 1/0.4 = 2.5 ± 0.0023/0.4² = 0.014."""
    result = without_exact(y=Estimate(8.125, 0.013), dx=Estimate(0.4, 0.0023))
    assert advice(result) == [
        "To normalise: nothing to subtract, multiply by 2.500 (backward, 1/std of dx)"
        " or 0.12308 (forward, 1/std of y)."
    ]
    result = without_exact(
        y=Estimate(8.125, 0.013), dx=Estimate(0.4, 0.0023), rms=Estimate(8.25, 0.12)
    )  # 1/8.25 = 0.1212121 ± 0.12/8.25² = 0.0018
    assert advice(result)[1] == "Without subtracting: multiply by 0.1212 (1/rms of y)."


def test_a_scale_within_five_errors_of_0_has_no_gain() -> None:
    result = without_exact(y=Estimate(1.0, 0.21), dx=Estimate(1.0, 0.19))
    assert advice(result)[0].endswith("multiply by 1.00 (backward, 1/std of dx).")
    assert advice(result)[1] == "No gain for y: the standard deviation is 0."


def test_every_format_is_compared() -> None:
    """A new format of measurements gets a test here."""
    assert set(formats()) == {"table", "json", "csv", "markdown", "latex"}
