"""One page per source: its constants, measured, exact and judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from normstats.published.catalogue import Page, Source
from normstats.published.verdict import Kind, counts
from normstats.tables import text
from normstats.tables.rows import Row

SCHEMA = "normstats-tables/1"

HEADINGS = ("constant", "layer", "quantity", "published", "n", "measured ± SE", "exact", "verdict")


def markdown(page: Page, rows: Sequence[Row]) -> str:
    """The page for people."""
    out = [f"# {text.escaped(page.title)}", "", text.escaped(page.about), ""]
    out += [f"{tally(rows)}", ""]
    for source in page.sources:
        of_source = [row for row in rows if row.constant.source is source]
        out += [f"## {text.escaped(source.work)}", "", text.escaped(_origin(source)), ""]
        out += text.table(HEADINGS, map(_cells, of_source), left=4)
        out += ["", *(_reason(row) for row in of_source), ""]
    return "\n".join(out).rstrip() + "\n"


def tally(rows: Sequence[Row]) -> str:
    """ "5 constants: 3 digits agree, 2 off." """
    found = counts(row.verdict for row in rows)
    parts = ", ".join(f"{number} {kind}" for kind, number in found.items() if number)
    return f"{len(rows)} constants: {parts}."


def _origin(source: Source) -> str:
    year = f", {source.year}" if source.year else ""
    note = f" {source.note}" if source.note else ""
    return f"{source.author}{year}. {source.where}.{note}"


def _cells(row: Row) -> list[str]:
    constant, verdict = row.constant, row.verdict
    return [
        f"`{constant.id}`",
        f"`{text.call_text(constant)}`",
        text.escaped(verdict.quantity),
        text.escaped(constant.text),
        text.count_text(constant.samples),
        text.measured_text(row.value, row.se),
        _exact(row),
        f"**{verdict.kind}**" if verdict.kind is Kind.OFF else str(verdict.kind),
    ]


def _exact(row: Row) -> str:
    if row.verdict.exact is None and row.constant.matrix is not None:
        return "see below"
    return text.exact_text(row.verdict.exact)


def _reason(row: Row) -> str:
    constant = row.constant
    parts = [f"- `{constant.id}` (", text.escaped(constant.seen_at), "): "]
    parts.append(text.escaped(row.verdict.sentence))
    if constant.note:
        parts.append(f" {text.escaped(_sentence(constant.note))}")
    if constant.waits_for is not None and row.verdict.kind is not Kind.WAITING:
        parts.append(f" Not measured: waits for {text.escaped(constant.waits_for)}.")
    return "".join(parts)


def _sentence(note: str) -> str:
    return f"Note: {note.rstrip('.')}."


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


def csv(rows: Sequence[Row]) -> str:
    """The page as CSV."""
    return text.csv_text([record(row) for row in rows])


def json(page: Page, rows: Sequence[Row]) -> str:
    """The page as JSON."""
    sources = [
        {
            "key": source.key,
            "work": source.work,
            "author": source.author,
            "year": source.year,
            "where": source.where,
            "note": source.note or None,
        }
        for source in page.sources
    ]
    return text.json_text(
        {
            "schema": SCHEMA,
            "page": page.name,
            "title": page.title,
            "about": page.about,
            "sources": sources,
            "verdicts": {str(kind): n for kind, n in counts(r.verdict for r in rows).items()},
            "constants": [record(row) for row in rows],
        }
    )
