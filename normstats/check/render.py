"""A check as a document: table, Markdown, JSON, CSV or JUnit."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from normstats.check.case import Case, Document
from normstats.check.junit import as_junit
from normstats.reports.markdown import escaped, line
from normstats.result.document import strict

SCHEMA = "normstats-check/1"
WIDTH = 80
GAP = "   "


def as_table(document: Document) -> str:
    """For a terminal: the summary, what failed (or all), and what it means."""
    blocks: list[list[str]] = [_wrapped(document.title)]
    if document.interrupted:
        blocks[0] = [document.interrupted, *blocks[0]]
    if document.rows:
        blocks.append(_grid([document.headings, *document.rows]))
    listed = document.cases if document.shows_all else document.failed
    if listed:
        blocks.append([text for case in listed for text in _listed(case)])
    blocks.append([text for remark in document.remarks for text in _wrapped(remark)])
    blocks.append([document.verdict])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _listed(case: Case) -> list[str]:
    mark = "ok    " if case.passed else "FAILED"
    return [f"{mark}  {case.name}", *_wrapped(case.message, " " * 8)]


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent or "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def as_markdown(document: Document) -> str:
    """For a page or a job's summary."""
    out = [escaped(document.title), ""]
    if document.interrupted:
        out = [f"**{document.interrupted}**", "", *out]
    if document.rows:
        out += [line(document.headings), line(["---", *["---:"] * (len(document.headings) - 1)])]
        out += [line([escaped(cell) for cell in row]) for row in document.rows]
        out.append("")
    listed = document.cases if document.shows_all else document.failed
    if listed:
        out += [line(("", "comparison", "numbers")), line(["---"] * 3)]
        for case in listed:
            mark = "ok" if case.passed else "**FAILED**"
            out.append(line([mark, escaped(case.name), escaped(case.message)]))
        out.append("")
    out += [f"- {escaped(remark)}" for remark in document.remarks]
    return "\n".join([*out, "", f"**{document.verdict}**"]) + "\n"


def as_json(document: Document) -> str:
    """For a machine: everything; unknown values are null."""
    cases = [
        {
            "group": case.group,
            "name": case.name,
            "passed": case.passed,
            "message": case.message,
            **case.numbers,
        }
        for case in document.cases
    ]
    content = {
        "schema": SCHEMA,
        "passed": document.passed,
        "interrupted": bool(document.interrupted),
        "failed": len(document.failed),
        **document.header,
        "remarks": list(document.remarks),
        "comparisons": cases,
    }
    return json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """The value as strict JSON has it."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return strict(value)


def as_csv(document: Document) -> str:
    """For a spreadsheet: a row a comparison; what is unknown is empty."""
    names = list(dict.fromkeys(name for case in document.cases for name in case.numbers))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["group", "name", "passed", *names, "message"])
    for case in document.cases:
        numbers = [_cell(case.numbers.get(name)) for name in names]
        writer.writerow([case.group, case.name, _cell(case.passed), *numbers, case.message])
    return out.getvalue()


def _cell(value: Any) -> str:
    value = strict(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(float(value)) if isinstance(value, float) else str(value)


RENDERERS: Mapping[str, Callable[[Document], str]] = {
    "table": as_table,
    "json": as_json,
    "junit": as_junit,
    "csv": as_csv,
    "markdown": as_markdown,
}
FORMS = tuple(RENDERERS)
