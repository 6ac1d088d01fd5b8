"""`normstats constants`: exact values at once, and the catalogue with every field."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click.testing
import pytest

from normstats.cli.root import root
from normstats.published.catalogue import Constant, catalogue

FORMS = ("table", "json", "csv", "markdown", "latex")


def invoke(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(root, ["constants", *arguments], catch_exceptions=False)


def values(*arguments: str) -> list[dict[str, object]]:
    result = invoke(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["schema"] == "normstats-constants/1"
    return list(document["constants"])


def test_relu_to_fifteen_digits() -> None:
    text = invoke("relu").stdout
    for name, value in (
        ("forward.mean", math.sqrt(1 / (2 * math.pi))),
        ("forward.std", math.sqrt(0.5 - 1 / (2 * math.pi))),
        ("backward.std", math.sqrt(0.5)),
        ("gain_rms", math.sqrt(2.0)),
    ):
        (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
        assert float(line.split()[-1]) == pytest.approx(value, rel=3e-15)
        assert len(line.split()[-1].replace(".", "").lstrip("0")) == 15


def test_gains_are_what_they_say() -> None:
    (gelu,) = values("gelu")
    forward, backward = gelu["forward"], gelu["backward"]
    assert isinstance(forward, dict)
    assert isinstance(backward, dict)
    assert gelu["gain"] == 1 / forward["std"]
    assert gelu["gain_rms"] == 1 / forward["rms"]
    assert gelu["backward_gain"] == 1 / backward["std"]
    assert gelu["params"] == {"approximate": "none"}


def test_layer_options_and_inputs() -> None:
    one = values("leaky_relu", "--negative-slope", "-0.5", "--x-std", "2")
    assert one == values("leaky-relu", "--negative_slope=-0.5", "--x_std=2")
    assert one == values("--x-std", "2", "leaky_relu(negative_slope=-0.5)")
    assert one[0]["params"] == {"negative_slope": -0.5}
    assert one[0]["inputs"] == {"x_mean": 0.0, "x_std": 2.0, "dy_mean": 0.0, "dy_std": 1.0}


def test_several_layers() -> None:
    found = values("relu", "max_pool2d(kernel_size=3)", "linear")
    assert [one["layer"] for one in found] == ["relu", "max_pool2d", "linear"]
    assert found[1]["params"] == {"kernel_size": [3, 3]}


@pytest.mark.parametrize("form", FORMS)
def test_every_format(form: str) -> None:
    result = invoke("relu", "threshold(value=3)", "exp", "--x-std", "0", "--format", form)
    assert result.exit_code == 0
    assert "nan" not in result.stdout
    assert "threshold" in result.stdout
    listed = invoke("--all", "--format", form)
    assert listed.exit_code == 0
    for constant in (catalogue()[0], catalogue()[-1]):
        assert constant.id in listed.stdout.replace("\\", "")


def test_table_fits_eighty_columns() -> None:
    text = invoke("gelu", "smooth_leaky_relu", "max_pool3d").stdout
    assert max(map(len, text.splitlines())) <= 80


def test_csv_has_full_precision() -> None:
    rows = list(csv.DictReader(io.StringIO(invoke("gelu", "--format", "csv").stdout)))
    (gelu,) = values("gelu")
    assert {row["quantity"]: float(row["exact"]) for row in rows}["gain"] == gelu["gain"]
    assert len(rows) == 11


def test_the_catalogue_is_complete() -> None:
    document = json.loads(invoke("--all", "--format", "json").stdout)
    assert document["schema"] == "normstats-catalogue/1"
    found = document["constants"]
    assert [line["id"] for line in found] == [constant.id for constant in catalogue()]
    assert len(found) == 224
    for line, constant in zip(found, catalogue(), strict=True):
        assert {field.name for field in fields(Constant)} <= set(line)
        assert line["value"] == constant.value
        assert line["text"] == constant.text
    assert {line["source"] for line in found} == {source["key"] for source in document["sources"]}
    rows = list(csv.DictReader(io.StringIO(invoke("--all", "--format", "csv").stdout)))
    assert [row["id"] for row in rows] == [line["id"] for line in found]


def test_one_source_or_page() -> None:
    document = json.loads(invoke("--source", "anyinit_readme", "--format", "json").stdout)
    assert {line["source"] for line in document["constants"]} == {"anyinit_readme"}
    page = json.loads(invoke("--source", "Unit-Scaling", "--format", "json").stdout)
    assert {line["page"] for line in page["constants"]} == {"unit_scaling"}


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    result = invoke("relu", "--output", str(tmp_path / "relu.md"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "relu.md").read_text("utf-8").startswith("| layer")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], ["layer", "--all"]),
        (["reul"], ["reul", "did you mean relu"]),
        (["relu", "--all"], ["relu", "--all"]),
        (["--source", "nobody"], ["--source", "nobody", "must be one of"]),
        (
            ["relu", "--p", "3"],
            ["--p 3", "relu has no such option", "neither has normstats constants"],
        ),
        (["relu", "--checkpoint", "F"], ["--checkpoint F: is for normstats LAYER", "no samples"]),
        (["relu", "--dask=local"], ["--dask local: is for normstats LAYER", "no samples"]),
        (["relu", "--conditional"], ["--conditional (nothing): is for normstats LAYER"]),
        (["relu", "tanh", "--p", "3"], ["--p 3", "single layer"]),
        (["dropout", "--p"], ["--p", "needs a value"]),
        (["dropout", "--p", "2"], ["--p 2", "[0, 1]"]),
        (["dropout", "--p", "0.1", "--p", "0.2"], ["--p", "twice"]),
        (["dropout(p=0.1)", "--p", "0.2"], ["p", "twice"]),
        (["relu", "--x-std", "-1"], ["--x-std", "-1"]),
        (["relu", "--format", "xml"], ["--format", "xml"]),
        (["relu("], ["relu("]),
    ],
)
def test_bad_input(arguments: list[str], named: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("normstats: ")
    assert result.stderr.count("\n") == 1
    for word in named:
        assert word in result.stderr


def test_nothing_is_compiled() -> None:
    script = (
        "import sys\n"
        "from normstats.cli.root import root\n"
        "try:\n    root.main(['constants', 'gelu', '--format', 'csv'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "assert not {'numba', 'llvmlite'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
