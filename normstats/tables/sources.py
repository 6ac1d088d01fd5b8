"""One page per source: its constants, measured, exact and judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from normstats.numerals.short import short
from normstats.published.catalogue import Page, Source
from normstats.published.verdict import Kind
from normstats.reports import model
from normstats.reports.marks import code, escaped, link
from normstats.reports.model import Report, Table, Text
from normstats.tables import text
from normstats.tables.rows import Row, explained, record, table, verdicts

BELOW = "    - "  # begins a list below a numbered line, of one digit or of two


def report(page: Page, rows: Sequence[Row]) -> Report:
    """The page: for each source its table, and below it what is to be said of its rows."""
    index = link("The index", "index.md")
    parts: list[Table | Text] = [
        Text(page.about.split("\n\n")),
        model.prose(f"{tally(rows)} {index} says what these words mean."),
    ]
    for source in page.sources:
        own = [row for row in rows if row.constant.source is source]
        parts += [
            model.heading(source.work, 2),
            Text([_origin(source)]),
            model.prose(f"{explained(own)} The notes below are numbered like its rows."),
            table(own),
            model.prose(*map(_said, own), start=model.NUMBERED),
        ]
        for row in own:
            parts += _matrix(row)
    lines = [record(row) for row in rows]
    document = {
        "page": page.name,
        "title": page.title,
        "about": page.about,
        "sources": [about(source) for source in page.sources],
        "verdicts": verdicts(rows),
        "constants": lines,
    }
    return text.page(page.title, parts, lines, document)


def about(source: Source) -> dict[str, Any]:
    """The source for machines."""
    return {name: value or None for name, value in asdict(source).items()}


def tally(rows: Sequence[Row]) -> str:
    """ "5 constants: digits agree 3, error 2." """
    parts = ", ".join(f"{kind} {number}" for kind, number in verdicts(rows).items() if number)
    return f"{len(rows)} constant{'' if len(rows) == 1 else 's'}: {parts}."


def _origin(source: Source) -> str:
    year = f", {source.year}" if source.year else ""
    note = f" {source.note}" if source.note else ""
    return f"{source.author}{year}. {source.where}.{note}"


def _said(row: Row) -> str:
    """Its name, where it was seen, and in a list below what its line in the table leaves out."""
    constant, verdict = row.constant, row.verdict
    parts = []
    if text.published_text(constant) != constant.text:
        parts.append(f"Printed as {constant.text}.")
    if verdict.kind is not Kind.DIGITS_AGREE or constant.kind != "statistic":
        parts.append(verdict.sentence)
    elif text.quantity_text(constant) == text.NOTE:
        parts.append(f"{constant.words}.")
    if constant.note:
        parts.append(f"Note: {constant.note.rstrip('.')}.")
    if row.counted is not None:
        equal = "" if row.counted == verdict.exact_matrix else "not "
        how = f"Counted again with {constant.layer}, all weights and all dy 1"
        parts.append(f"{how}: {equal}the exact table.")
    if constant.waits_for is not None and verdict.kind is not Kind.WAITING:
        parts.append(f"Not measured: no layer here does this yet ({constant.waits_for}).")
    below = "".join(f"\n{BELOW}{escaped(_begun(part))}" for part in parts)
    return f"{code(constant.id)} {escaped(f'({constant.seen_at})')}{below}"


def _begun(sentence: str) -> str:
    """With a capital letter, but where it begins with a symbol: σ*, n std(y)."""
    word = sentence.split()[0]
    is_word = len(word) > 1 and word.isascii() and word.isalpha()
    return sentence[:1].upper() + sentence[1:] if is_word else sentence


def _matrix(row: Row) -> Iterator[Table | Text]:
    """A published table whose rows and columns have names, with the exact entries."""
    constant, exact = row.constant, row.verdict.exact_matrix
    if not constant.row_names or constant.matrix is None or exact is None:
        return
    cells = [
        [
            short(p) if p == e else f"{short(p)} (exact {short(e)})"
            for p, e in zip(*both, strict=True)
        ]
        for both in zip(constant.matrix, exact, strict=True)
    ]
    lines = [[name, *line] for name, line in zip(constant.row_names, cells, strict=True)]
    yield model.prose(f"The entries of {code(constant.id)}:")
    yield model.table(["", *constant.column_names], lines)
