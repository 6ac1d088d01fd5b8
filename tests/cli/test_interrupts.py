"""Ctrl-C again, while the report of what there was is on its way."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import click.testing
import pytest

from normstats import perform
from normstats.check import threshold
from normstats.cli.root import root
from normstats.engine.observer import Interrupted
from normstats.reports import formats
from normstats.result import Result
from normstats.runs.run import Run
from tests.check.made_up import drawn
from tests.cli.conftest import Engine, Invoke
from tests.reports.made_up import made_up


@pytest.mark.parametrize("presses", [1, 3])
def test_a_second_ctrl_c_does_not_cost_the_report(
    presses: int, invoke: Invoke, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real signals; afterwards Ctrl-C works as before."""

    def stop(_: Result) -> Result:
        raise Interrupted(made_up(layer="tanh", samples=1234, interrupted=True))

    render = formats.render

    def impatient(*arguments: Any, **options: Any) -> str:
        for _ in range(presses):
            signal.raise_signal(signal.SIGINT)
        return render(*arguments, **options)

    engine.behave = stop
    monkeypatch.setattr(formats, "render", impatient)
    before = signal.getsignal(signal.SIGINT)
    outcome = invoke("run", "tanh", "relu", "--format", "json")
    assert outcome.exit_code == 130
    (result,) = json.loads(outcome.stdout)["results"]
    assert (result["layer"], result["samples"], result["interrupted"]) == ("tanh", 1234, True)
    assert outcome.stderr.count("interrupted; 1 of 2") == 1
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("file", [[], ["mine.toml"]])
def test_a_second_ctrl_c_does_not_cost_the_report_of_a_check(
    file: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It comes while what there is is judged, which takes a moment."""

    def measured(run: Run, *_: Any) -> Result:
        if run.call.layer == "tanh":
            raise KeyboardInterrupt
        return drawn(run)

    def impatient(alpha: float, comparisons: int) -> float:
        signal.raise_signal(signal.SIGINT)
        return alpha / max(comparisons, 1)

    monkeypatch.setattr(perform, "perform", measured)
    monkeypatch.setattr(threshold, "share", impatient)
    monkeypatch.chdir(tmp_path)
    entry = '[[constant]]\nlayer = "{}"\nquantity = "forward.rms"\nvalue = 0.7071\n'
    Path("mine.toml").write_text(entry.format("relu") + entry.format("tanh"), "utf-8")
    before = signal.getsignal(signal.SIGINT)
    outcome = click.testing.CliRunner().invoke(
        root, ["check", *file, "--layer", "relu", "--layer", "tanh", "--format", "json"]
    )
    assert outcome.exit_code == 130
    document = json.loads(outcome.stdout)
    assert "relu" in json.dumps(document["comparisons"])
    assert outcome.stderr.count("interrupted after") == 1
    assert signal.getsignal(signal.SIGINT) is before


def test_without_an_interruption_ctrl_c_still_ends_the_report(
    invoke: Invoke, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one is never ignored."""

    def impatient(*_: Any, **__: Any) -> str:
        signal.raise_signal(signal.SIGINT)
        return ""

    monkeypatch.setattr(formats, "render", impatient)
    outcome = invoke("relu")
    assert outcome.exit_code == 130
    assert outcome.stdout == ""
