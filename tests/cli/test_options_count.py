"""Options that do what they say, and are not only repeated in the report."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click.testing
import pytest
from scipy.stats import chi2

from normstats import api, perform
from normstats.cli.root import root
from normstats.engine.observer import Progress
from normstats.registry import parse_call
from normstats.result import Result
from normstats.runs.run import Run
from normstats.tables import generate, jobs
from normstats.tables.budget import samples_for
from tests.check.made_up import drawn
from tests.cli.conftest import Engine, Invoke
from tests.progress.test_terminal import fake_terminal
from tests.reports.made_up import BACKWARD, FORWARD, made_up


def test_tables_take_samples_seed_and_threads(
    invoke: Invoke, engine: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "made"
    given = f"--samples 3e6 --seed 7 --threads 3 --output {folder}"
    assert invoke("tables", *given.split()).exit_code == 0
    assert len(engine.calls) > 50
    assert {call["seed"] for call in engine.calls} == {7}
    assert {call["threads"] for call in engine.calls} == {3}
    windows = ("max_pool1d", "max_pool2d", "glu", "swiglu", "mse_loss", "residual")
    samples = {**dict.fromkeys(windows, 300_000), "linear": 1000, "softmax": 1000}
    activations = {wanted.call.layer for wanted in jobs.activations()}
    samples |= dict.fromkeys(activations, 3_000_000)
    for call in engine.calls:  # a scalar all of them, others by what a sample costs, but 1000
        if call["layer"] in samples:
            assert call["samples"] == samples[call["layer"]], call["layer"]
    assert set(samples) < {call["layer"] for call in engine.calls}
    readme = (folder / "README.md").read_text("utf-8")
    assert "Made by `normstats tables --samples 3e6 --seed 7`" in readme
    assert "normstats run relu" in readme
    assert "--samples 1000 --seed 7" in readme


@pytest.mark.parametrize(
    ("option", "value"),
    [("--samples", "0"), ("--seed", "-1"), ("--threads", "0"), ("--output", "no/such/folder")],
)
def test_bad_options_of_tables(option: str, value: str, invoke: Invoke, engine: Engine) -> None:
    """Before anything is measured."""
    said = invoke("tables", option, value)
    assert said.exit_code == 2
    assert option in said.stderr
    assert not engine.calls


INPUTS = {"x_mean": 0.5, "x_std": 2.0, "dy_mean": 0.25, "dy_std": 3.0}


@pytest.mark.parametrize("option", [None, *INPUTS])
def test_constants_take_each_of_the_inputs(option: str | None) -> None:
    """Of the identity these are the exact values themselves; one at a time, and all at once."""
    given = INPUTS if option is None else {option: INPUTS[option]}
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    said = click.testing.CliRunner().invoke(
        root, ["constants", "identity", *words, "--format=json"]
    )
    (one,) = json.loads(said.stdout)["constants"]
    wanted = {"x_mean": 0.0, "x_std": 1.0, "dy_mean": 0.0, "dy_std": 1.0} | given
    assert one["inputs"] == wanted
    found = {
        "x_mean": one["forward"]["mean"],
        "x_std": one["forward"]["std"],
        "dy_mean": one["backward"]["mean"],
        "dy_std": one["backward"]["std"],
    }
    assert found == pytest.approx(wanted, rel=1e-12, abs=1e-15)
    assert one["gain"] == pytest.approx(1.0 / wanted["x_std"])
    assert one["backward_gain"] == pytest.approx(1.0 / wanted["dy_std"])


def one_layer(measure: Any, folder: Path, *, scalar: int, seed: int, **_: Any) -> Any:
    """Stands for ``generate``: of all layers a single one of each kind."""
    for call in map(parse_call, ("relu", "max_pool2d", "linear")):
        measure(Run(call, samples_for(call, scalar), seed))
    return SimpleNamespace(folder=folder, files=("a", "b"), verdicts={})


@pytest.mark.parametrize(
    ("given", "samples"),
    [((), [10**9, 10**8, 10**5]), (("--samples", "999"), [999, 999, 999])],
    ids=["default", "few"],
)
def test_tables_by_default_and_of_few_samples(
    given: tuple[str, ...],
    samples: list[int],
    invoke: Invoke,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So many that standard errors are of use, or all that are asked for."""
    monkeypatch.setattr(generate, "generate", one_layer)
    said = invoke("tables", *given)
    assert said.exit_code == 0
    assert said.stdout.startswith("2 files in tables")
    assert [call["samples"] for call in engine.calls] == samples
    assert {call["seed"] for call in engine.calls} == {0}
    assert {call["threads"] for call in engine.calls} == {api.parse_threads(None)}


COMMANDS = [
    ("relu",),
    ("run", "relu", "tanh"),
    ("tables", "--output", "made"),
    ("check", "--layer", "relu"),
    ("check", "mine.toml"),
]
PINNED = """
[[constant]]
layer = "relu"
quantity = "forward.mean"
value = 0.39894
"""


