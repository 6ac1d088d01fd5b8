"""`normstats check` on the command line: options, exit codes, formats, files, interruption."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click.testing
import pytest

from normstats import perform
from normstats.check.measured import DEFAULT_SAMPLES
from normstats.cli.root import root
from normstats.result import Result
from normstats.runs.run import Run
from tests.check.made_up import drawn

PINNED = """
[[constant]]
layer = "leaky_relu"
params = { negative_slope = 0.01 }
quantity = "gain"
value = 1.70483162717734
tolerance = 1e-3
source = "mine"

[[constant]]
layer = "gelu"
quantity = "backward_gain"
value = 1.4811
"""


class Engine:
    """Stands for ``perform``: right values with their noise; remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int, int]] = []
        self.stop_at = ""
        self.spread = 1.0

    def __call__(self, run: Run, threads: int, *_: Any) -> Result:
        self.calls.append((run.call.layer, run.samples, run.seed, threads))
        if run.call.layer == self.stop_at:
            raise KeyboardInterrupt
        return drawn(run, self.spread)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    fake = Engine()
    monkeypatch.setattr(perform, "perform", fake)
    return fake


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def invoke(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(root, ["check", *arguments], catch_exceptions=False)


def test_all_layers_against_the_exact_values(engine: Engine) -> None:
    result = invoke()
    assert result.exit_code == 0, result.output
    assert "comparisons agree" in result.stdout
    assert "Tables: none in ./tables" in result.stdout
    assert "is 1e-06: half of it for" in " ".join(result.stdout.split())
    assert "Detection limits" in result.stdout
    relu = [call for call in engine.calls if call[0] == "relu"]
    assert relu[0][1:3] == (int(float(DEFAULT_SAMPLES)), 1)
    assert len(engine.calls) > 60


def test_options_reach_the_engine(engine: Engine) -> None:
    result = invoke(
        *("--samples", "2e6", "--seed", "7", "--threads", "3", "--layer", "relu"),
        *("--layer", "max_pool2d(kernel_size=2)", "--alpha", "1e-3", "--format", "json"),
    )
    assert result.exit_code == 0
    assert engine.calls[0] == ("relu", 2_000_000, 7, 3)
    assert engine.calls[-1] == ("max_pool2d", 200_000, 7, 3)
    # Two inputs of relu by plain samples, and both by evenly spread points, which take longer.
    assert [call[1] for call in engine.calls] == [2_000_000] * 2 + [500_000] * 2 + [200_000]
    assert [call[2] for call in engine.calls] == [7, 8, 9, 10, 7]
    document = json.loads(result.stdout)
    assert (document["alpha"], document["seed"], document["passed"]) == (1e-3, 7, True)


def test_a_failure_has_exit_code_1_and_names_itself(engine: Engine) -> None:
    engine.spread = 3.0
    result = invoke("--format", "json", "--output", "report.json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "comparisons FAILED" in result.stderr
    document = json.loads(Path("report.json").read_text("utf-8"))
    wrong = [line for line in document["comparisons"] if not line["passed"]]
    assert len(wrong) == document["failed"] > 0
    assert not document["passed"]
    quiet = invoke("--format", "csv", "--quiet")
    assert (quiet.exit_code, quiet.stderr) == (1, "")
    rows = list(csv.DictReader(io.StringIO(quiet.stdout)))
    assert [row["name"] for row in rows if row["passed"] == "false"] == [
        line["name"] for line in wrong
    ]


@pytest.mark.parametrize("given", [["--output", "r.xml"], ["--format", "junit"]])
def test_junit(engine: Engine, given: list[str]) -> None:
    result = invoke("--layer", "relu", "--layer", "tanh", *given)
    assert result.exit_code == 0
    text = Path("r.xml").read_text("utf-8") if "--output" in given else result.stdout
    found = ElementTree.fromstring(text.encode())
    assert int(found.get("tests") or 0) == len(list(found.iter("testcase"))) == 66
    assert found.get("failures") == "0"


def test_a_file_of_constants(engine: Engine) -> None:
    Path("mine.toml").write_text(PINNED, "utf-8")
    result = invoke("mine.toml", "--samples", "1e8")
    assert result.exit_code == 0, result.output
    assert "ok      leaky_relu(negative_slope=0.01) gain (mine)" in result.stdout
    assert "All 2 comparisons agree." in result.stdout
    assert [call[0] for call in engine.calls] == ["leaky_relu", "gelu"]
    Path("mine.toml").write_text(PINNED.replace("1.4811", "1.4821"), "utf-8")
    result = invoke("mine.toml", "--samples", "1e8")
    assert result.exit_code == 1
    assert "FAILED  gelu(approximate=none) backward_gain" in result.stdout
    assert invoke("mine.toml", "--layer", "leaky-relu").exit_code == 0


@pytest.mark.parametrize("output", ["mine.toml", "./mine.toml", "link.toml"])
def test_a_file_is_not_replaced_by_its_report(engine: Engine, output: str) -> None:
    Path("mine.toml").write_text(PINNED, "utf-8")
    Path("link.toml").symlink_to("mine.toml")
    result = invoke("mine.toml", "--output", output, "--format", "json")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"normstats: --output {output}: is read by this command")
    assert result.stderr.count("\n") == 1
    assert Path("mine.toml").read_text("utf-8") == PINNED
    assert not engine.calls
    assert invoke("mine.toml", "--output", "other.json").exit_code == 0


def test_a_table_is_not_replaced_by_a_report(engine: Engine) -> None:
    Path("there").mkdir()
    Path("there/index.json").write_text("{}", "utf-8")
    result = invoke("--tables", "there", "--output", "there/index.json")
    assert result.exit_code == 2
    assert "--output there/index.json: is read by this command" in result.stderr
    assert Path("there/index.json").read_text("utf-8") == "{}"


def test_a_file_as_junit(engine: Engine) -> None:
    Path("mine.toml").write_text(PINNED.replace("1.4811", "1.4821"), "utf-8")
    result = invoke("mine.toml", "--format", "junit")
    found = ElementTree.fromstring(result.stdout.encode())
    assert (found.get("tests"), found.get("failures")) == ("2", "1")
    (failure,) = found.iter("failure")
    assert "1.4821" in (failure.get("message") or "")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--alpha", "0"], ["--alpha", "0", "1e-30 to 0.1"]),
        (["--alpha", "nan"], ["--alpha", "nan"]),
        (["--alpha", "x"], ["--alpha", "x"]),
        (["--samples", "10"], ["--samples", "10", "at least 1000"]),
        (["--samples", "many"], ["--samples", "many"]),
        (["--seed", "-1"], ["--seed", "-1"]),
        (["--threads", "0"], ["--threads", "0"]),
        (["--format", "yml"], ["--format", "yml", "table, json, csv, markdown, latex, junit"]),
        (["--output", "no/such/folder.json"], ["--output", "does not exist"]),
        (["--layer", "rleu"], ["rleu", "did you mean relu"]),
        (["--tables", "nowhere"], ["--tables", "nowhere", "No such file"]),
        (["missing.toml"], ["FILE missing.toml", "No such file"]),
        (["mine.toml", "--tables", "."], ["--tables", "without FILE"]),
        (["mine.toml", "--layer", "tanh"], ["--layer", "tanh", "no constant"]),
        (["broken.json"], ["broken.json", "is not JSON"]),
        (["wrong.toml"], ["wrong.toml: constant 1 (relu)", "value: missing"]),
        (["two.toml", "more"], ["more"]),
    ],
)
def test_bad_input(engine: Engine, arguments: list[str], named: list[str]) -> None:
    Path("mine.toml").write_text(PINNED, "utf-8")
    Path("broken.json").write_text("{", "utf-8")
    Path("wrong.toml").write_text('[[constant]]\nlayer = "relu"\nquantity = "gain"\n', "utf-8")
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("normstats: ")
    assert result.stderr.count("\n") == 1
    for word in named:
        assert word in result.stderr
    assert not engine.calls


def test_an_interruption_reports_what_is_done(engine: Engine) -> None:
    engine.stop_at = "tanh"
    result = invoke()
    assert result.exit_code == 130
    assert result.stdout.startswith("INTERRUPTED after ")
    assert "interrupted after" in result.stderr
    engine.stop_at = "relu"
    result = invoke("--layer", "relu")
    assert result.exit_code == 130
    assert result.stdout == ""


def test_tables_in_the_folder_are_found(engine: Engine) -> None:
    Path("tables").mkdir()
    Path("tables/index.json").write_text("{}", "utf-8")
    result = invoke()
    assert result.exit_code == 2
    assert "tables/index.json" in result.stderr
