"""The report for a terminal: one aligned block per layer, numbers never cut or wrapped."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence

from normstats.numerals.digits import SEPARATOR
from normstats.reports.advice import advice
from normstats.reports.columns import HUMAN, rows
from normstats.reports.words import run, title
from normstats.result import Result
from normstats.result.numbers import STATISTICS

WIDTH = 80
GAP = "   "
SUSPICIOUS = 5.0  # deviations beyond this many standard errors are shown in red

Line = list[tuple[str, str]]  # pieces of text with their rich style
HEADINGS = ("", "", "measured ± SE", "exact", "deviation")


def render(results: Sequence[Result], *, terminal: bool = False) -> str:
    """All layers, one below the other; ANSI colours only if it goes to a terminal."""
    lines: list[Line] = []
    for result in results:
        if lines:
            lines.append([])
        lines += _block(result)
    return _coloured(lines) if terminal else _plain(lines)


def _block(result: Result) -> Iterator[Line]:
    call, formulas = title(result)
    if len(f"{call}{GAP}{', '.join(formulas)}") <= WIDTH:
        yield [(call, "bold cyan"), (GAP + ", ".join(formulas), "")]
    else:
        yield [(call, "bold cyan")]
        yield from ([(line, "")] for formula in formulas for line in _wrapped("  " + formula))
    yield []
    yield from _grid(result)
    yield []
    for sentence in run(result):
        style = "bold red" if sentence.startswith("INTERRUPTED") else "dim"
        yield from ([(line, style)] for line in _wrapped(sentence))
    for sentence in advice(result):
        yield from ([(line, "")] for line in _wrapped(sentence))


def _grid(result: Result) -> Iterator[Line]:
    body = list(rows(result))
    columns = [[column.value(row) for row in body] for column in HUMAN]
    columns[0] = [text if i % len(STATISTICS) == 0 else "" for i, text in enumerate(columns[0])]
    columns[2:] = [aligned(cells) for cells in columns[2:]]
    widths = [
        max(map(len, (heading, *cells))) for heading, cells in zip(HEADINGS, columns, strict=True)
    ]
    styles = ("bold", "", "bold", "", "")
    yield [(_padded(HEADINGS, widths), "dim")]
    for row, cells in zip(body, zip(*columns, strict=True), strict=True):
        z = row.estimate.z
        wrong = z is not None and abs(z) > SUSPICIOUS
        line = [
            (text.ljust(width) + GAP, style)
            for text, width, style in zip(cells, widths, styles, strict=True)
        ]
        yield [*line[:-1], (cells[-1], "bold red" if wrong else "")]


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(text.ljust(width) for text, width in zip(cells, widths, strict=True))


def aligned(cells: Sequence[str]) -> list[str]:
    """Numbers with their decimal points below each other, and then their ± signs."""
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


def _wrapped(sentence: str) -> list[str]:
    return textwrap.wrap(
        sentence, WIDTH, subsequent_indent="  ", drop_whitespace=True, break_long_words=False
    )


def _plain(lines: Sequence[Line]) -> str:
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)


def _coloured(lines: Sequence[Line]) -> str:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=io.StringIO(), force_terminal=True, legacy_windows=False)
    with console.capture() as capture:
        for line in lines:
            # soft_wrap: a terminal narrower than the table wraps it, nothing is shortened
            console.print(Text.assemble(*line), soft_wrap=True)
    return capture.get()