def watched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str
) -> tuple[str, list[Any]]:
    """What a command shows on a terminal, whose engine tells of its progress."""
    stderr = fake_terminal(monkeypatch)
    observers = []

    def measured(run: Run, threads: int, observer: Any, *_: Any) -> Result:
        observers.append(observer)
        observer.compiling(run.call.layer)
        observer.progress(Progress(run.samples // 2, run.samples, 2.0, (FORWARD, BACKWARD)))
        given = {"layer": run.call.layer, "params": run.call.params, "inputs": run.inputs}
        return made_up(**given, samples=run.samples, threads=threads, units=run.samples)

    monkeypatch.setattr(perform, "perform", measured)
    monkeypatch.setattr(generate, "generate", one_layer)
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(PINNED, "utf-8")
    with pytest.raises(SystemExit):
        root.main(list(arguments))
    return stderr.getvalue(), observers


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_progress_leaves_the_bar_away_and_nothing_else(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown, observers = watched(monkeypatch, tmp_path, *command)
    assert observers
    bar = "\x1b" in shown
    assert bar, "with a bar, to see that the test would see it"
    shown, _ = watched(monkeypatch, tmp_path, *command, "--no-progress")
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert shown.startswith("compiling the kernels of ")
    shown, _ = watched(monkeypatch, tmp_path, *command, "--quiet")
    assert "\x1b" not in shown
    assert "compiling" not in shown


def judging(monkeypatch: pytest.MonkeyPatch, z: float, all_of_them: bool) -> None:
    """An engine whose mean of y is z standard errors off: of relu alone, or of every layer."""

    def measured(run: Run, threads: int, *_: Any) -> Result:
        off = z if all_of_them or run.call.layer == "relu" else 1.0

        def draw(name: str) -> float:
            return off if name == "forward.mean" else 1.0

        result = drawn(run, draw=draw)
        return replace(result, threads=threads)

    monkeypatch.setattr(perform, "perform", measured)


def check(*arguments: str) -> dict[str, Any]:
    given = ["check", *arguments, "--format", "json"]
    said = click.testing.CliRunner().invoke(root, given, catch_exceptions=False)
    document: dict[str, Any] = json.loads(said.stdout)
    assert said.exit_code == (0 if document["passed"] else 1)
    return document


def failed(document: dict[str, Any]) -> list[str]:
    return [one["name"] for one in document["comparisons"] if not one["passed"]]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("elsewhere")
def test_alpha_decides_single_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    """z = 5: a chance of 6e-7, too small for one of some 500 at 1e-2, not so at 1e-6 or 1e-12."""
    judging(monkeypatch, 5.0, all_of_them=False)
    assert "relu forward.mean" in failed(check("--alpha", "1e-2"))
    for alpha in ("1e-6", "1e-12"):
        assert "relu forward.mean" not in failed(check("--alpha", alpha))
    judging(monkeypatch, 6.5, all_of_them=False)  # a chance of 8e-11
    assert "relu forward.mean" in failed(check("--alpha", "1e-6"))
    assert "relu forward.mean" not in failed(check("--alpha", "1e-12"))


@pytest.mark.usefixtures("elsewhere")
def test_alpha_decides_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same z everywhere, which as Σz² over all layers has a chance of 1e-4, or of 1e-12."""
    judging(monkeypatch, 1.0, all_of_them=True)
    named = {one["name"]: one for one in check()["comparisons"]}
    layers = named["forward.mean, Σz²"]["reference"]
    judging(monkeypatch, math.sqrt(chi2.isf(1e-4, layers) / layers), all_of_them=True)
    assert failed(check("--alpha", "0.1")) == ["forward.mean, Σz²"]
    assert failed(check("--alpha", "1e-6")) == []
    judging(monkeypatch, math.sqrt(chi2.isf(1e-12, layers) / layers), all_of_them=True)
    assert failed(check("--alpha", "1e-6")) == ["forward.mean, Σz²"]
    assert failed(check("--alpha", "1e-20")) == []


@pytest.mark.usefixtures("elsewhere")
def test_alpha_decides_pinned_constants(monkeypatch: pytest.MonkeyPatch) -> None:
    """One constant: the normal quantile of alpha itself, 4.9 at 1e-6, 3.3 at 1e-3."""
    value = "value = 0.398942280401433\ntolerance = 1e-15"
    Path("mine.toml").write_text(PINNED.replace("value = 0.39894", value), "utf-8")
    for z, alpha, passes in (
        (4.0, "1e-3", False),
        (4.0, "1e-6", True),
        (6.0, "1e-6", False),
        (6.0, "1e-12", True),
    ):
        judging(monkeypatch, z, all_of_them=False)
        document = check("mine.toml", "--alpha", alpha)
        assert document["passed"] == passes, (z, alpha)
        (one,) = document["comparisons"]
        assert one["measured_agrees_with_exact"] == passes
        assert one["value_agrees_with_exact"]
