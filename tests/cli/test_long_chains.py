"""`normstats chain` with the options of long runs; merge, show and compare of what it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from normstats.cli.schema import text
from tests.cli.test_long import command, folder, refused

__all__ = ["folder"]  # the fixture: each test in a folder of its own

CHAIN = ("chain", "linear(8), tanh", "--repeat=2", "--batch-size=4")
TEN = (*CHAIN, "--networks=10")


def result(file: str) -> Any:
    """A result without what differs from run to run."""
    document = json.loads(Path(file).read_text())
    jsonschema.validate(document, json.loads(text("chain")))
    del document["elapsed_s"]
    return document


def test_shares_are_merged_into_the_single_run() -> None:
    command(*TEN, "-o", "whole.json")
    for number in (1, 2, 3):
        said = command(*TEN, f"--shard={number}/3", "-o", f"p{number}.json")
        assert (said.exit_code, said.stdout) == (0, "")
        assert f": {3 + (number == 3)} of 10 blocks" in said.stderr
    names = ["p3.json", "p1.json", "p2.json"]
    assert command("merge", *names, "-o", "merged.json").exit_code == 0
    assert result("merged.json") == result("whole.json")
    assert command("compare", "merged.json", "whole.json").exit_code == 0
    assert "blocks 3 to 5 of 10 missing; --partial does without" in refused("merge", *names[:2])
    partial = command("merge", *names[:2], "--partial", "-o", "partial.json")
    assert partial.exit_code == 0
    assert (result("partial.json")["ended"], result("partial.json")["networks_done"]) == (
        *("partial", 7),
    )
    for option, value in (("--columns", "gain"), ("--get", "gain")):
        assert f"{option} {value}" in refused("merge", *names, option, value)


def test_a_checkpoint_goes_on() -> None:
    command(*TEN, "-o", "whole.json")
    kept = (*CHAIN, "--checkpoint=kept")
    assert command(*kept, "--networks=4").exit_code == 0
    assert command(*kept, "--networks=10", "-o", "on.json").exit_code == 0
    assert result("on.json") == result("whole.json")
    assert "seed 0, here 1" in refused(*kept, "--networks=10", "--seed=1")
    assert "more than the 3 that" in refused(*kept, "--networks=3")
    assert "is of another run: 2 * (linear(out_features=8), tanh), here relu" in refused(
        "relu", "--checkpoint=kept"
    )


@pytest.mark.parametrize(
    ("options", "ended", "code"),
    [
        (["--time=1h", "--networks=3"], "networks", 0),
        (["--time=1h", "--target-rel=0.2"], "target", 0),
        (["--target-se=0.2"], "target", 0),
        (["--time=0.1s"], "time", 0),
        (["--time=0.1s", "--target-rel=1e-9"], "time", 3),
        (["--target-rel=1e-9", "--networks=12"], "networks", 3),
    ],
)
def test_what_is_reached_first_is_named(options: list[str], ended: str, code: int) -> None:
    said = command(*CHAIN, *options, "-o", "r.json")
    assert said.exit_code == code
    found = result("r.json")
    assert found["ended"] == ended
    assert (f"ended by {ended}" in found["notes"]) == ("--time" in options[0])
    assert ("the target was not reached" in found["notes"]) == (code == 3)
    again = command(*CHAIN, f"--networks={found['networks_done']}", "-o", "straight.json")
    assert again.exit_code == 0
    assert result("straight.json")["layers"] == found["layers"]


def test_saved_chains_are_shown_and_compared() -> None:
    command(*TEN, "-o", "a.json")
    command(*TEN, "--seed=1", "-o", "b.json")
    shown = command(*TEN, "--format=markdown").stdout
    told = [line for line in shown.splitlines() if "networks/s" not in line]
    again = command("show", "a.json", "--format=markdown").stdout.splitlines()
    assert [line for line in again if "networks/s" not in line] == told
    assert command("show", "a.json", "b.json").stdout.count("forward: ") == 2
    assert "--format json: has one chain, not 2" in refused(
        "show", "a.json", "b.json", "--format=json"
    )
    assert command("compare", "a.json", "b.json").exit_code == 0
    document = json.loads(command("compare", "a.json", "b.json", "--format=json").stdout)
    jsonschema.validate(document, json.loads(text("check")))
    changed = result("b.json") | {"elapsed_s": 1.0}
    std = changed["layers"][0]["forward_std"]
    std["value"] = 3.0 * std["value"]
    Path("c.json").write_text(json.dumps(changed))
    failed = command("compare", "a.json", "c.json")
    assert failed.exit_code == 1
    assert "FAILED  layer 1, linear: forward_std" in failed.stdout
    command("relu", "-n", "1e4", "-o", "layer.json")
    assert "has results of layers" in refused("compare", "a.json", "layer.json")
    assert "has results of layers" in refused("show", "a.json", "layer.json")


def test_options_that_do_not_go_together() -> None:
    assert "--shard 1/2: needs --output" in refused(*TEN, "--shard=1/2")
    assert "must end in .json" in refused(*TEN, "--shard=1/2", "--output=a.csv")
    assert "--target-rel 1: not" in refused(*TEN, "--shard=1/2", "-o=a", "--target-rel=1")
    assert "must be another file" in refused(*TEN, "--checkpoint=a.json", "--output=a.json")
    assert "--target-se 0: must be" in refused(*TEN, "--target-se=0")
    Path("net.json").write_text('{"layers": "linear(3), relu"}')
    assert "is no file of parts" in refused("chain", "net.json", "--checkpoint=net.json")
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    assert "a shard has no picture" in refused(*TEN, "--shard=1/2", "-o=a", "--plot=p.png")
    kept = refused(*TEN, "--checkpoint=p.png", "--plot=p.png")
    assert "--plot p.png: is the --checkpoint as well" in kept
