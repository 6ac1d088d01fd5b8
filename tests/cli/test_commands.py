"""What the commands pass on to the engine, and what they print."""

from __future__ import annotations

import csv
import io
import json
import os

import pytest

from normstats import __version__
from normstats.cli.common import common_options
from normstats.cli.root import COMMANDS
from normstats.engine.observer import Interrupted
from normstats.layer.base import Layer
from normstats.numerals.quantities import count
from normstats.registry import all_layers, canonical, find, samples_for
from normstats.result import Result
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs
from normstats.runs.method import Method
from normstats.runs.target import Target
from tests.cli.conftest import Engine, Invoke
from tests.reports.made_up import made_up


def test_defaults(invoke: Invoke, engine: Engine) -> None:
    assert invoke("relu").exit_code == 0
    (call,) = engine.calls
    assert call == {
        "layer": "relu",
        "params": {},
        "inputs": Inputs(),
        "samples": 10**7,
        "seed": 0,
        "threads": len(os.sched_getaffinity(0)),
        "method": Method(),
        "target": None,
    }


def test_every_common_option_arrives(invoke: Invoke, engine: Engine) -> None:
    given = "--samples 100M --seed 7 --threads 3 --x-mean 1 --x_std 2 --dy-mean=-3 --dy_std 4"
    assert invoke("sigmoid", *given.split()).exit_code == 0
    (call,) = engine.calls
    assert (call["samples"], call["seed"], call["threads"]) == (10**8, 7, 3)
    assert call["inputs"] == Inputs(1.0, 2.0, -3.0, 4.0)


def test_how_to_sample_arrives(invoke: Invoke, engine: Engine) -> None:
    assert invoke("sigmoid", "--method", "rqmc", "--conditional").exit_code == 0
    assert invoke("sigmoid", "--target-se", "1e-4").exit_code == 0
    assert invoke("sigmoid", "--target-rel", "1e-3", "--samples", "1e6").exit_code == 0
    assert engine.calls[0]["method"] == Method("rqmc", True)
    assert (engine.calls[1]["target"], engine.calls[1]["samples"]) == (Target(se=1e-4), 10**12)
    assert (engine.calls[2]["target"], engine.calls[2]["samples"]) == (Target(rel=1e-3), 10**6)


@pytest.mark.parametrize("name", ["max_pool2d", "max-pool2d", "MAX_Pool2D", "maxpool"])
@pytest.mark.parametrize("option", ["--kernel-size", "--kernel_size"])
def test_hyphen_is_underscore(name: str, option: str, invoke: Invoke, engine: Engine) -> None:
    assert invoke(name, option, "2x3").exit_code == 0
    assert engine.calls[0]["layer"] == "max_pool2d"
    assert engine.calls[0]["params"] == {"kernel_size": (2, 3)}


def test_run_shares_one_document(invoke: Invoke, engine: Engine) -> None:
    outcome = invoke("run", "relu", "max-pool2d(kernel_size=2x3)", "leaky_relu", "--format", "json")
    results = json.loads(outcome.stdout)["results"]
    assert [result["layer"] for result in results] == ["relu", "max_pool2d", "leaky_relu"]
    assert results[1]["params"] == {"kernel_size": [2, 3]}
    assert results[2]["params"] == {"negative_slope": 0.01}


@pytest.mark.parametrize("layer", all_layers().values(), ids=lambda layer: layer.name)
def test_every_layer_is_a_command_with_help(layer: Layer, invoke: Invoke) -> None:
    name = layer.name
    outcome = invoke(name, "--help")
    assert outcome.exit_code == 0
    for param in layer.params:
        assert f"--{param.name}".replace("_", "-") in outcome.stdout
    assert "--samples" in outcome.stdout
    samples = samples_for(Call.of(name, layer.parse({})))
    words = " ".join(outcome.stdout.split())
    assert f"[default: {count(samples)}; with a target, at most 1e12]" in words


