"""For a terminal: numbers aligned, never cut or wrapped; sentences wrapped."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise

from normstats.reports import model
from normstats.reports.formats import Format
from normstats.reports.marks import Alarm, plain
from normstats.reports.model import Column, Group, Report, Table, Text

WIDTH = 80
GAP = "   "
STYLES = {model.FACT: "dim", model.ALARM: "bold red", model.ADVICE: ""}

Piece = tuple[str, str]  # text with its rich style
Pieces = list[Piece]


def render(report: Report) -> str:
    """Part after part, an empty line between them."""
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in _lines(report))


def coloured(report: Report) -> str:
    """The same with ANSI colours."""
    import io

    from rich.console import Console
    from rich.text import Text as Rich

    # The same colours wherever there are any; NO_COLOR takes them away.
    console = Console(
        file=io.StringIO(), force_terminal=True, color_system="standard", legacy_windows=False
    )
    with console.capture() as capture:
        for line in _lines(report):
            # soft_wrap: a terminal narrower than the table wraps it, nothing is shortened
            console.print(Rich.assemble(*line), soft_wrap=True)
    return capture.get()


FORMAT = Format(
    render, (".txt",), rank=0, people=True, readable=True, streams=True, coloured=coloured
)


def _lines(report: Report) -> Iterator[Pieces]:
    blocks = [block for part in report.read_by(model.SCREEN) for block in _blocks(part) if block]
    for number, block in enumerate(blocks):
        if number:
            yield []
        yield from block


def _blocks(part: Table | Text) -> Iterator[list[Pieces]]:
    if isinstance(part, Text):
        yield [line for text in part.texts for line in _wrapped(text)]
        return
    for group in part.groups:
        lines = (line for row in group.rows for line in row.lines)
        listed = [one for line in lines for one in _wrapped(line.text, line.indent, line.hang)]
        yield _title(group, part.beside) + listed
        if not listed:
            yield _grid(part.columns, [row.cells for row in group.rows])
        yield [line for n in group.notes for line in _wrapped(n.text, style=STYLES[n.kind])]


def _wrapped(text: str, indent: int = 0, hang: int | None = 2, style: str = "") -> list[Pieces]:
    start, text = " " * indent, plain(text)
    if hang is None:
        return [[(start + text, style)]]
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=start + " " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [[(line, style)] for line in lines]


def _title(group: Group, beside: bool) -> list[Pieces]:
    if not group.title:
        return []
    title, about = plain(group.title), ", ".join(group.about)
    if beside and len(title + GAP + about) <= WIDTH:
        return [[(title, "bold cyan"), (GAP + about, "")]]
    return [[(title, "bold cyan")], *(line for text in group.about for line in _wrapped(text, 2))]


def _grid(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[Pieces]:
    if not rows:
        return []
    headings = ["" if column.role == model.LABEL else column.title for column in columns]
    if sum(map(bool, headings)) < 2:  # a single column of numbers needs none
        headings = [""] * len(columns)
    own = zip(columns, headings, zip(*rows, strict=True), strict=True)
    heading, *lines = zip(*(_column(*one) for one in own), strict=True)
    grid = [[(GAP.join(heading), "dim")]] if any(headings) else []
    for (*others, last), row in zip(lines, rows, strict=True):
        texts = [*(text + GAP for text in others), last.rstrip()]
        grid.append(list(zip(texts, map(_style, columns, row), strict=True)))
    return grid


def _column(column: Column, heading: str, cells: Sequence[str]) -> list[str]:
    """The heading and the texts, all of one width."""
    texts = [plain(cell) for cell in cells]
    if column.role == model.LABEL:
        texts[1:] = ["" if one == before else one for before, one in pairwise(texts)]
    elif column.align == model.SIGN:
        texts = [text if text.startswith("-") else f" {text}" for text in texts]
    elif column.align == model.POINT:
        texts = aligned(texts)
    texts.insert(0, heading)
    width = max(map(len, texts))
    pad = str.rjust if column.align == model.RIGHT else str.ljust
    return [pad(text, width) for text in texts]


def _style(column: Column, cell: str) -> str:
    if isinstance(cell, Alarm):
        return STYLES[model.ALARM]
    return "bold" if column.strong else ""


def aligned(cells: Sequence[str]) -> list[str]:
    """Numbers with their decimal points below each other, and then their ± signs."""
    from normstats.numerals.digits import SEPARATOR

    split = [cell.partition(SEPARATOR) for cell in cells]
    points = [(head.split(" ")[0] + ".").index(".") for head, _, _ in split]
    deepest = max((p for p, cell in zip(points, cells, strict=True) if _is_number(cell)), default=0)
    heads = [
        " " * (deepest - point) + head if _is_number(head) else head
        for point, (head, _, _) in zip(points, split, strict=True)
    ]
    width = max(
        (len(head) for head, (_, sep, _) in zip(heads, split, strict=True) if sep), default=0
    )
    return [
        f"{head.ljust(width)}{sep}{tail}" if sep else head
        for head, (_, sep, tail) in zip(heads, split, strict=True)
    ]


def _is_number(cell: str) -> bool:
    return any(character.isdigit() for character in cell)
