"""--checkpoint, --shard, --time and merge, as commands; with the real engine."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import click.testing
import jsonschema
import pytest

from normstats.cli.root import root
from normstats.cli.schema import text

RELU = ("relu", "-n", "3e6")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*words: str) -> click.testing.Result:
    with warnings.catch_warnings():
        return click.testing.CliRunner().invoke(root, list(words), catch_exceptions=False)


def numbers(file: str) -> Any:
    """A result file without what differs from run to run."""
    document = json.loads(Path(file).read_text())
    jsonschema.validate(document, json.loads(text("results")))
    for result in document["results"]:
        del result["elapsed_s"]
    return document


def refused(*words: str) -> str:
    ended = command(*words)
    assert ended.exit_code == 2, ended.stdout
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""
    return ended.stderr


def test_shares_are_merged_into_the_single_run() -> None:
    names = ["a.json", "b", "c.JSON"]
    runs = ("run", "relu", "tanh", "-n", "3e6")
    command(*runs, "-o", "whole.json")
    for number, name in enumerate(names, 1):
        said = command(*runs, "--shard", f"{number}/3", "-o", name)
        assert (said.exit_code, said.stdout) == (0, "")
        assert "relu: 2 of 6 blocks" in said.stderr
    assert command("merge", *names, "-o", "merged.json").exit_code == 0
    assert numbers("merged.json") == numbers("whole.json")
    assert command("merge", *names, "--get", "gain").stdout == "".join(
        f"{one['gains']['gain']['value']!r}\n" for one in numbers("whole.json")["results"]
    )
    assert "missing; --partial does without" in refused("merge", "b", "a.json")
    partial = command("merge", "b", "a.json", "--partial")
    assert partial.exit_code == 0
    assert "partial: blocks 4 to 5 of 6 missing" in partial.stdout
    assert "is read by this command" in refused("merge", *names, "-o", "a.json")
    assert "is no file of parts" in refused("merge", "a.json", "whole.json")


def test_a_checkpoint_goes_on() -> None:
    command(*RELU, "-o", "whole.json")
    command("relu", "-n", "1e6", "--checkpoint", "kept.json")
    assert command(*RELU, "--checkpoint", "kept.json", "-o", "on.json").exit_code == 0
    assert numbers("on.json") == numbers("whole.json")
    assert "seed 0, here 1" in refused(*RELU, "--seed=1", "--checkpoint=kept.json")
    share = (*RELU, "--shard=2/3", "--checkpoint=c2", "--output=part2")
    assert command(*share).exit_code == command(*share).exit_code == 0
    for other in (1, 3):
        command(*RELU, f"--shard={other}/3", f"--output=part{other}")
    command("merge", "part1", "part2", "part3", "-o", "merged.json")
    assert numbers("merged.json") == numbers("whole.json")
    assert sorted(path.name for path in Path().iterdir() if "lock" in path.name) == []


def test_the_time_is_over() -> None:
    ended = command("relu", "--time", "0.3s", "-o", "timed.json")
    assert ended.exit_code == 0
    (timed,) = numbers("timed.json")["results"]
    assert timed["ended"] == "time"
    assert not timed["interrupted"]
    assert "ended by time" in timed["notes"]
    samples = timed["samples"]
    assert 0 < samples < 10**10
    command("relu", "-n", str(samples), "-o", "straight.json")
    (straight,) = numbers("straight.json")["results"]
    assert straight["ended"] == "samples"
    assert {**straight, "ended": "time", "notes": ["ended by time"]} == timed


@pytest.mark.parametrize(
    ("options", "ended", "code"),
    [
        (["--time=1h", "--samples=1e5"], "samples", 0),
        (["--time=1h", "--target-se=1e-2"], "target", 0),
        (["--time=0.1s", "--target-se=1e-9"], "time", 3),
        (["--time=0.01s", "--method=rqmc", "--target-se=1e-9"], "time", 3),
        (["--time=1h", "--target-se=1e-9", "--samples=1e5"], "samples", 3),
    ],
)
def test_what_is_reached_first_is_named(options: list[str], ended: str, code: int) -> None:
    assert command("relu", *options, "-o", "r.json").exit_code == code
    (result,) = numbers("r.json")["results"]
    assert result["ended"] == ended
    assert f"ended by {ended}" in result["notes"]


def test_options_that_do_not_go_together() -> None:
    assert "--shard 9/8: must be such as 3/8" in refused("relu", "--shard=9/8", "--output=a")
    assert "--shard 1/2: needs --output" in refused("relu", "--shard=1/2")
    assert "--get gain: not together" in refused("relu", "--shard=1/2", "--output=a", "--get=gain")
    for name in ("x.csv", "x.json.md", "x.part"):
        said = refused("relu", "--shard=1/2", f"--output={name}")
        assert f"--output {name}: must end in .json, or have no suffix" in said
    assert "--target-se 1: not" in refused("relu", "--shard=1/2", "--output=a", "--target-se=1")
    assert "--time 3: must be such as 30s" in refused("relu", "--time=3")
    assert "--time 0s: must be" in refused("relu", "--time=0s")
    assert "must be another file" in refused("relu", "--checkpoint=a", "--output=./a")
    assert "--checkpoint '': must be" in refused("relu", "--checkpoint=")


def test_saved_results_are_shown_and_compared() -> None:
    runs = ("run", "relu", "tanh", "-n", "2e4")
    command(*runs, "-o", "a.json")
    command(*runs, "--seed", "1", "-o", "b.json")
    assert command("show", "a.json", "--format", "csv").stdout.startswith("layer,params,")
    assert command("show", "a.json", "b.json", "--get", "forward.mean").stdout.count("\n") == 4
    assert command("compare", "a.json", "b.json").exit_code == 0
    command("relu", "-n", "2e4", "--seed", "2", "-o", "c.json")
    for files in (("a.json", "c.json"), ("c.json", "a.json")):
        fewer = command("compare", *files)
        assert fewer.exit_code == 1
        assert "FAILED  tanh\n        is only in a.json: nothing" in fewer.stdout
    document = json.loads(command("compare", "a.json", "c.json", "--format", "json").stdout)
    jsonschema.validate(document, json.loads(text("check")))
    assert (document["passed"], document["failed"]) == (False, 1)
    Path("b.json").write_text(Path("b.json").read_text().replace('"value": 0.', '"value": 0.1'))
    differ = command("compare", "a.json", "b.json", "--format", "json")
    assert differ.exit_code == 1
    document = json.loads(differ.stdout)
    jsonschema.validate(document, json.loads(text("check")))
    assert not document["passed"]
    assert "cannot be read" in refused("show", "none.json")
    assert "--alpha 2: must be" in refused("compare", "a.json", "b.json", "--alpha=2")
    assert "is read by this command" in refused("compare", "a.json", "b.json", "-o", "b.json")
