"""The report of the published constants, with every field of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from normstats.errors import UsageError
from normstats.published.catalogue import Constant, Page, Source, pages
from normstats.registry import canonical, nearest
from normstats.reports import model
from normstats.reports.marks import code
from normstats.reports.model import Column, Group, Line, Report, Row, Table
from normstats.runs.call import spell

SCHEMA = "normstats-catalogue/1"
COLUMNS = [Column(name) for name in ("constant", "layer", "quantity", "published")]

Entry = tuple[Page, Constant]


def select(source: str | None = None) -> list[Entry]:
    """The constants of one source, by its key, or of one page, by its name; else all of them.

    Raises UsageError with the nearest names, or all.
    """
    everything = [(page, constant) for page in pages() for constant in page.constants]
    if source is None:
        return everything
    wanted, names = canonical(source), source_names()
    if wanted not in names:
        near = nearest(wanted, names)
        hint = f"did you mean {' or '.join(near)}? There are" if near else "must be one of"
        raise UsageError("`source`", source, f"{hint} {', '.join(names)}")
    return [entry for entry in everything if wanted in _keys(*entry)]


def source_names() -> list[str]:
    """What ``select`` takes: the pages, and the sources of those that have several."""
    return sorted({name for entry in select() for name in _keys(*entry)})


def _keys(page: Page, constant: Constant) -> tuple[str, str]:
    return canonical(page.name), canonical(constant.source.key)


def report(entries: Sequence[Entry]) -> Report:
    """What is published of what, source by source."""
    groups = [
        Group([_row(constant) for _, constant in own], _title(source))
        for source, own in groupby(entries, lambda entry: entry[1].source)
    ]
    records = [_record(page, constant) for page, constant in entries]
    sources = {constant.source.key: asdict(constant.source) for _, constant in entries}
    more = {
        key: {f"source_{name}": value for name, value in source.items() if name != "key"}
        for key, source in sources.items()
    }
    data = model.of_records([record | more[record["source"]] for record in records])
    document = {"schema": SCHEMA, "sources": list(sources.values()), "constants": records}
    return Report([Table(COLUMNS, groups)], data, document, indent=1)


def _title(source: Source) -> str:
    year = f", {source.year}" if source.year else ""
    return f"{source.work} ({source.author}{year})"


def _row(constant: Constant) -> Row:
    call, meaning = spell(constant.layer, constant.params), constant.words
    line = f"{constant.id}: {call}, {meaning}: {constant.text}"
    cells = code(constant.id), code(call), meaning, constant.text
    return Row(cells, [Line(line, indent=2, hang=None)])


def _record(page: Page, constant: Constant) -> dict[str, Any]:
    """All fields of a constant; unknown ones are None. ``words`` says what the quantity is."""
    fields = asdict(constant) | {"source": constant.source.key, "words": constant.words}
    return {"id": fields.pop("id"), "page": page.name, **fields}
