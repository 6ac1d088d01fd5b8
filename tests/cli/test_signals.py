"""Ctrl-C, SIGTERM and SIGHUP, sent to the real command at many moments: none is lost."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import (
    COMMAND,
    ENDING,
    LIMIT_S,
    READY,
    Ended,
    default_signals,
    on_a_terminal,
)

ENDLESS = ("relu", "--samples=1e12", "--format=json")
COLD, WARM = 5, 20  # signals, with an empty cache and with a full one


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A cache of kernels for all tests in here, filled by a run that also takes the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NORMSTATS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield on_a_terminal("relu", "--samples=10", command=READY, signal_at="ready", signals=())


def assert_interrupted(ended: Ended) -> None:
    """Code 130, what there is or a line that there is nothing, and nothing that was ignored."""
    assert ended.code == 130, ended.terminal
    assert "normstats: interrupted" in ended.terminal
    assert "Traceback" not in ended.terminal
    assert "ignored" not in ended.terminal
    if ended.stdout:
        (result,) = json.loads(ended.stdout)["results"]
        assert result["interrupted"] is True
        assert 0 < result["samples"] < 10**12
    else:
        assert "are shown" not in ended.terminal


def test_no_signal_is_lost_at_any_moment(warm: Ended, tmp_path: Path) -> None:
    """While modules are imported, kernels compiled or loaded, samples drawn.

    The moments are shares of the time that a short run takes, once cold and once warm.
    """
    cold_run = on_a_terminal(
        "relu",
        "--samples=10",
        command=READY,
        signal_at="ready",
        signals=(),
        NORMSTATS_CACHE_DIR=str(tmp_path / "first"),
    )
    again = on_a_terminal("relu", "--samples=10", command=READY, signal_at="ready", signals=())
    assert "compiling" in cold_run.terminal
    assert "compiling" not in again.terminal
    moments = [(1.2 * cold_run.lasted * i / COLD, str(tmp_path / str(i))) for i in range(COLD)]
    full = os.environ["NORMSTATS_CACHE_DIR"]
    moments += [(1.5 * again.lasted * i / WARM, full) for i in range(WARM)]

    def send(number: int) -> Ended:
        after, cache = moments[number]
        return on_a_terminal(
            *ENDLESS,
            command=READY,
            signal_at="ready",
            signals=[ENDING[number % len(ENDING)]],
            after=after,
            NORMSTATS_CACHE_DIR=cache,
        )

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(send, range(len(moments))))
    for one in ended:
        assert_interrupted(one)


@pytest.mark.parametrize("number", ENDING)
def test_they_all_show_what_there_is(number: signal.Signals) -> None:
    ended = on_a_terminal(*ENDLESS, signal_at=r"\d%", signals=[number])
    assert_interrupted(ended)
    assert ended.stdout
    assert "interrupted; 1 of 1 layers are shown" in ended.terminal


@pytest.mark.parametrize("after", [0.0, 0.1])
def test_more_signals_do_not_cost_the_report(after: float) -> None:
    """One after the other, until it is over."""
    ended = on_a_terminal(*ENDLESS, signal_at=r"\d%", signals=[*ENDING * 10], after=after)
    assert_interrupted(ended)
    assert ended.stdout


def test_a_terminal_that_is_closed_does_not_cost_the_report(tmp_path: Path) -> None:
    """The system sends SIGHUP then, and every write to the terminal fails."""
    parent, child = pty.openpty()
    target = tmp_path / "r.json"

    def on_this_terminal() -> None:
        default_signals()
        os.setsid()
        fcntl.ioctl(child, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [*COMMAND, *ENDLESS, f"--output={target}"],
        stdin=child,
        stdout=child,
        stderr=child,
        env={**os.environ, "TERM": "xterm-256color"},
        preexec_fn=on_this_terminal,
    )
    os.close(child)
    try:
        shown = b""
        while b"%" not in shown:
            shown += os.read(parent, 65536)
        os.close(parent)
        assert process.wait(timeout=LIMIT_S) == 130
    finally:
        process.kill()
        process.wait()
    (result,) = json.loads(target.read_text())["results"]
    assert result["interrupted"] is True


# As when a signal comes while Python compiles "\\N{…}": the compiler says that it cannot.
_IN_ANOTHER_DRESS = """
import contextlib, signal, sys, click
from normstats.cli import root
def changed(*_, **__):
    with contextlib.suppress(KeyboardInterrupt):
        [cause]
    raise [error]("in another dress")
root.[where] = changed
from normstats.cli.main import main
main()
"""


def _changed(**words: str) -> subprocess.CompletedProcess[bytes]:
    code = _IN_ANOTHER_DRESS
    for name, word in words.items():
        code = code.replace(f"[{name}]", word)
    command = [sys.executable, "-c", code, "run"]
    return subprocess.run(command, capture_output=True, preexec_fn=default_signals)


@pytest.mark.parametrize("where", ["importlib.import_module", "root.main"])
@pytest.mark.parametrize("error", ["SyntaxError", "ImportError", "OSError", "click.UsageError"])
def test_a_signal_that_became_an_error_is_a_signal(where: str, error: str) -> None:
    """Within a command, and before there is one."""
    ended = _changed(where=where, error=error, cause="signal.raise_signal(signal.SIGTERM)")
    assert (ended.returncode, ended.stderr) == (130, b"normstats: interrupted\n")


def test_an_error_without_a_signal_stays_an_error() -> None:
    ended = _changed(where="root.main", error="SyntaxError", cause="pass")
    assert ended.returncode == 1
    assert b"SyntaxError: in another dress" in ended.stderr


_NOISY = "import signal\nsignal.raise_signal(signal.SIGINT)\ndone = True\n"
_IMPORTS_IT = """
from normstats import interrupts
with interrupts.command():
    import noisy
    print(noisy.done, interrupts.noted(), flush=True)
    interrupts.heed()
    print("lost")
"""


def test_a_module_is_imported_to_its_end(tmp_path: Path) -> None:
    """What is raised in there may be dropped, or become another error."""
    (tmp_path / "noisy.py").write_text(_NOISY)
    ended = subprocess.run(
        [sys.executable, "-c", _IMPORTS_IT],
        capture_output=True,
        preexec_fn=default_signals,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"},
    )
    assert ended.stdout == b"True True\n"
    assert ended.stderr.endswith(b"KeyboardInterrupt\n")


def test_what_is_ignored_stays_ignored() -> None:
    """As by nohup: the run goes on to its end."""

    def ignore() -> None:
        default_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = subprocess.Popen(
        [*READY, "relu", "--samples=1e7"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=ignore,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == b"ready\n"
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert b"n = 1e7" in out


def test_a_check_reports_the_layers_that_are_done() -> None:
    """The last one takes too long to be over when the signal comes: 2e10 random numbers."""
    layers = ["--layer=relu", "--layer=avg_pool3d(kernel_size=9)"]
    ended = on_a_terminal(
        *("check", *layers, "--samples=3e8", "--format=json"),
        signal_at="5 of 5",
        signals=[signal.SIGTERM, signal.SIGTERM],
    )
    assert ended.code == 130
    assert "normstats: interrupted after 4 of 5 measurements" in ended.terminal
    assert "Traceback" not in ended.terminal
    assert json.loads(ended.stdout)["layers"] == 2
