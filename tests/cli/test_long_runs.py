"""Layers are shown as they are done; how a run ends; where there are colours."""

from __future__ import annotations

import io
import json
import re
import sys

import click.testing
import pytest

from normstats import api, registry
from normstats.cli.output import Output
from normstats.engine.observer import Interrupted
from normstats.engine.target import BEYOND, MISSED
from normstats.result import Result
from tests.cli.conftest import Engine, Invoke
from tests.reports.made_up import made_up, shown

LAYERS = ("relu", "tanh", "sigmoid")


def seen_at_each_layer(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> list[str]:
    """What stood on stdout, and was flushed, when each layer began."""
    seen: list[str] = []
    written: list[str] = []
    write = Output.write

    def watch(self: Output, text: str) -> None:
        written.append(text)
        write(self, text)

    def behave(result: Result) -> Result:
        seen.append("".join(written))
        return result

    monkeypatch.setattr(Output, "write", watch)
    engine.behave = behave
    return seen


def test_each_layer_is_shown_when_it_is_done(
    invoke: Invoke, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = seen_at_each_layer(monkeypatch, engine)
    whole = invoke("run", *LAYERS).stdout
    assert seen[0] == ""
    assert seen[1].startswith("relu")
    assert "tanh" not in seen[1]
    assert "tanh" in seen[2]
    assert whole.startswith(seen[2])
    results = [made_up(layer=name, samples=10**7, units=10**7, stream=4) for name in LAYERS]
    told = re.compile(r"n = .*|For .*")
    assert told.sub("", whole) == told.sub("", shown(results, "table")), "no byte is different"


def test_numbers_alone_come_one_by_one(
    invoke: Invoke, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = seen_at_each_layer(monkeypatch, engine)
    invoke("run", *LAYERS, "--get", "gain")
    assert [text.count("\n") for text in seen] == [0, 1, 2]


@pytest.mark.parametrize("form", ["json", "csv", "markdown", "latex"])
def test_other_formats_come_whole(
    form: str, invoke: Invoke, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = seen_at_each_layer(monkeypatch, engine)
    whole = invoke("run", *LAYERS, "--format", form).stdout
    assert all(name in whole for name in LAYERS)
    assert seen == ["", "", ""]


def test_what_is_shown_stays_when_the_next_is_interrupted(invoke: Invoke, engine: Engine) -> None:
    def stop(result: Result) -> Result:
        if result.layer == "relu":
            return result
        raise Interrupted(None)

    engine.behave = stop
    outcome = invoke("run", *LAYERS)
    assert outcome.exit_code == 130
    assert outcome.stdout.startswith("relu")
    assert outcome.stdout.count("forward") == 1
    assert outcome.stderr.startswith("normstats: interrupted; 1 of 3 layers")


@pytest.mark.parametrize(("note", "code"), [(MISSED, 3), (BEYOND, 3), ("else", 0)])
def test_a_missed_target_has_a_code_of_its_own(
    note: str, code: int, invoke: Invoke, engine: Engine
) -> None:
    engine.behave = lambda result: made_up(notes=(note,)) if result.layer == "tanh" else result
    assert invoke("run", *LAYERS, "--target-se", "1e-9").exit_code == code
    engine.behave = lambda result: result
    assert invoke("run", *LAYERS, "--target-se", "1e-9").exit_code == 0


def test_an_interruption_is_told_before_a_missed_target(invoke: Invoke, engine: Engine) -> None:
    def stop(_: Result) -> Result:
        raise Interrupted(made_up(notes=(MISSED,), interrupted=True))

    engine.behave = stop
    assert invoke("relu", "--target-se", "1e-9").exit_code == 130


def test_linear_takes_seconds_unasked(invoke: Invoke, engine: Engine) -> None:
    """2e10 multiplications, in a number of one digit, of the layer that is asked for."""
    sizes = {"linear": 100_000, "linear(in_features=4096, out_features=4096)": 800}
    sizes |= {"linear(in_features=4, out_features=4)": 10**7, "relu": 10**7}
    sizes |= {"linear(in_features=65536, out_features=4096)": 500}
    for text, samples in sizes.items():
        assert registry.samples_for(registry.parse_call(text)) == samples
        assert invoke("run", text).exit_code == 0
        assert engine.calls[-1]["samples"] == samples
    assert api.measure("linear(in_features=65536, out_features=64)", threads=1).samples == 3000
    invoke("linear", "--target-se", "1e-3")
    assert engine.calls[-1]["samples"] == 10**12


@pytest.mark.parametrize(
    ("terminal", "environment", "coloured", "blue"),
    [
        (True, {}, True, True),
        (True, {"NO_COLOR": "1"}, True, False),  # bold and dim text are no colours
        (True, {"TERM": "dumb"}, False, False),
        (False, {}, False, False),
        (False, {"FORCE_COLOR": "1"}, True, True),
        (False, {"FORCE_COLOR": ""}, False, False),
        (False, {"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colours(
    terminal: bool,
    environment: dict[str, str],
    coloured: bool,
    blue: bool,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from normstats.cli.root import root

    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm"} | environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", stdout := Stream())
    with pytest.raises(SystemExit):
        root.main(["relu", "--quiet"])
    assert ("\x1b[" in stdout.getvalue()) is coloured
    assert ("36m" in stdout.getvalue()) is blue


def test_a_file_has_no_colours(
    invoke: Invoke, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    target = f"{tmp_path}/r.txt"
    invoke("relu", "-o", target)
    with open(target, encoding="utf-8") as stream:
        assert "\x1b" not in stream.read()
    runner: click.testing.Result = invoke("relu", "--format", "json")
    assert json.loads(runner.stdout)["results"]
