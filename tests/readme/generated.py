"""Sections of the pages that are made elsewhere, between ``<!-- name: begin -->`` and ``end``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from tests.readme import shown
from tests.readme.pages import ROOT

_SECTION = re.compile(
    r"(?P<begin><!-- (?P<name>[\w-]+): begin -->\n).*?(?P<end><!-- (?P=name): end -->)", re.DOTALL
)
# Sections of benchmarks/results.md that are not shown in docs/speed.md.
UNSHOWN = ("On one thread", "Memory", "All layers")
# The constant whose verdict docs/published.md explains.
EXAMPLE = "wang", "wang2-sigmoid-bwd-std"


def layers() -> str:
    """The table of `normstats list`."""
    table = shown.run("normstats list --format markdown")
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines() if line]
    return "".join("|" + "|".join(row[i] for i in (1, 2, 3, 4)) + "|\n" for row in rows)


def verdicts() -> str:
    """The counts of the committed tables."""
    counts = json.loads((ROOT / "tables" / "index.json").read_text())["verdicts"]
    rows = [f"| *{kind}* | {n} |\n" for kind, n in counts.items()]
    return "".join(["| verdict | constants |\n| --- | ---: |\n", *rows])


def example() -> str:
    """What the committed tables say of one constant."""
    page, id = EXAMPLE
    constants = json.loads((ROOT / "tables" / f"{page}.json").read_text())["constants"]
    found = next(constant for constant in constants if constant["id"] == id)
    return f"> {found['sentence']}\n"


def constants() -> str:
    """The file that `normstats check` is shown with."""
    return "```toml\n" + (ROOT / "constants.toml").read_text() + "```\n"


def speed() -> str:
    """Most sections of the benchmark report."""
    report = (ROOT / "benchmarks" / "results.md").read_text()
    head, *sections = report.split("\n## ")
    kept = [section for section in sections if not section.startswith(UNSHOWN)]
    machine = next(line for line in head.splitlines() if line.startswith("Machine:"))
    return machine + "\n" + "".join(f"\n## {section.rstrip()}\n" for section in kept)


GENERATED = {
    "layers": layers,
    "verdicts": verdicts,
    "example": example,
    "constants": constants,
    "speed": speed,
}


def sections(text: str) -> Mapping[str, str]:
    """The generated sections of a page, as they stand there."""
    return {match["name"]: match[0] for match in _SECTION.finditer(text)}


def renewed(text: str) -> str:
    """A page with all its sections made again."""
    return _SECTION.sub(lambda m: m["begin"] + GENERATED[m["name"]]() + m["end"], text)


def without(text: str) -> str:
    """A page without its generated sections."""
    return _SECTION.sub("", text)
