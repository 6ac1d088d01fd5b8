"""Commands that a page shows with what they print: run again, each once."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache

from normstats.cli.ending import MISSED_TARGET
from tests.readme.pages import ROOT

_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_TIME = re.compile(r"threads?, [\d.,]+ (µs|ms|s|min|h)[^,]*, [\d.,]+\w? (samples|networks)/s")
NO_THREADS = ("constants", "list", "schema", "--help", "--version")


@cache
def run(command: str) -> str:
    """What a command prints; on two threads, where it takes threads and does not say how many."""
    words = shlex.split(command)
    assert words[0] == "normstats", f"only normstats is run: {command}"
    if "--threads" not in words and not set(words) & {*NO_THREADS, "--help"}:
        words += ["--threads", "2"]
    done = subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    # 1: a constant disagrees; 3: a target is missed, and says so.
    assert done.returncode in (0, 1) or (
        done.returncode == MISSED_TARGET and "the target was not reached" in done.stdout
    ), done.stderr
    return done.stdout


def renewed(text: str) -> str:
    """A page with every console block as it would be today."""

    def block(match: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (.*)$", match[1], re.MULTILINE)
        assert commands, f"a console block without a command: {match[1]}"
        return "```console\n" + "\n".join(f"$ {c}\n{run(c)}" for c in commands) + "```"

    return _CONSOLE.sub(block, text)


def comparable(text: str) -> str:
    """Without what differs from run to run, and from one line length to another."""
    return _TIME.sub("TIME", re.sub(r"\s+", " ", text))
