"""The report as Markdown: a GitHub table, and below it one list item per layer."""

from __future__ import annotations

from collections.abc import Sequence

from normstats.reports.advice import advice
from normstats.reports.columns import HUMAN, call, rows
from normstats.reports.words import run, title
from normstats.result import Result

HEADINGS = ("layer", "direction", "statistic", "measured ± SE", "exact", "deviation")


def render(results: Sequence[Result]) -> str:
    """One table for all layers; how they were measured and what to do with them below."""
    lines = [line(HEADINGS), line(["---"] * 3 + ["---:"] * 3)]
    for result in results:
        for row in rows(result):
            cells = [escaped(column.value(row)) for column in HUMAN]
            lines.append(line([_code(call(result)), *cells]))
    lines.append("")
    for result in results:
        _, formulas = title(result)
        sentences = [*run(result), *advice(result)]
        lines.append(f"- {_code(call(result))}: {escaped(', '.join(formulas))}".rstrip(": "))
        lines += [f"  - {escaped(sentence)}" for sentence in sentences]
    return "\n".join(lines) + "\n"


def line(cells: Sequence[str]) -> str:
    """One line of a table."""
    return "| " + " | ".join(cells) + " |"


def escaped(text: str) -> str:
    """Text whose characters mean nothing to Markdown."""
    for character in "\\`*_[]<>|~#":
        text = text.replace(character, "\\" + character)
    return text


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"
