"""For pages and the summaries of jobs: GitHub's tables, with the notes as a list below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from normstats.reports import model
from normstats.reports.formats import Format
from normstats.reports.marks import escaped, marked
from normstats.reports.model import Column, Group, Report, Table, Text


def render(report: Report) -> str:
    """Part after part, an empty line between them."""
    blocks = [block for part in report.parts for block in _blocks(part) if block]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


FORMAT = Format(render, (".md",), rank=3, readable=True)


def _blocks(part: Table | Text) -> Iterator[list[str]]:
    if isinstance(part, Table):
        yield _table(part.read_by(model.PAGE))
        yield [line for group in part.groups if group.notes for line in _notes(group)]
    elif part.start:
        texts = enumerate(part.texts, 1)
        yield [part.start.format(number) + marked(text) for number, text in texts]
    else:
        yield from ([marked(text)] for text in part.texts)


def _table(table: Table) -> list[str]:
    if not table.rows:
        return []
    headings = [column.title for column in table.columns]
    columns = list(table.columns)
    lines = [[cell.text for cell in row.cells] for row in table.rows]
    if table.across:
        headings, columns, lines = _across(table)
    rule = ["---" if column.align in (model.LEFT, model.LONG) else "---:" for column in columns]
    return [_line(headings), "| " + " | ".join(rule) + " |", *map(_line, lines)]


def _across(table: Table) -> tuple[list[str], list[Column], list[list[str]]]:
    """A line a group: its name, and its numbers below their labels."""
    roles = [column.role for column in table.columns]
    name, label, number = roles.index(model.GROUP), roles.index(model.LABEL), roles.index("")
    first = table.groups[0].rows
    headings = [table.columns[name].heading, *(row.cells[label].text for row in first)]
    columns = [table.columns[name], *[table.columns[number]] * len(first)]
    lines = [
        [group.rows[0].cells[name].text, *(row.cells[number].text for row in group.rows)]
        for group in table.groups
    ]
    return headings, columns, lines


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(marked, cells)) + " |"


def _notes(group: Group) -> list[str]:
    about = f"- {marked(group.title)}: {escaped(', '.join(group.about))}".rstrip(": ")
    return [about, *(f"  - {marked(note.text)}" for note in group.notes)]
