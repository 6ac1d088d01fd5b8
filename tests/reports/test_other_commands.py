"""What the other commands report, cell by cell against where it comes from."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import asdict, replace
from typing import Any
from xml.etree import ElementTree

import pytest

from normstats.check.report import Document, report
from normstats.layer.base import Layer
from normstats.published.catalogue import catalogue
from normstats.registry import all_layers, get
from normstats.reports.formats import render
from normstats.reports.model import Case
from normstats.runs.call import spell_value
from normstats.runs.inputs import Inputs
from tests.cli.conftest import Invoke

LAYERS = list(all_layers().values())
CELL = re.compile(r"(?<!\\)\|")


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def lines_of_table(markdown: str) -> list[list[str]]:
    """The cells of all lines that are one of a table's, without marks, but for the rule."""
    lines = [CELL.split(line)[1:-1] for line in markdown.splitlines() if line.startswith("|")]
    found = [[re.sub(r"\\(.)|[`*]", r"\1", cell.strip()) for cell in line] for line in lines]
    return [line for line in found if not set("".join(line)) <= set("-:")]


def parameters(layer: Layer) -> str:
    """All of them, a size with each of its axes."""
    return ", ".join(
        f"{param.name}={spell_value(param.parse(param.default))}" for param in layer.params
    )


def test_parameters_are_all_listed_and_alike(invoke: Invoke) -> None:
    listed = {one["layer"]: one for one in records(invoke("list", "pool", "--format=csv").stdout)}
    assert "stride=kernel_size, padding=0x0," in listed["max_pool2d"]["parameters"]
    assert listed["adaptive_avg_pool2d"]["parameters"] == "output_size=1x1, size=8x8"


def test_list_as_csv_and_markdown(invoke: Invoke) -> None:
    expected = [
        {
            "family": layer.family,
            "layer": layer.name,
            "formula": layer.formula,
            "gradient": layer.gradient,
            "parameters": parameters(layer),
            "aliases": ", ".join(layer.aliases),
            "torch": layer.torch,
        }
        for layer in LAYERS
    ]
    found = records(invoke("list", "--format", "csv").stdout)
    families = list(dict.fromkeys(line["family"] for line in expected))
    expected.sort(key=lambda line: families.index(line["family"]))
    assert found == expected
    headings, *lines = lines_of_table(invoke("list", "--format", "markdown").stdout)
    assert [dict(zip(headings, line, strict=True)) for line in lines] == expected


def test_list_as_json(invoke: Invoke) -> None:
    document = json.loads(invoke("list", "--format", "json").stdout)
    assert document["schema"] == "normstats-layers/1"
    found = {line["layer"]: line for line in document["layers"]}
    assert set(found) == {layer.name for layer in LAYERS}
    for layer in LAYERS:
        assert found[layer.name] == {
            "family": layer.family,
            "layer": layer.name,
            "aliases": list(layer.aliases),
            "formula": layer.formula,
            "gradient": layer.gradient,
            "torch": layer.torch or None,
            "note": layer.note or None,
            "params": [
                {
                    "name": param.name,
                    "default": json.loads(json.dumps(param.parse(param.default))),
                    "allowed": param.allowed,
                    "help": param.help,
                }
                for param in layer.params
            ],
        }


def test_list_on_a_terminal(invoke: Invoke) -> None:
    """Below its family every layer has its own formulas, parameters and aliases, in order."""
    text = " ".join(invoke("list").stdout.split())
    for layer in LAYERS:
        also = f"(also {', '.join(layer.aliases)}) " if layer.aliases else ""
        options = "".join(
            f" --{param.name.replace('_', '-')} {param.default} {param.help}"
            for param in layer.params
        )
        block = f" {layer.name} {also}{layer.formula} {layer.gradient}{options} "
        assert " ".join(block.split()) in text
        assert text.index(layer.family.upper()) < text.index(" ".join(block.split()))


def test_list_as_latex(invoke: Invoke) -> None:
    lines = invoke("list", "--format", "latex").stdout.splitlines()
    rows = {line.split(" & ")[1]: line for line in lines if line.count(" & ") == 6}
    for layer in LAYERS:
        names = {name.replace(r"\allowbreak{}", "") for name in rows}
        assert layer.name.replace("_", r"\_") in names
    assert rows["tanh"].split(" & ")[2:4] == [
        "y = tanh(x)",
        r"dx = dy(1 \ensuremath{-} y\ensuremath{^{2}})",
    ]
    assert sum(bool(line.split(" & ")[0]) for line in rows.values()) == 1 + len(
        {layer.family for layer in LAYERS}
    ), "a family is said once; and the heading"


