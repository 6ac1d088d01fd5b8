"""The real command in processes of its own: terminals, interrupts, closed pipes, start-up."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "normstats"]
HEAVY = ("numba", "llvmlite", "scipy", "rich", "platformdirs", "torch", "hypothesis")


@dataclass
class Ended:
    """How a process ended: its code, what it wrote to stdout and to the terminal (its stderr)."""

    code: int
    stdout: str
    terminal: str


def on_a_terminal(*arguments: str, interrupt_at: str = "", **environment: str) -> Ended:
    """The command with its stderr on a pseudo-terminal, and with a real SIGINT if asked for.

    ``interrupt_at`` is what the terminal has to show for the signal to be sent.
    """
    parent, child = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environment}
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=child, stdout=subprocess.PIPE, stderr=child, env=environ
    )
    os.close(child)
    shown, sent = b"", False
    while select.select([parent], [], [], 60)[0]:
        try:
            piece = os.read(parent, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        shown += piece
        if interrupt_at and not sent and re.search(interrupt_at.encode(), shown):
            process.send_signal(signal.SIGINT)
            sent = True
    out, _ = process.communicate(timeout=60)
    os.close(parent)
    return Ended(process.returncode, out.decode(), shown.decode())


# About a second on one thread: long enough for a bar.
LONG = ("avg_pool2d", "--kernel-size", "8", "--threads", "1", "--samples", "5e6")


@pytest.fixture(scope="module", autouse=True)
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """The very first run, with an empty cache of kernels that the other tests then share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NORMSTATS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield on_a_terminal("relu", "--samples", "10")


def test_compiling_is_told_once(first_run: Ended) -> None:
    assert first_run.terminal.count("compiling") == 1
    assert on_a_terminal("relu", "--samples", "10").terminal == ""


def test_progress_on_a_terminal_only() -> None:
    ended = on_a_terminal(*LONG)
    assert ended.code == 0
    assert re.search(r"\d+%", ended.terminal)
    assert "samples/s" in ended.terminal
    assert "to go" in ended.terminal
    assert re.search(r"std of y 0\.\d+ ± 0\.\d+, std of dx 0\.\d+", ended.terminal)
    assert ended.terminal.endswith("\x1b[2K"), "the bar is gone when the run is over"
    assert "\x1b" not in ended.stdout
    piped = subprocess.run([*COMMAND, *LONG], capture_output=True, text=True, check=True)
    assert piped.stderr == ""


def test_interrupt_shows_what_there_is() -> None:
    ended = on_a_terminal("relu", "--samples", "1e12", interrupt_at=r"\d%")
    assert ended.code == 130
    assert re.search(r"INTERRUPTED after [\d,]+ samples", ended.stdout)
    assert "± 0.0" in ended.stdout
    assert "Traceback" not in ended.terminal
    assert ended.terminal.count("normstats: interrupted") == 1


def test_interrupt_in_json_is_marked_and_whole() -> None:
    ended = on_a_terminal("relu", "--samples=1e12", "--format=json", interrupt_at=r"\d%")
    assert ended.code == 130
    (result,) = json.loads(ended.stdout)["results"]
    assert result["interrupted"] is True
    assert 0 < result["samples"] < 10**12
    assert abs(result["forward"]["mean"]["z"]) < 7  # chance of a false alarm 3e-12


def test_interrupt_of_several_layers_keeps_the_finished_ones(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    ended = on_a_terminal(
        "run", *LONG[:1], "relu", "--samples=1e12", f"--output={target}", interrupt_at=r"\d%"
    )
    assert ended.code == 130
    (result,) = json.loads(target.read_text())["results"]
    assert result["layer"] == "avg_pool2d"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("after", [0.1, 0.2, 0.4])
def test_interrupt_while_starting_is_no_traceback(after: float) -> None:
    process = subprocess.Popen(
        [*COMMAND, "relu", "--samples=1e12"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    # Before our first line runs, Python itself is interrupted, and says so in its own way.
    ours = "normstats/cli" in err
    assert "Traceback" not in err or not ours
    assert process.returncode in (130, -signal.SIGINT)


@pytest.mark.parametrize(
    "arguments", [("relu", "--samples", "100"), ("list",), ("--help",), ("schema",)]
)
def test_closed_pipe_ends_quietly(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    outcome = subprocess.run(
        [*COMMAND, *arguments], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert outcome.stderr == ""
    assert outcome.returncode in (0, 141)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_stdout_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        outcome = subprocess.run(
            [*COMMAND, "relu", "--samples", "100"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert outcome.returncode == 2
    assert outcome.stderr == "normstats: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_missing_standard_streams_are_no_traceback(closed: int) -> None:
    command = " ".join([*COMMAND, "relu --samples 100", f"{closed}>&-"])
    outcome = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in outcome.stderr
    assert outcome.returncode in (0, 2)


def test_a_stdout_that_knows_no_greek() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    outcome = subprocess.run(
        [*COMMAND, "relu", "--samples", "100"], capture_output=True, check=True, env=environment
    )
    assert "±" in outcome.stdout.decode("latin-1")
    assert re.search(r"\d \?", outcome.stdout.decode("latin-1")), "σ becomes a question mark"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["list"], ["relu", "--help"], ["--version"], ["schema"]]
)
def test_start_up_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['normstats', *{arguments!r}]\n"
        "from normstats.cli.main import main\n"
        "try:\n    main()\n"
        f"finally:\n    print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0
    assert outcome.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("arguments", [["--help"], ["list"]])
def test_start_up_takes_no_time(arguments: list[str]) -> None:
    """Below 0.3 s on an idle machine; here processor time, best of three, for a busy one."""

    def seconds() -> float:
        before = os.times()
        subprocess.run([*COMMAND, *arguments], check=True, capture_output=True)
        after = os.times()
        return (
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )

    assert min(seconds() for _ in range(3)) < 0.6


def test_importing_the_package_imports_nothing() -> None:
    code = "import sys, normstats; print(normstats.__version__, 'numpy' in sys.modules)"
    outcome = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert outcome.stdout.split()[1] == "False"
