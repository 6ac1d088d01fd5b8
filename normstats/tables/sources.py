"""One page per source: its constants, measured, exact and judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from normstats.published.catalogue import Page, Source
from normstats.published.verdict import Kind, counts
from normstats.reports import model
from normstats.reports.marks import code, escaped, strong
from normstats.reports.model import Report, Table, Text
from normstats.tables import text
from normstats.tables.rows import Row

HEADINGS = ("constant", "layer", "quantity", "published", "n", "measured ± SE", "exact", "verdict")


def report(page: Page, rows: Sequence[Row]) -> Report:
    """The page: for each source its table, and below it every verdict in full."""
    parts: list[Table | Text] = [model.paragraphs(page.about, tally(rows))]
    for source in page.sources:
        own = [row for row in rows if row.constant.source is source]
        parts += [
            model.heading(source.work, 2),
            model.paragraphs(_origin(source)),
            model.table(HEADINGS, map(_cells, own), left=4),
            model.prose(*map(_reason, own), start=model.ITEM),
        ]
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
    names = ("key", "work", "author", "year", "where", "note")
    return {name: getattr(source, name) or None for name in names}


def verdicts(rows: Sequence[Row]) -> dict[str, int]:
    """How many of each kind."""
    return {str(kind): number for kind, number in counts(row.verdict for row in rows).items()}


def tally(rows: Sequence[Row]) -> str:
    """ "5 constants: 3 digits agree, 2 off." """
    parts = ", ".join(f"{number} {kind}" for kind, number in verdicts(rows).items() if number)
    return f"{len(rows)} constants: {parts}."


def _origin(source: Source) -> str:
    year = f", {source.year}" if source.year else ""
    note = f" {source.note}" if source.note else ""
    return f"{source.author}{year}. {source.where}.{note}"


def _cells(row: Row) -> list[str]:
    constant, verdict = row.constant, row.verdict
    return [
        code(constant.id),
        code(text.call_text(constant)),
        verdict.quantity,
        constant.text,
        text.count_text(constant.samples),
        text.measured_text(row.value, row.se),
        _exact(row),
        strong(verdict.kind) if verdict.kind is Kind.OFF else str(verdict.kind),
    ]


def _exact(row: Row) -> str:
    if row.verdict.exact is None and row.constant.matrix is not None:
        return "see below"
    return text.exact_text(row.verdict.exact)


def _reason(row: Row) -> str:
    constant = row.constant
    parts = [f"({constant.seen_at}): {row.verdict.sentence}"]
    if constant.note:
        parts.append(f"Note: {constant.note.rstrip('.')}.")
    if constant.waits_for is not None and row.verdict.kind is not Kind.WAITING:
        parts.append(f"Not measured: waits for {constant.waits_for}.")
    return f"{code(constant.id)} {escaped(' '.join(parts))}"


def record(row: Row) -> dict[str, Any]:
    """The constant for machines; unknown values are None."""
    constant, verdict = row.constant, row.verdict
    return {
        "id": constant.id,
        "source": constant.source.key,
        "seen_at": constant.seen_at,
        "layer": constant.layer,
        "params": dict(constant.params),
        "quantity": constant.quantity,
        "scale": constant.scale,
        "power": constant.power,
        "words": verdict.quantity,
        "kind": constant.kind,
        "text": constant.text,
        "published": constant.value,
        "matrix": None if constant.matrix is None else [list(line) for line in constant.matrix],
        "digits": constant.digits,
        "published_samples": constant.samples,
        "published_plus_minus": constant.plus_minus,
        "measured": text.rounded(row.value),
        "measured_se": text.rounded(row.se, 4),
        "measured_samples": row.samples,
        "exact": text.tidy(verdict.exact),
        "verdict": str(verdict.kind),
        "deviation": text.rounded(_settled(row), 3),
        "relative": text.rounded(None if _settled(row) == 0.0 else verdict.relative, 3),
        "published_se": text.rounded(verdict.se, 3),
        "published_se_from": verdict.se_from or None,
        "z": text.rounded(None if _settled(row) == 0.0 else verdict.z, 3),
        "samples_at_one_se": text.rounded(verdict.one_se, 3),
        "samples_at_three_se": text.rounded(verdict.three_se, 3),
        "truncated": verdict.truncated,
        "waits_for": constant.waits_for,
        "formula": constant.formula,
        "sentence": verdict.sentence,
        "note": constant.note or None,
    }


def _settled(row: Row) -> float | None:
    """The deviation, without what is rounding of the exact value."""
    deviation, exact = row.verdict.deviation, row.verdict.exact
    if deviation is None or exact is None:
        return None
    return 0.0 if abs(deviation) <= text.SMALLEST * max(1.0, abs(exact)) else deviation
