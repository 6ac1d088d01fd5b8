"""The real command in processes of its own: terminals, interrupts, closed pipes, start-up."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import BAR_AT_ONCE, COMMAND, Ended, on_a_terminal

HEAVY = ("numba", "llvmlite", "scipy", "rich", "platformdirs", "torch", "hypothesis", "matplotlib")
# More blocks than may wait to be merged: so a bar that comes at once is seen, at any speed.
BLOCKS = ("relu", "--threads", "1", "--samples", "1e8")


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
    ended = on_a_terminal(*BLOCKS, command=BAR_AT_ONCE)
    assert ended.code == 0
    assert re.search(r"\d+%", ended.terminal)
    assert "samples/s" in ended.terminal
    assert "to go" in ended.terminal
    assert re.search(r"std of y 0\.\d+ ± 0\.\d+, std of dx 0\.\d+", ended.terminal)
    assert ended.terminal.endswith("\x1b[2K"), "the bar is gone when the run is over"
    assert "\x1b" not in ended.stdout
    piped = subprocess.run([*BAR_AT_ONCE, *BLOCKS], capture_output=True, text=True, check=True)
    assert piped.stderr == ""


def test_interrupt_shows_what_there_is() -> None:
    ended = on_a_terminal("relu", "--samples", "1e12", signal_at=r"\d%")
    assert ended.code == 130
    assert re.search(r"INTERRUPTED after [\d,]+ samples", ended.stdout)
    assert "± 0.0" in ended.stdout
    assert "Traceback" not in ended.terminal
    assert ended.terminal.count("normstats: interrupted") == 1


def test_interrupt_in_json_is_marked_and_whole() -> None:
    ended = on_a_terminal("relu", "--samples=1e12", "--format=json", signal_at=r"\d%")
    assert ended.code == 130
    (result,) = json.loads(ended.stdout)["results"]
    assert result["interrupted"] is True
    assert 0 < result["samples"] < 10**12
    assert abs(result["forward"]["mean"]["z"]) < 7  # chance of a false alarm 3e-12


def test_interrupt_of_several_layers_keeps_the_finished_ones(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    ended = on_a_terminal(
        "run", "avg_pool2d", "relu", "--samples=1e12", f"--output={target}", signal_at=r"\d%"
    )
    assert ended.code == 130
    (result,) = json.loads(target.read_text())["results"]
    assert result["layer"] == "avg_pool2d"
    assert list(tmp_path.iterdir()) == [target]


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


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["--version"]])
def test_start_up_imports_little(arguments: list[str]) -> None:
    """Its time goes with the number of modules: 330, of which NumPy and click are 200."""
    code = (
        "import sys\n"
        f"sys.argv = ['normstats', *{arguments!r}]\n"
        "from normstats.cli.main import main\n"
        "try:\n    main()\n"
        "finally:\n    print(len(sys.modules), file=sys.stderr)\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert int(outcome.stderr.splitlines()[-1]) < 360


def test_importing_the_package_imports_nothing() -> None:
    code = "import sys, normstats; print(normstats.__version__, 'numpy' in sys.modules)"
    outcome = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert outcome.stdout.split()[1] == "False"
