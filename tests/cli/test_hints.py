"""What somebody meant is said; names of PyTorch, short options and filters are taken."""

from __future__ import annotations

import json
import shlex

import pytest

from normstats.cli.common import METHODS
from normstats.cli.root import COMMANDS
from normstats.published.catalogue import pages
from normstats.registry import all_layers, find, nearest, suggest
from normstats.reports.of_catalogue import source_names
from tests.cli.conftest import Engine, Invoke


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["relu", "sigmoid"], "relu sigmoid: for several layers: normstats run relu sigmoid"),
        (["relu", "tanh", "dropout(p=0.1)"], 'normstats run relu tanh "dropout(p=0.1)"'),
        (["relu", "1e8"], "relu 1e8: did you mean --samples 1e8?"),
        (["relu", "100"], "did you mean --samples 100?"),
        (["dropout", "0.1"], "dropout 0.1: did you mean --p 0.1?"),
        (["dropout", "sqrt"], "did you mean --rescale sqrt?"),
        (["dropout", "1e6"], "did you mean --samples 1e6?"),
        (["leaky_relu", "0.2"], "did you mean --negative-slope 0.2?"),
        (["leaky_relu", "1M"], "did you mean --samples 1M?"),
        (["max_pool2d", "3"], "did you mean --kernel-size 3?"),
        (["max_pool2d", "--kernel-size", "2", "3"], "did you mean --kernel-size 2x3?"),
        (["max_pool3d", "--kernel_size", "2", "3", "4"], "did you mean --kernel-size 2x3x4?"),
        (
            ["max_pool2d", "--kernel-size", "2", "3", "--stride", "1", "1"],
            "did you mean --kernel-size 2x3 --stride 1x1?",
        ),
        (["max_pool2d", "--stride", "1", "1", "--kernel-size", "3"], "did you mean --stride 1x1?"),
        (["max_pool2d", "--kernel-size", "2", "3", "4"], "--kernel-size must be a whole number of"),
        (["dropout", "--p", "0.1", "0.2"], "dropout 0.2: did you mean --p 0.2?"),
        (["max_pool2d(kernel_size=3)"], 'normstats run "max_pool2d(kernel_size=3)"'),
        (["run", "relu", "1e8"], "layer 1e8: did you mean --samples 1e8?"),
        (["run", "relu", "tanh", "100M"], "layer 100M: did you mean --samples 100M?"),
        (["run", "dropout", "0.1"], 'layer 0.1: did you mean "dropout(p=0.1)"?'),
        (["run", "relu", "2x3"], "layer 2x3: must be the name of a layer, and not a number"),
        (["run", "1e8"], "layer 1e8: did you mean --samples 1e8?"),
        (["constants", "relu", "1e8"], "and not a number; exact values draw no samples"),
        (["constants", "leaky_relu", "0.2"], 'did you mean "leaky_relu(negative_slope=0.2)"?'),
        (["relu", "--get", "std"], "--get std: did you mean forward.std or backward.std? It must"),
        (["relu", "--get", "gian"], "--get gian: did you mean gain? It must be of forward.mean,"),
        (["relu", "--columns", "gain,zeros"], "did you mean forward.zeros or backward.zeros?"),
        (["constants", "relu", "--get", "std"], "--get std: did you mean forward.std or backw"),
        (["relu", "--get", "qq"], "--get qq: must be of forward.mean,"),
        (["relu", "xyz"], "options begin with --; see normstats relu --help"),
        (["max_pool2d", "--stride", "0"], "--stride 0: must be "),
        (["linear", "--bias", "True"], "--bias True: there is no bias here"),
        (["linear", "--bias=True"], "--bias True: there is no bias here"),
        (["linear", "--bias"], "--bias (nothing): there is no bias here"),
        (["run", "linear(bias=True)"], "--bias True: there is no bias here"),
        (["relu", "--stride", "2"], "No such option '--stride'"),
        (["constants", "relu", "-n", "1e4"], "-n 1e4: is for normstats LAYER and normstats run"),
        (["max_pool2d", "--kernel-size"], "'--kernel-size' requires an argument"),
        (["max_pool2d", "--ceil-mode", "maybe"], "must be one of false, true"),
        (["xyz"], "layer xyz: no such layer or command; 'normstats list' shows all layers"),
        (["pool"], "did you mean lp_pool2d or max_pool2d or avg_pool2d"),
        (["torch.nn.RelU7"], "did you mean relu"),
        (["list", "relux"], "FILTER relux: no such layer; did you mean"),
        (["list", "pool", "4d"], "FILTER pool 4d: no such layer"),
        (["relu", "-o", "r.foo"], "no format has the suffix .foo (there are .txt, .json"),
        (["list", "-o", "r.xml"], "no format has the suffix .xml"),
        (["relu", "--format", "foo"], "must be one of table, json, csv, markdown, latex"),
    ],
)
def test_one_line_that_helps(typed: list[str], said: str, invoke: Invoke, engine: Engine) -> None:
    outcome = invoke(*typed)
    assert outcome.exit_code == 2
    assert outcome.stderr.count("\n") == 1
    assert said in outcome.stderr
    assert engine.calls == []


