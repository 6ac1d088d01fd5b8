"""What is shown while a run goes on, and where it is not shown."""

from __future__ import annotations

import io
import sys

import pytest

from normstats.engine.observer import Progress
from normstats.progress.terminal import Terminal, watcher
from tests.reports.made_up import BACKWARD, FORWARD


class FakeTerminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def fake_terminal(monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    """Takes the place of stderr; not in a fixture, after which pytest would set its own again."""
    fake = FakeTerminal()
    monkeypatch.setattr(sys, "stderr", fake)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    return fake


def at(elapsed_s: float, done: int = 42_000_000) -> Progress:
    return Progress(done, 100_000_000, elapsed_s, (FORWARD, BACKWARD))


def test_bar_with_estimate_rate_and_time_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = fake_terminal(monkeypatch)
    observer = watcher("relu", bar=True, quiet=False)
    observer.progress(at(2.0))
    observer.close()
    shown = stderr.getvalue()
    assert "relu" in shown
    assert "42%" in shown
    assert "21M samples/s" in shown
    assert "2.8 s to go" in shown
    assert "std of y 0.58380 ± 0.00005, std of dx 0.70712 ± 0.00008" in shown


def test_a_quick_run_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = fake_terminal(monkeypatch)
    observer = watcher("relu", bar=True, quiet=False)
    observer.progress(at(0.1))
    observer.close()
    assert stderr.getvalue() == ""


def test_nothing_done_yet_is_no_division_by_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = fake_terminal(monkeypatch)
    observer = watcher("relu", bar=True, quiet=False)
    observer.progress(at(1.0, done=0))
    observer.close()
    assert "? to go" in stderr.getvalue()


def test_compiling_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = fake_terminal(monkeypatch)
    watcher("relu", bar=False, quiet=False).compiling("relu")
    assert stderr.getvalue() == "compiling the kernels of relu, once …\n"


@pytest.mark.parametrize("case", ["quiet", "no bar", "dumb"])
def test_no_bar_where_unwanted_or_impossible(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = fake_terminal(monkeypatch)
    if case == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    observer = watcher("relu", bar=case != "no bar", quiet=case == "quiet")
    observer.progress(at(2.0))
    observer.close()
    assert stderr.getvalue() == ""


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_nothing_but_a_terminal_is_shown_anything(
    stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    observer = watcher("relu", bar=True, quiet=False)
    assert not isinstance(observer, Terminal)
    observer.compiling("relu")
    observer.progress(at(2.0))
    observer.close()
    assert stream is None or stream.getvalue() == ""
