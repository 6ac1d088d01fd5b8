"""Keeps README.md true: runs what it shows, and copies what is made elsewhere.

`python -m tests.readme` writes; tests/test_readme.py compares. Times and speeds are left out of
the comparison, everything else has to be the same.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"

# Sections of benchmarks/results.md that the README shows.
SHOWN = ("1. ", "2, 3", "4. ", "5. ", "7. ", "8. ")


def run(command: str) -> str:
    """What a command of the README prints, on two threads."""
    words = shlex.split(command)
    assert words[0] == "normstats", command
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", *words, "--threads", "2"]
        if words[1] not in ("constants", "list", "--help")
        else [sys.executable, "-m", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def layers() -> str:
    """The table of `normstats list`."""
    table = run("normstats list --format markdown")
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines() if line]
    return "".join("|" + "|".join(row[i] for i in (1, 2, 3, 4)) + "|\n" for row in rows)


def verdicts() -> str:
    """The counts of the committed tables."""
    pages = json.loads((ROOT / "tables" / "index.json").read_text())
    counts = pages["verdicts"]
    return "".join(
        ["| verdict | constants |\n| --- | --- |\n"]
        + [f"| {kind} | {n} |\n" for kind, n in counts.items()]
    )


def speed() -> str:
    """Some sections of the benchmark report."""
    report = (ROOT / "benchmarks" / "results.md").read_text()
    head, *sections = report.split("\n## ")
    shown = [section for section in sections if section.startswith(SHOWN)]
    machine = next(line for line in head.splitlines() if line.startswith("Machine:"))
    return machine + "\n" + "".join(f"\n### {section.rstrip()}\n" for section in shown)


GENERATED = {"layers": layers, "verdicts": verdicts, "speed": speed}


def renewed(text: str) -> str:
    """The README with everything in it as it is now."""

    def block(match: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (.*)$", match[1], re.MULTILINE)
        return "```console\n" + "\n".join(f"$ {c}\n{run(c)}" for c in commands) + "```"

    text = re.sub(r"```console\n(.*?)```", block, text, flags=re.DOTALL)
    for name, make in GENERATED.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        assert after, f"README.md has lost its section {name}"
        text = before + begin + make() + end + after
    return text


def comparable(text: str) -> str:
    """Without what differs from run to run, and from one line length to another."""
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"threads?, [\d.,]+ (µs|ms|s|min|h)[^,]*, [\d.,]+\w? samples/s", "TIME", text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text()))
