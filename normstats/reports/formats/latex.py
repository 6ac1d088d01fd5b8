r"""For papers: a tabular of the booktabs package; how it was measured stands above as comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from normstats.reports import model
from normstats.reports.formats import Format
from normstats.reports.marks import Marked, plain
from normstats.reports.model import Cell, Column, Report, Table, Text

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    **{character: "\\" + character for character in "&%$#_{}"},
}
SPECS = {model.LEFT: "l", model.LONG: r"p{0.4\linewidth}"}


def render(report: Report) -> str:
    """Part after part."""
    blocks = [block for part in report.parts for block in _blocks(part)]
    return "% needs \\usepackage{booktabs}\n" + "\n\n".join(blocks) + "\n"


FORMAT = Format(render, (".tex",), rank=4)


def _blocks(part: Table | Text) -> Iterator[str]:
    if isinstance(part, Table):
        if part.rows:
            yield "\n".join(_tabular(part.read_by(model.PAGE)))
    else:
        yield from map(escaped, part.texts)


def _tabular(table: Table) -> Iterator[str]:
    for group in table.groups:
        facts = [note.text for note in group.notes if note.kind != model.ADVICE]
        yield from (f"% {plain(group.title)}: {fact}" for fact in facts)
    spec = "".join(SPECS.get(column.align, "r") for column in table.columns)
    yield rf"\begin{{tabular}}{{{spec}}}"
    yield r"\toprule"
    yield " & ".join(escaped(column.heading) for column in table.columns) + r" \\"
    apart = any(column.role == model.GROUP for column in table.columns)
    for number, group in enumerate(table.groups):
        if apart or number == 0:
            yield r"\midrule"
        for i, row in enumerate(group.rows):
            cells = zip(table.columns, row.cells, strict=True)
            yield " & ".join(_cell(column, cell, i == 0) for column, cell in cells) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"


def _cell(column: Column, cell: Cell, first: bool) -> str:
    if column.role != model.GROUP:
        return escaped(cell.text) if column.align in SPECS else number(plain(cell.text))
    if not first:
        return ""
    name = escaped(cell.text)
    return rf"\texttt{{{name}}}" if isinstance(cell.text, Marked) else name


def escaped(text: str) -> str:
    """Text whose characters mean nothing to LaTeX."""
    return "".join(_SPECIAL.get(character, character) for character in plain(text))


def number(text: str) -> str:
    """A number, with its error or its power of ten, in mathematics; a word as it is."""
    if not re.search(r"\d|∞", text):
        return escaped(text)
    text, _, remark = text.partition(" (no error")
    text = re.sub(r"e([+-]?)0*(\d+)", _power, text)
    text = text.replace("±", r"\pm").replace("σ", r"\,\sigma").replace("∞", r"\infty")
    text = re.sub(r"\b(nan|inf)\b", r"\\mathrm{\1}", text)
    return f"${text}$" + (f" (no error{escaped(remark)}" if remark else "")


def _power(match: re.Match[str]) -> str:
    sign = "-" if match[1] == "-" else ""
    return rf"\times 10^{{{sign}{match[2]}}}"