INPUTS = {"x_mean": 0.5, "x_std": 2.0, "dy_mean": -0.75, "dy_std": 1.5}
OPTIONS = [f"--{name.replace('_', '-')}={value}" for name, value in INPUTS.items()]
CALLS = {
    "leaky_relu(negative_slope=0.2)": ("leaky_relu", {"negative_slope": 0.2}),
    "max_pool2d(kernel_size=2x3)": ("max_pool2d", {"kernel_size": (2, 3)}),
    "tanh": ("tanh", {}),
}
MEANINGS = {
    "forward.mean": "mean of y",
    "forward.std": "std of y",
    "forward.rms": "rms of y",
    "forward.zeros": "fraction of zeros in y",
    "backward.mean": "mean of dx",
    "backward.std": "std of dx",
    "backward.rms": "rms of dx",
    "backward.zeros": "fraction of zeros in dx",
    "gain": "1/std of y",
    "gain_rms": "1/rms of y",
    "backward_gain": "1/std of dx",
}


def exact(call: str) -> dict[str, float | None]:
    """All exact values of a layer by their names, from the layer itself."""
    name, params = CALLS[call]
    y, dx = get(name).exact(params, Inputs(**INPUTS))
    assert y.std is not None
    assert y.rms is not None
    assert dx.std is not None
    return {
        "forward.mean": y.mean,
        "forward.std": y.std,
        "forward.rms": y.rms,
        "forward.zeros": y.zeros,
        "backward.mean": dx.mean,
        "backward.std": dx.std,
        "backward.rms": dx.rms,
        "backward.zeros": dx.zeros,
        "gain": 1.0 / y.std,
        "gain_rms": 1.0 / y.rms,
        "backward_gain": 1.0 / dx.std,
    }


def shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.15g}"


def constants(invoke: Invoke, form: str) -> str:
    outcome = invoke("constants", *CALLS, *OPTIONS, "--format", form)
    assert outcome.exit_code == 0
    return outcome.stdout


def title(call: str) -> str:
    return f"{call} [x_mean=0.5, x_std=2, dy_mean=-0.75, dy_std=1.5]"


def test_constants_as_csv(invoke: Invoke) -> None:
    expected = [
        {
            "layer": CALLS[call][0],
            "params": json.dumps(CALLS[call][1]),
            "x_mean": "0.5",
            "x_std": "2.0",
            "dy_mean": "-0.75",
            "dy_std": "1.5",
            "quantity": name,
            "words": MEANINGS[name],
            "exact": "" if value is None else repr(value),
        }
        for call in CALLS
        for name, value in exact(call).items()
    ]
    assert records(constants(invoke, "csv")) == expected


def test_constants_as_json(invoke: Invoke) -> None:
    found = json.loads(constants(invoke, "json"))["constants"]
    for call, line in zip(CALLS, found, strict=True):
        values = exact(call)
        sides = {
            side: {
                statistic: values[f"{side}.{statistic}"]
                for statistic in ("mean", "std", "rms", "zeros")
            }
            for side in ("forward", "backward")
        }
        gains = {name: values[name] for name in ("gain", "gain_rms", "backward_gain")}
        name, params = CALLS[call]
        params = json.loads(json.dumps(params))
        assert line == {"layer": name, "params": params, "inputs": INPUTS, **sides, **gains}


def test_constants_for_people(invoke: Invoke) -> None:
    headings, *lines = lines_of_table(constants(invoke, "markdown"))
    assert headings == ["layer", *MEANINGS.values()]
    assert lines == [[title(call), *map(shown, exact(call).values())] for call in CALLS]

    blocks = [block.splitlines() for block in constants(invoke, "table").split("\n\n")]
    latex = constants(invoke, "latex").splitlines()
    rows = [line.removesuffix(r" \\").split(" & ") for line in latex if line.count(" & ") == 4]
    assert rows[0] == ["layer", "mean of y", "1/std of y", "1/rms of y", "1/std of dx"]
    for number, call in enumerate(CALLS):
        layer = get(CALLS[call][0])
        assert " ".join(" ".join(blocks[2 * number]).split()) == " ".join(
            [title(call), layer.formula, layer.gradient]
        )
        assert [line.split() for line in blocks[2 * number + 1]] == [
            [name, *MEANINGS[name].split(), shown(value)] for name, value in exact(call).items()
        ]
        name, *cells = rows[1 + number]
        typed = name.replace(r"\allowbreak{}", "").replace(r"\_", "_")
        assert typed == rf"\texttt{{{title(call)}}}"
        values = [exact(call)[name] for name in ("forward.mean", "gain", "gain_rms")]
        values.append(exact(call)["backward_gain"])
        assert cells == ["--" if one is None else f"${one:.6g}$" for one in values]


def test_layers_with_other_quantities_stand_below_the_same_headings(invoke: Invoke) -> None:
    """linear has gradients of weights, relu has none."""
    given = ("constants", "relu", "linear", "--format", "markdown")
    headings, relu, linear = lines_of_table(invoke(*given).stdout)
    assert len(headings) == len(relu) == len(linear) == 20
    at = headings.index("std of the gradient of weight")
    assert (relu[at], linear[at]) == ("–", "1")
    at = headings.index("1/std of dx")
    assert [line[at] for line in (relu, linear)] == ["1.41421356237309"] * 2


