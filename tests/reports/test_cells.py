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
from normstats.reports.formats import formats
from normstats.reports.words import advice
from normstats.result import Estimate, Statistics
from tests.reports.distinct import CALLS, DIRECTIONS, FACTS, FORMULAS, NOTES, RESULTS, STATISTICS
from tests.reports.made_up import FORWARD, made_up, shown

Where = tuple[int, str, str]  # which result, direction, statistic

ROWS: dict[Where, Estimate] = {
    (number, direction, statistic): getattr(getattr(result, direction), statistic)
    for number, result in enumerate(RESULTS)
    for direction in DIRECTIONS
    for statistic in STATISTICS
}


# The inverse of what each gain is, and how people read it.
GAINS = {
    "gain": ("forward", "std", "1/std y"),
    "gain_rms": ("forward", "rms", "1/rms y"),
    "backward_gain": ("backward", "std", "1/std dx"),
}


def gain(number: int, name: str) -> Estimate:
    """The inverse, with the error of an inverse to first order."""
    scale = ROWS[number, GAINS[name][0], GAINS[name][1]]
    assert scale.se is not None
    assert scale.exact is not None
    inverse = 1.0 / scale.value
    return Estimate(inverse, scale.se / scale.value / scale.value, 1.0 / scale.exact)


WITH_GAINS = {
    where: estimate
    for number in range(len(RESULTS))
    for where, estimate in [
        *((where, one) for where, one in ROWS.items() if where[0] == number),
        *(((number, "gain", name), gain(number, name)) for name in GAINS),
    ]
}


def labels(direction: str, statistic: str) -> tuple[str, str]:
    """The two first cells of a row, as people read them."""
    return (GAINS[statistic][2], "gain") if direction == "gain" else (direction, statistic)


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
        for (number, direction, statistic), estimate in WITH_GAINS.items()
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
            "ended": result.ended,
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
            "gains": {name: numbers(gain(number, name)) for name in GAINS},
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
        for number, result, params, notes in zip(
            range(3),
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
    assert lines[2:35] == [
        f"| {' | '.join([f'`{CALLS[number]}`', *labels(*where), *human(estimate)])} |"
        for (number, *where), estimate in WITH_GAINS.items()
    ]
    expected = [""]
    for call, formulas, facts, result in zip(CALLS, FORMULAS, FACTS, RESULTS, strict=True):
        expected.append(f"- `{call}`: {formulas}")
        expected += [f"  - {text}" for text in (*facts, *advice(result))]
    assert [re.sub(r"\\(.)", r"\1", line) for line in lines[35:]] == expected


def short(estimate: Estimate) -> str:
    """0.39901(18) for 0.39901 ± 0.00018."""
    value, error = with_error(estimate.value, estimate.se).split(" ± ")
    return f"{value}({error.replace('.', '').lstrip('0')})"


def test_latex() -> None:
    expected = [r"% needs \usepackage{array,booktabs,longtable}", "% 0.3989(12) is 0.3989 ± 0.0012"]
    for call, facts in zip(CALLS, FACTS, strict=True):
        expected += [f"% {call}: {fact}" for fact in facts]
    lines = shown(RESULTS, "latex").splitlines()
    assert lines[: len(expected)] == expected
    begin, *rest = lines[len(expected) :]
    share = r">{\raggedright\arraybackslash}p{"
    assert begin.startswith(rf"\begin{{tabular}}{{{share}0.")
    assert begin.endswith(r"\linewidth}rrrr}")
    rows = []
    for number, call in enumerate(CALLS):
        cells = [ROWS[number, "forward", "mean"], *(gain(number, name) for name in GAINS)]
        rows.append([call, *(f"${short(cell)}$" for cell in cells)])
    heading = r"layer & mean of y & 1/std of y & 1/rms of y & 1/std of dx \\"
    assert rest[:3] == [r"\toprule", heading, r"\midrule"]
    found = [line.removesuffix(r" \\").split(" & ") for line in rest[3:6]]
    assert [line[1:] for line in found] == [row[1:] for row in rows]
    typed = [line[0].replace(r"\allowbreak{}", "").replace(r"\_", "_") for line in found]
    assert typed == [rf"\texttt{{{call}}}" for call in CALLS]
    assert rest[6:] == [r"\bottomrule", r"\end{tabular}"]


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
        for name, (_, _, title) in GAINS.items():
            first = f"{title} gain" if name == "gain" else title
            expected.append(squeezed(" ".join([first, *human(gain(number, name))])))
        assert [squeezed(line) for line in grids[number][1:]] == expected
        said = " ".join([*FACTS[number], *advice(result)])
        assert squeezed(" ".join(notes[number])) == said


def test_red_is_what_is_off_by_more_than_five_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(RESULTS, "table", terminal=True)
    red = re.findall(r"\x1b\[1;31m([^\x1b]*)\x1b\[0m", text)
    expected = [human(estimate)[2] for estimate in WITH_GAINS.values()]
    expected = [text for text in expected if abs(float(text.split()[0])) > 5]
    assert len(expected) > 14
    expected.append(FACTS[1][0])  # the interruption of the second layer
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


def test_every_format_is_compared() -> None:
    """A new format of measurements gets a test here."""
    assert set(formats()) == {"table", "json", "csv", "markdown", "latex"}