def test_a_layers_options_and_the_common_ones_never_collide() -> None:
    common = {name for option in common_options() for name in (option.name, *option.opts)}
    for layer in all_layers().values():
        assert common.isdisjoint(param.name for param in layer.params)
        assert layer.name not in COMMANDS
        assert all(canonical(alias) not in COMMANDS for alias in layer.aliases)


def test_parsed_parameters_parse_to_themselves() -> None:
    for layer in all_layers().values():
        params = layer.parse({})
        assert layer.parse(params) == params


def test_list_names_everything(invoke: Invoke) -> None:
    text = invoke("list").stdout
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.split())
    for layer in all_layers().values():
        assert layer.name in text
        assert layer.formula in words
        for param in layer.params:
            assert f"--{param.name}".replace("_", "-") in text


def test_list_for_machines(invoke: Invoke) -> None:
    layers = json.loads(invoke("list", "--format", "json").stdout)["layers"]
    assert sorted(layer["layer"] for layer in layers) == sorted(all_layers())
    pool = next(layer for layer in layers if layer["layer"] == "max_pool2d")
    assert pool["params"][0]["name"] == "kernel_size"
    assert pool["params"][0]["default"] == [3, 3]
    rows = list(csv.DictReader(io.StringIO(invoke("list", "--format", "csv").stdout)))
    assert {row["layer"] for row in rows} == set(all_layers())
    table = invoke("list", "--format", "markdown").stdout.splitlines()
    assert len(table) == len(all_layers()) + 2


def test_version_help_and_nothing(invoke: Invoke) -> None:
    assert invoke("--version").stdout == f"normstats {__version__}\n"
    text = invoke("--help").stdout
    assert text == invoke("-h").stdout == invoke().stdout
    words = text.replace(",", " ").split()
    assert set(all_layers()) <= set(words)
    assert set(COMMANDS) <= set(words)


def test_results_go_to_stdout_and_warnings_to_stderr(invoke: Invoke, engine: Engine) -> None:
    engine.behave = lambda result: made_up(notes=("take care",))
    outcome = invoke("relu", "--format", "csv")
    assert "take care" not in outcome.stdout
    assert outcome.stderr == "normstats: relu: take care\n"
    assert invoke("relu", "--format", "csv", "--quiet").stderr == ""
    outcome = invoke("relu")
    assert "take care" in outcome.stdout
    assert outcome.stderr == ""


def test_an_interruption_shows_what_there_is(invoke: Invoke, engine: Engine) -> None:
    def stop(result: Result) -> Result:
        if result.layer == "relu":
            return result
        raise Interrupted(made_up(layer="tanh", samples=1234, interrupted=True))

    engine.behave = stop
    outcome = invoke("run", "relu", "tanh", "sigmoid", "--format", "json")
    assert outcome.exit_code == 130
    results = json.loads(outcome.stdout)["results"]
    assert [(r["layer"], r["interrupted"]) for r in results] == [("relu", False), ("tanh", True)]
    assert outcome.stderr.count("\n") == 1
    assert len(engine.calls) == 2


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Interrupted(None)])
def test_an_interruption_before_anything_is_one_line(
    stop: BaseException, invoke: Invoke, engine: Engine
) -> None:
    def fail(_: Result) -> Result:
        raise stop

    engine.behave = fail
    outcome = invoke("relu")
    assert outcome.exit_code == 130
    assert outcome.stdout == ""
    assert outcome.stderr == "normstats: interrupted before the first result\n"


def test_a_bug_is_not_hidden(invoke: Invoke, engine: Engine) -> None:
    def fail(_: Result) -> Result:
        raise ZeroDivisionError

    engine.behave = fail
    with pytest.raises(ZeroDivisionError):
        invoke("relu")


def test_aliases_reach_their_layer(invoke: Invoke, engine: Engine) -> None:
    for layer in all_layers().values():
        for alias in layer.aliases:
            assert find(alias) is layer
            assert invoke(alias, "--quiet").exit_code == 0
            assert engine.calls[-1]["layer"] == layer.name