def test_the_catalogue(invoke: Invoke) -> None:
    text = invoke("constants", "--all", "--format", "csv").stdout
    for line, constant in zip(records(text), catalogue(), strict=True):
        fields = asdict(constant) | {"source": constant.source.key}
        for name, value in fields.items():
            if isinstance(value, dict | tuple):
                wanted = json.dumps(value, ensure_ascii=False) if value else ""
                assert line[name] == wanted
            elif isinstance(value, float):
                assert line[name] == repr(value)
            else:
                assert line[name] == ("" if value is None else str(value))
        for name, value in asdict(constant.source).items():
            if name != "key":
                assert line[f"source_{name}"] == ("" if value is None else str(value))
    _, *lines = lines_of_table(invoke("constants", "--all", "--format", "markdown").stdout)
    screen = invoke("constants", "--all").stdout.splitlines()
    for cells, constant in zip(lines, catalogue(), strict=True):
        assert (cells[0], cells[3]) == (constant.id, constant.text)
        assert cells[1].startswith(constant.layer)
        (line,) = [line for line in screen if line.startswith(f"  {constant.id}: ")]
        assert line.endswith(f": {constant.text}")


CASES = [
    Case(
        group=f"group {number // 2}",
        name=f"name {number}",
        passed=number != 3,
        message=f"message {number}",
        numbers={
            "layer": f"layer {number}" if number != 2 else "",
            "value": number + 0.25,
            "reference": number + 0.5,
            "se": None if number == 1 else number + 0.75,
            "samples": 100 + number,
            "agrees": number == 2,
        },
        elapsed_s=10.0 + number / 8,
    )
    for number in range(4)
]
CHECK = Document(
    title="a title",
    cases=CASES,
    header={"alpha": 0.01, "seed": 17, "stream": 18, "elapsed_s": 99.5, "drift": {"worst": 1.0}},
    headings=("compared", "comparisons", "failed"),
    rows=[["group 0", "2", "0"], ["group 1", "2", "1"]],
    remarks=["first remark", "second remark"],
)


def cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def test_a_check_for_machines() -> None:
    expected = [
        {"group": case.group, "name": case.name, "passed": case.passed, **case.numbers}
        | {"message": case.message}
        for case in CASES
    ]
    found = records(render(report(CHECK), "csv"))
    assert found == [{k: cell(v) for k, v in line.items()} for line in expected]
    document = json.loads(render(report(CHECK), "json"))
    assert document == {
        "schema": "normstats-check/1",
        "passed": False,
        "interrupted": False,
        "failed": 1,
        **CHECK.header,
        "remarks": ["first remark", "second remark"],
        "comparisons": expected,
    }


def test_a_check_as_junit() -> None:
    root = ElementTree.fromstring(render(report(CHECK), "junit"))
    assert math.isclose(float(root.get("time") or "nan"), 99.5)
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["group 0", "group 1"]
    for suite, cases in zip(suites, (CASES[:2], CASES[2:]), strict=True):
        assert float(suite.get("time") or "nan") == sum(case.elapsed_s for case in cases)
        header = {p.get("name"): p.get("value") for p in suite.findall("properties/property")}
        assert header == {
            "alpha": "0.01",
            "seed": "17",
            "stream": "18",
            "elapsed_s": "99.5",
            "title": "a title",
        }
        for found, case in zip(suite.findall("testcase"), cases, strict=True):
            assert found.attrib == {
                "classname": f"normstats.{case.group}",
                "name": case.name,
                "time": f"{case.elapsed_s:.6f}",
            }
            numbers = {p.get("name"): p.get("value") for p in found.iter("property")}
            assert numbers == {k: cell(v) for k, v in case.numbers.items() if v is not None}
            failure = found.find("failure")
            assert (failure is None) is case.passed
            if failure is not None:
                assert failure.attrib == {"message": case.message, "type": "disagreement"}
                assert failure.text == f"{case.name}: {case.message}"


@pytest.mark.parametrize("everything", [False, True])
def test_a_check_for_people(everything: bool) -> None:
    text = replace(CHECK, shows_all=everything, interrupted="INTERRUPTED after 4")
    listed = [case for case in CASES if everything or not case.passed]
    marks = ["ok" if case.passed else "FAILED" for case in listed]
    expected = ["INTERRUPTED after 4", "a title", ""]
    expected += ["compared   comparisons   failed"]
    expected += ["group 0              2        0", "group 1              2        1", ""]
    for mark, case in zip(marks, listed, strict=True):
        expected += [f"{mark:6}  {case.name}", f"        {case.message}"]
    expected += ["", *CHECK.remarks, "", "1 of 4 comparisons FAILED so far."]
    assert render(report(text), "table").splitlines() == expected

    markdown = render(report(text), "markdown")
    assert markdown.startswith("**INTERRUPTED after 4**\n\na title\n\n")
    assert markdown.endswith(
        "\n\n- first remark\n- second remark\n\n**1 of 4 comparisons FAILED so far.**\n"
    )
    assert lines_of_table(markdown) == [
        ["compared", "comparisons", "failed"],
        *CHECK.rows,
        ["", "comparison", "numbers"],
        *([mark, case.name, case.message] for mark, case in zip(marks, listed, strict=True)),
    ]
    assert "| **FAILED** |" in markdown

    latex = render(report(text), "latex")
    for case in CASES:
        assert (f"{case.name} & {case.message}" in latex) is (case in listed)