def test_sources_are_named_whole(invoke: Invoke) -> None:
    said = invoke("constants", "--source", "nfnet").stderr
    assert said.startswith("normstats: --source nfnet: did you mean nfnets? There are ")
    for name in source_names():
        assert f" {name}," in said.replace("\n", ",")
    assert {page.name for page in pages()} <= set(source_names())


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("torch.nn.ReLU", "relu"),
        ("nn.LeakyReLU", "leaky_relu"),
        ("torch.nn.functional.leaky_relu", "leaky_relu"),
        ("F.max_pool2d", "max_pool2d"),
        ("torch.nn.MaxPool2d", "max_pool2d"),
        ("SmoothLeakyReLU", "smooth_leaky_relu"),
        ("torch.tanh", "tanh"),
        ("torch.nn.ReLU()", "relu"),
        ("gelu( )", "gelu"),
    ],
)
def test_names_of_pytorch_are_taken(name: str, layer: str, invoke: Invoke, engine: Engine) -> None:
    assert invoke(name).exit_code == 0
    assert invoke("run", name).exit_code == 0
    assert [call["layer"] for call in engine.calls] == [layer, layer]


def test_every_name_of_pytorch_leads_to_its_layer() -> None:
    for layer in all_layers().values():
        assert find(layer.torch or layer.name) is layer


def test_long_words_take_no_time() -> None:
    assert nearest("a" * 5000, list(all_layers())) == []
    assert suggest("relu" * 50) == "'normstats list' shows all layers"


def test_short_options(invoke: Invoke, engine: Engine) -> None:
    assert invoke("relu", "-n", "1e4", "-o", "-").exit_code == 0
    assert engine.calls[0]["samples"] == 10_000
    assert invoke("-V").stdout == invoke("--version").stdout


@pytest.mark.parametrize("typed", [["--ceil-mode"], ["--ceil-mode", "true"], ["--ceil-mode=True"]])
def test_the_name_of_a_switch_alone_is_true(
    typed: list[str], invoke: Invoke, engine: Engine
) -> None:
    assert invoke("max_pool2d", *typed, "--size", "8").exit_code == 0
    assert engine.calls[0]["params"]["ceil_mode"] == "true"


@pytest.mark.parametrize("number", ["1,234,567", "1234567"])
def test_numbers_as_they_are_printed(number: str, invoke: Invoke, engine: Engine) -> None:
    assert invoke("relu", "-n", number, "--seed", number, "--x-mean", number).exit_code == 0
    (call,) = engine.calls
    assert (call["samples"], call["seed"], call["inputs"].x_mean) == (1234567, 1234567, 1234567.0)


@pytest.mark.parametrize("number", ["1,23", "12,3456", ",123", "1,,234", "1234,567"])
def test_other_commas_are_refused(number: str, invoke: Invoke) -> None:
    for option in ("--samples", "--seed", "--x-mean"):
        assert f"{option} {number}" in invoke("relu", option, number).stderr


def test_list_filter(invoke: Invoke) -> None:
    def listed(*words: str) -> set[str]:
        text = invoke("list", *words, "--format", "json").stdout
        return {layer["layer"] for layer in json.loads(text)["layers"]}

    assert listed("conv_transpose") == {f"conv_transpose{n}d" for n in (1, 2, 3)}
    assert listed("max", "pool", "2d") == {"max_pool2d", "adaptive_max_pool2d"}
    assert listed("Swish") == {"silu", "hardswish"}
    assert {"leaky_relu"} <= listed("negative-slope") < set(all_layers())
    assert listed() == set(all_layers())


@pytest.mark.parametrize("command", [["relu"], ["max_pool2d"], ["run"]])
def test_help_has_an_example_and_a_line_a_method(command: list[str], invoke: Invoke) -> None:
    lines = invoke(*command, "--help").stdout.splitlines()
    for method, words in METHODS.items():
        (line,) = [line for line in lines if line.strip().startswith(f"--method {method} ")]
        assert words in line


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_has_an_example(name: str, invoke: Invoke) -> None:
    text = invoke(name, "--help").stdout.partition("\n")[2]
    assert f"  normstats {name} " in text or f"Example: normstats {name} " in text


@pytest.mark.parametrize("name", [*all_layers(), "run", "list", "schema"])
def test_the_example_of_every_command_works(name: str, invoke: Invoke) -> None:
    lines = invoke(name, "--help").stdout.splitlines()
    (example,) = [line for line in lines if "Example: normstats " in line]
    words = shlex.split(example.partition("normstats ")[2])
    outcome = invoke(*[word.replace("results.json", "-") for word in words])
    assert outcome.exit_code == 0, outcome.output
