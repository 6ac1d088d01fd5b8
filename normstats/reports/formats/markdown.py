"""For pages and the summaries of jobs: GitHub's tables, with the notes as a list below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from normstats.reports import model
from normstats.reports.formats import Format
from normstats.reports.marks import escaped, marked
from normstats.reports.model import Group, Report, Table, Text


def render(report: Report) -> str:
    """Part after part, an empty line between them."""
    blocks = [block for part in report.read_by(model.PAGE) for block in _blocks(part) if block]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


FORMAT = Format(render, (".md",), rank=3, people=True, readable=True)


def _blocks(part: Table | Text) -> Iterator[list[str]]:
    if isinstance(part, Table):
        if part.rows:
            rule = ["---" if column.align == model.LEFT else "---:" for column in part.columns]
            headings = _line([column.title for column in part.columns])
            rows = (_line(row.cells) for row in part.rows)
            yield [headings, f"| {' | '.join(rule)} |", *rows]
        yield [line for group in part.groups if group.notes for line in _notes(group)]
    elif part.start:
        texts = enumerate(part.texts, 1)
        yield [part.start.format(number) + marked(text) for number, text in texts]
    else:
        yield from ([marked(text)] for text in part.texts)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(marked, cells))} |"


def _notes(group: Group) -> list[str]:
    about = f"- {marked(group.title)}: {escaped(', '.join(group.about))}".rstrip(": ")
    return [about, *(f"  - {marked(note.text)}" for note in group.notes)]
