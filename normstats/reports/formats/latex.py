r"""For papers: booktabs tables, a layer a line; how it was measured stands above as comments.

Outside of comments there are ASCII characters and Latin letters alone, so that every engine of
LaTeX takes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from normstats.reports import model
from normstats.reports.formats import Format
from normstats.reports.formats.symbols import escaped
from normstats.reports.marks import Marked, plain
from normstats.reports.model import Cell, Column, Report, Row, Table, Text

PACKAGES = r"% needs \usepackage{array,booktabs,longtable}"
TEXTS = (model.LEFT, model.LONG)
WIDTH = 72  # characters of a line that fit between the margins
BETWEEN = 2.5  # characters between two columns
PAGE = 40  # lines of a table that fit on a page
_BREAK = re.compile(r"(\(|,|=|/|\\_|\.(?=[a-z]))(?=\w)")
NARROWEST = 0.08  # share of a line that a column of text keeps


def render(report: Report) -> str:
    """The sheet if there is one, else part after part."""
    parts = report.parts if report.sheet is None else [report.sheet]
    blocks = [block for part in parts for block in _blocks(part)]
    return f"{PACKAGES}\n" + "\n\n".join(blocks) + "\n"


FORMAT = Format(render, (".tex",), rank=4, people=True)


def _blocks(part: Table | Text) -> Iterator[str]:
    if isinstance(part, Table):
        if part.rows:
            yield "\n".join(_tabular(part.read_by(model.PAGE)))
    else:
        yield from map(escaped, part.texts)


def _tabular(table: Table) -> Iterator[str]:
    for group in table.groups:
        title = f"{plain(group.title)}: " if group.title else ""
        facts = [note.text for note in group.notes if note.kind != model.ADVICE]
        yield from ("% " + " ".join((title + plain(fact)).split()) for fact in facts)
    name = "tabular" if len(table.rows) <= PAGE else "longtable"
    widths = _widths(table.columns, table.rows)
    yield rf"\begin{{{name}}}{{{''.join(_spec(c, widths) for c in table.columns)}}}"
    yield r"\toprule"
    yield " & ".join(escaped(column.heading) for column in table.columns) + r" \\"
    if name == "longtable":
        yield from (r"\midrule", r"\endhead")
    apart = any(column.role == model.GROUP for column in table.columns)
    for number, group in enumerate(table.groups):
        if (apart or number == 0) and (number or name == "tabular"):
            yield r"\midrule"
        for i, row in enumerate(group.rows):
            cells = zip(table.columns, row.cells, strict=True)
            yield " & ".join(_cell(column, cell, i == 0) for column, cell in cells) + r" \\"
    yield r"\bottomrule"
    yield rf"\end{{{name}}}"


def _widths(columns: Sequence[Column], rows: Sequence[Row]) -> Mapping[str, float]:
    """Shares of the line for columns of text, by their names, if the table is too wide for it."""
    lengths = {
        column.name: max(len(plain(text)) for text in (column.heading, *texts))
        for column, *texts in zip(columns, *([c.text for c in r.cells] for r in rows), strict=True)
    }
    texts = {column.name: lengths[column.name] for column in columns if column.align in TEXTS}
    numbers = sum(lengths.values()) - sum(texts.values())
    between = BETWEEN * len(columns)
    if sum(lengths.values()) + between <= WIDTH:
        return {}
    free = max(1.0 - (numbers + between) / WIDTH, len(texts) * NARROWEST)
    spare = free - len(texts) * NARROWEST
    long = sum(texts.values())
    return {name: NARROWEST + spare * length / long for name, length in texts.items()}


def _spec(column: Column, widths: Mapping[str, float]) -> str:
    if column.align not in TEXTS:
        return "r"
    if column.name not in widths:
        return "l"
    return rf">{{\raggedright\arraybackslash}}p{{{widths[column.name]:.3f}\linewidth}}"


def _cell(column: Column, cell: Cell, first: bool) -> str:
    if column.role == model.GROUP and not first:
        return ""
    if column.align not in TEXTS:
        return number(plain(cell.text))
    named = column.role in (model.GROUP, model.LABEL) and isinstance(cell.text, Marked)
    text = _breakable(escaped(cell.text))
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
