"""--columns, --digits and --get: some of the numbers, or one of them alone."""

from __future__ import annotations

import json

import pytest

from normstats.cli.output import Output
from normstats.result import Estimate, Result
from tests.cli.conftest import Engine, Invoke
from tests.reports.made_up import BACKWARD, FORWARD, all_equal, made_up


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("forward.mean", FORWARD.mean.value),
        ("backward.zeros", BACKWARD.zeros.value),
        ("gain", 1 / FORWARD.std.value),
        ("gain_rms", 1 / FORWARD.rms.value),
        ("Gain-RMS", 1 / FORWARD.rms.value),
        ("backward_gain", 1 / BACKWARD.std.value),
    ],
)
def test_get_prints_the_measured_number_alone(name: str, number: float, invoke: Invoke) -> None:
    assert invoke("relu", "--get", name).stdout == f"{number!r}\n"
    assert invoke("run", "relu", "tanh", "--get", name).stdout == f"{number!r}\n" * 2


def test_get_of_constants_prints_the_exact_number(invoke: Invoke) -> None:
    given = ("constants", "gelu", "--x-std", "2")
    (document,) = json.loads(invoke(*given, "--format", "json").stdout)["constants"]
    for name in ("gain", "backward.std"):
        value = document[name] if name == "gain" else document["backward"]["std"]
        assert invoke(*given, "--get", name).stdout == f"{value!r}\n"


def test_get_tells_notes_beside_the_number(invoke: Invoke, engine: Engine) -> None:
    engine.behave = lambda result: made_up(notes=("take care",))
    outcome = invoke("relu", "--get", "gain")
    assert float(outcome.stdout)
    assert outcome.stderr == "normstats: relu: take care\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["relu", "--get", "gian"], ["--get gian", "forward.mean", "backward_gain"]),
        (["relu", "--columns", "gain,weight.std"], ["--columns weight.std", "gain_rms"]),
        (["relu", "--columns", "gain,"], ["--columns gain,", "such as"]),
        (["relu", "--digits", "0"], ["--digits 0", "from 1 to 15"]),
        (["relu", "--digits", "1.5"], ["--digits 1.5", "from 1 to 15"]),
        (["relu", "--get", "gain", "--format", "json"], ["--format json", "--get"]),
        (["relu", "--get", "gain", "--columns", "gain"], ["--columns gain", "--get"]),
        (["relu", "--get", "gain", "--digits", "3"], ["--digits 3", "--get"]),
        (["relu", "--columns", "gain", "--format", "csv"], ["--columns gain", "csv has all"]),
        (["relu", "--digits", "3", "-o", "r.json"], ["--digits 3", "json has all"]),
        (["constants", "relu", "--get", "x"], ["--get x", "gain_rms"]),
        (["constants", "relu", "--x-std", "0", "--get", "gain"], ["--get gain", "no exact value"]),
        (["constants", "relu", "--columns", "x"], ["--columns x", "gain_rms"]),
        (["constants", "--all", "--get", "gain"], ["--get gain", "--all"]),
        (["constants", "--all", "--columns", "gain"], ["--columns", "--all"]),
        (["constants", "--all", "--x-std", "2"], ["--x-std 2", "as published"]),
        (["constants", "--source", "nfnets", "--dy-mean=0"], ["--dy-mean 0", "as published"]),
    ],
)
def test_bad_input(arguments: list[str], named: list[str], invoke: Invoke, engine: Engine) -> None:
    outcome = invoke(*arguments)
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert outcome.stderr.count("\n") == 1
    for word in named:
        assert word in outcome.stderr
    assert engine.calls == []


def test_a_gain_that_does_not_exist(invoke: Invoke, engine: Engine) -> None:
    nothing = all_equal(Estimate(0.0, 0.0, 0.0))
    engine.behave = lambda result: made_up(forward=nothing)
    outcome = invoke("relu", "--get", "gain")
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "--get gain: relu has none" in outcome.stderr


def test_a_line_a_layer(invoke: Invoke, engine: Engine) -> None:
    def narrow(result: Result) -> Result:
        std = Estimate(12.25, 0.5)
        return result if result.layer == "relu" else made_up(layer="tanh", forward=all_equal(std))

    engine.behave = narrow
    given = ("run", "relu", "tanh", "--columns", "forward.std,gain")
    lines = invoke(*given).stdout.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["std", "of", "y", "1/std", "of", "y"],
        ["relu", "0.58380(5)", "1.71291(15)"],
        ["tanh", "12.2(5)", "0.0816(33)"],
    ]
    assert "0.3989(12) is 0.3989 ± 0.0012" in lines
    lines = invoke(*given, "--digits", "3").stdout.splitlines()
    assert [line.split() for line in lines[1:3]] == [
        ["relu", "0.584", "1.71"],
        ["tanh", "12.2", "0.0816"],
    ]
    lines = invoke(*given, "--format", "md").stdout.splitlines()
    assert lines[0] == "| layer | std of y | 1/std of y |"
    assert lines[2] == "| `relu` | 0.58380(5) | 1.71291(15) |"


def test_digits_are_never_more_than_are_known(invoke: Invoke) -> None:
    lines = invoke("relu", "--digits", "15", "--columns", "forward.std").stdout.splitlines()
    assert lines[0].split() == ["relu", "0.58380"]


def test_exact_values_in_a_line(invoke: Invoke) -> None:
    given = ("constants", "relu", "tanh", "--columns", "gain,backward.std")
    lines = invoke(*given).stdout.splitlines()
    assert lines[1].split() == ["relu", "1.71286", "0.707107"]
    lines = invoke(*given, "--digits", "10").stdout.splitlines()
    assert lines[2].split() == ["tanh", "1.59253742", "0.681471131"]


def test_lines_come_as_soon_as_each_layer_is_done(
    invoke: Invoke, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below one heading, their points below each other; then the notes on all."""
    written: list[str] = []
    monkeypatch.setattr(Output, "write", lambda self, text: written.append(text))
    std = {
        "relu": Estimate(0.0123, 0.0005),
        "tanh": Estimate(12.25, 0.5),
        "elu": Estimate(5.0, None),
    }
    seen: list[int] = []

    def narrow(result: Result) -> Result:
        seen.append(len(written))
        return made_up(layer=result.layer, forward=all_equal(std[result.layer]))

    engine.behave = narrow
    given = ("run", "relu", "tanh", "elu", "--columns", "forward.std,forward.mean")
    assert invoke(*given).exit_code == 0
    assert seen == [0, 1, 2]
    first, second, third, notes = written
    heading, line = first.splitlines()
    assert heading.split() == ["std", "of", "y", "mean", "of", "y"]
    lines = [line, *second.splitlines(), *third.splitlines()]
    assert [one.split()[0] for one in lines] == ["relu", "tanh", "elu"]
    assert len({one.index(".") for one in lines[:2]}) == 1
    assert len({one.rindex(".") for one in lines[:2]}) == 1
    assert notes.startswith("\n0.3989(12) is 0.3989 ± 0.0012\nrelu: n = 1e8, seed 0")
    assert notes.count("n = 1e8") == 3
    written.clear()
    assert invoke(*given, "--format", "md").exit_code == 0
    assert len(written) == 1
    written.clear()
    assert invoke("relu", "--columns", "forward.std").exit_code == 0
    assert len(written) == 1
