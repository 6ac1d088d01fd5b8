"""For a terminal: numbers aligned, never cut or wrapped; sentences wrapped."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise

from normstats.reports import model
from normstats.reports.formats import Format
from normstats.reports.marks import plain
from normstats.reports.model import Cell, Column, Group, Report, Row, Table, Text

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
    blocks = [block for part in report.parts for block in _blocks(part) if block]
    for number, block in enumerate(blocks):
        if number:
            yield []
        yield from block


def _blocks(part: Table | Text) -> Iterator[list[Pieces]]:
    if isinstance(part, Text):
        yield [line for text in part.texts for line in _wrapped(text)]
        return
    part = part.read_by(model.SCREEN)
    for group in part.groups:
        title = _title(group, part.beside)
        lines = (line for row in group.rows for line in row.lines)
        listed = [one for line in lines for one in _wrapped(line.text, line.indent, line.hang)]
        yield title + listed
        if not listed:
            yield _grid(part.columns, group.rows, part.ruler)
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


def _grid(columns: Sequence[Column], shown: Sequence[Row], ruler: Row | None) -> list[Pieces]:
    if not shown:
        return []
    rows = [*shown, ruler] if ruler is not None else shown
    cells = [[row.cells[i] for row in rows] for i in range(len(columns))]
    body = [_texts(column, own) for column, own in zip(columns, cells, strict=True)]
    headings = ["" if column.role == model.LABEL else column.title for column in columns]
    if sum(map(bool, headings)) < 2:  # a single column of numbers needs none
        headings = [""] * len(columns)
    widths = [max(map(len, own)) for own in ([h, *b] for h, b in zip(headings, body, strict=True))]

    def padded(texts: Sequence[str]) -> list[str]:
        return [
            text.rjust(width) if column.align == model.RIGHT else text.ljust(width)
            for column, text, width in zip(columns, texts, widths, strict=True)
        ]

    grid: list[Pieces] = [[(GAP.join(padded(headings)), "dim")]] if any(headings) else []
    for row, texts in zip(rows, zip(*body, strict=True), strict=True):
        *others, last = padded(texts)
        ends = [*(text + GAP for text in others), last.rstrip()]
        styles = [_style(column, cell) for column, cell in zip(columns, row.cells, strict=True)]
        grid.append(list(zip(ends, styles, strict=True)))
    return grid if ruler is None else grid[:-1]


def _style(column: Column, cell: Cell) -> str:
    if cell.alarm:
        return STYLES[model.ALARM]
    return "bold" if column.strong else ""


def _texts(column: Column, cells: Sequence[Cell]) -> list[str]:
    found = [plain(cell.text) for cell in cells]
    if column.role == model.LABEL:
        return [found[0], *("" if one == before else one for before, one in pairwise(found))]
    if column.align == model.SIGN:
        return [text if text.startswith("-") else f" {text}" for text in found]
    return aligned(found) if column.align == model.POINT else found


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
