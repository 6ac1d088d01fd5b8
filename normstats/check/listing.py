"""The catalogue of published constants as a document, with every field."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from normstats.check.constants import tabular
from normstats.errors import UsageError
from normstats.published.catalogue import Constant, Page, pages
from normstats.published.quantity import words
from normstats.registry import canonical
from normstats.reports import latex
from normstats.reports.markdown import escaped, line
from normstats.result.document import strict
from normstats.runs.call import spell

SCHEMA = "normstats-catalogue/1"
HEADINGS = ("constant", "layer", "quantity", "published")

Row = tuple[Page, Constant]


def select(source: str | None = None) -> list[Row]:
    """The constants of one source, by its key, or of one page, by its name; else all of them.

    Raises UsageError with the names that there are.
    """
    everything = [(page, constant) for page in pages() for constant in page.constants]
    if source is None:
        return everything
    wanted = canonical(source)
    names = {canonical(page.name) for page, _ in everything}
    names |= {canonical(constant.source.key) for _, constant in everything}
    if wanted not in names:
        raise UsageError("`source`", source, f"must be one of {', '.join(sorted(names))}")
    return [
        (page, constant)
        for page, constant in everything
        if wanted in (canonical(page.name), canonical(constant.source.key))
    ]


def record(row: Row) -> dict[str, Any]:
    """All fields of a constant; unknown ones are None. ``words`` says what the quantity is."""
    page, constant = row
    fields = asdict(constant)
    fields["source"] = constant.source.key
    meaning = words(constant.quantity, constant.scale, constant.power, constant.explain)
    return {"id": fields.pop("id"), "page": page.name, **fields, "words": meaning}


def as_json(rows: Sequence[Row]) -> str:
    """For a machine: the sources, and every constant with every field."""
    sources = {constant.source.key: asdict(constant.source) for _, constant in rows}
    document = {
        "schema": SCHEMA,
        "sources": list(sources.values()),
        "constants": [_plain(record(row)) for row in rows],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return strict(value)


def as_csv(rows: Sequence[Row]) -> str:
    """For a spreadsheet: every field, and those of the source; nested values are JSON."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for number, row in enumerate(rows):
        source = {f"source_{k}": v for k, v in asdict(row[1].source).items() if k != "key"}
        fields = record(row) | source
        if number == 0:
            writer.writerow(fields)
        writer.writerow(_cell(value) for value in fields.values())
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(_plain(value), ensure_ascii=False) if value else ""
    return repr(value) if isinstance(value, float) else str(value)


def _cells(row: Row) -> tuple[str, str, str, str]:
    _, constant = row
    call = spell(constant.layer, constant.params)
    meaning = words(constant.quantity, constant.scale, constant.power, constant.explain)
    return constant.id, call, meaning, constant.text


def as_table(rows: Sequence[Row]) -> str:
    """For a terminal: what is published of what, source by source."""
    out: list[str] = []
    last = None
    for row in rows:
        _, constant = row
        if constant.source != last:
            year = f", {constant.source.year}" if constant.source.year else ""
            source = f"{constant.source.work} ({constant.source.author}{year})"
            out += ["", source] if out else [source]
            last = constant.source
        id, call, meaning, text = _cells(row)
        out.append(f"  {id}: {call}, {meaning}: {text}")
    return "\n".join(out) + "\n"


def as_markdown(rows: Sequence[Row]) -> str:
    """For the documentation."""
    out = [line(HEADINGS), line(["---"] * len(HEADINGS))]
    for row in rows:
        id, call, *others = _cells(row)
        out.append(line([f"`{id}`", "`" + call.replace("|", "\\|") + "`", *map(escaped, others)]))
    return "\n".join(out) + "\n"


def as_latex(rows: Sequence[Row]) -> str:
    """For a paper."""
    lines = [" & ".join(map(latex.escaped, _cells(row))) + r" \\" for row in rows]
    return tabular("llll", HEADINGS, lines)


RENDERERS: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
    "latex": as_latex,
}


def render(rows: Sequence[Row], form: str) -> str:
    """The whole document."""
    return RENDERERS[form](rows)
