"""Sections of the pages that are made elsewhere, between ``<!-- name: begin -->`` and ``end``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from normstats.published.catalogue import catalogue
from normstats.published.evaluate import truth
from normstats.published.verdict import MEANINGS, Kind, Verdict, counts, judge
from tests.readme import shown
from tests.readme.pages import ROOT

_SECTION = re.compile(
    r"(?P<begin><!-- (?P<name>[\w-]+): begin -->\n).*?(?P<end><!-- (?P=name): end -->)", re.DOTALL
)
# Sections of benchmarks/results.md that are not shown in docs/speed.md.
UNSHOWN = ("On one thread", "Memory", "All layers")
# The constant whose verdict docs/published.md explains.
EXAMPLE = "wang2-sigmoid-bwd-std"


def layers() -> str:
    """The table of `normstats list`."""
    table = shown.run("normstats list --format markdown")
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines() if line]
    return "".join("|" + "|".join(row[i] for i in (1, 2, 3, 4)) + "|\n" for row in rows)


@cache
def _judged() -> Mapping[str, Verdict]:
    """Every published constant with its verdict; nothing is sampled."""
    return {constant.id: judge(constant, truth(constant)) for constant in catalogue()}


def verdicts() -> str:
    """The verdicts there are, how many constants have each, and what it says."""
    found = counts(_judged().values())
    rows = [f"| *{kind}* | {found[kind]} | {MEANINGS[kind]} |\n" for kind in Kind]
    return "".join(["| verdict | constants | what it says |\n| --- | ---: | --- |\n", *rows])


def example() -> str:
    """The verdict on one constant."""
    return f"> {_judged()[EXAMPLE].sentence}\n"


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
