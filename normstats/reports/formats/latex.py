r"""For papers: booktabs tables, a layer a line; how it was measured stands above as comments.

Outside of comments there are ASCII characters and Latin letters alone, so that every engine of
LaTeX takes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from normstats.reports import model
from normstats.reports.formats import Format
from normstats.reports.formats.symbols import escaped
from normstats.reports.marks import Marked, plain
from normstats.reports.model import Column, Report, Table, Text

PACKAGES = r"% needs \usepackage{array,booktabs,longtable}"
WIDTH = 72  # characters of a line that fit between the margins
BETWEEN = 2.5  # characters between two columns
PAGE = 40  # lines of a table that fit on a page
NARROWEST = 0.08  # share of a line that a column of text keeps
_BREAK = re.compile(r"(\(|,|=|/|\\_|\.(?=[a-z]))(?=\w)")


def render(report: Report) -> str:
    """Part after part."""
    blocks = [block for part in report.read_by(model.PAPER) for block in _blocks(part)]
    return f"{PACKAGES}\n" + "\n\n".join(blocks) + "\n"


FORMAT = Format(render, (".tex",), rank=4, people=True)


def _blocks(part: Table | Text) -> Iterator[str]:
    if isinstance(part, Text):
        yield from map(escaped, part.texts)
    elif part.rows:
        yield from (escaped(group.title) for group in part.groups if group.title and group.notes)
        yield "\n".join(_tabular(part))


def _tabular(table: Table) -> Iterator[str]:
    for note in (note for group in table.groups for note in group.notes):
        if note.kind != model.ADVICE:
            yield "% " + " ".join(plain(note.text).split())
    name = "tabular" if len(table.rows) <= PAGE else "longtable"
    yield rf"\begin{{{name}}}{{{_spec(table)}}}"
    yield r"\toprule"
    yield " & ".join(escaped(column.heading) for column in table.columns) + r" \\"
    yield from (r"\midrule", r"\endhead") if name == "longtable" else (r"\midrule",)
    apart = any(column.role == model.GROUP for column in table.columns)
    for number, group in enumerate(table.groups):
        if apart and number:
            yield r"\midrule"
        for i, row in enumerate(group.rows):
            cells = zip(table.columns, row.cells, strict=True)
            yield " & ".join(_cell(column, text, i == 0) for column, text in cells) + r" \\"
    yield r"\bottomrule"
    yield rf"\end{{{name}}}"


def _spec(table: Table) -> str:
    """How columns are set; if the table is too wide for a line, text gets a share of what is left
    of it, by its length.
    """
    columns = enumerate(table.columns)
    cells = [(column.heading, *(row.cells[i] for row in table.rows)) for i, column in columns]
    lengths = [max(len(plain(text)) for text in own) for own in cells]
    are_text = [column.align == model.LEFT for column in table.columns]
    used = sum(lengths) + BETWEEN * len(lengths)
    if used <= WIDTH:
        return "".join("l" if is_text else "r" for is_text in are_text)
    long = sum(length for length, is_text in zip(lengths, are_text, strict=True) if is_text)
    spare = max(1.0 - (used - long) / WIDTH - sum(are_text) * NARROWEST, 0.0)
    return "".join(
        rf">{{\raggedright\arraybackslash}}p{{{NARROWEST + spare * length / long:.3f}\linewidth}}"
        if is_text
        else "r"
        for length, is_text in zip(lengths, are_text, strict=True)
    )


def _cell(column: Column, text: str, first: bool) -> str:
    if column.role == model.GROUP and not first:
        return ""
    if column.align != model.LEFT:
        return number(plain(text))
    named = column.role in (model.GROUP, model.LABEL) and isinstance(text, Marked)
    text = _breakable(escaped(text))
    return rf"\texttt{{{text}}}" if named else text


def _breakable(text: str) -> str:
    """Words that are long may be broken after what is no letter."""
    return " ".join(
        _BREAK.sub(r"\1\\allowbreak{}", word) if len(word) > 12 else word
        for word in text.split(" ")
    )


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
