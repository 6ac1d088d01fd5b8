"""A check as a report: what was compared for people, and every comparison for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from normstats.check.case import Document
from normstats.reports import model
from normstats.reports.marks import strong
from normstats.reports.model import Case, Cell, Column, Group, Line, Report, Row, Table, Text

SCHEMA = "normstats-check/1"
TITLE = "normstats check"

COLUMNS = (
    Column("passed"),
    Column("name", "comparison"),
    Column("message", "numbers", align=model.LONG),
)


def report(document: Document) -> Report:
    """People get the summary and what failed, or all where that was asked for."""
    listed = document.cases if document.shows_all else document.failed
    interrupted = [strong(document.interrupted)] if document.interrupted else []
    header = dict(document.header) | {"title": document.title}
    if interrupted:
        header["interrupted"] = document.interrupted
    return Report(
        parts=[
            model.paragraphs(*interrupted, document.title),
            model.table(document.headings, document.rows),
            Table(COLUMNS, [Group([_row(case) for case in listed])]),
            Text(document.remarks, model.ITEM),
            model.paragraphs(strong(document.verdict)),
        ],
        data=_data(document.cases),
        document={
            "schema": SCHEMA,
            "passed": document.passed,
            "interrupted": bool(document.interrupted),
            "failed": len(document.failed),
            **document.header,
            "remarks": document.remarks,
            "comparisons": [_record(case) for case in document.cases],
        },
        indent=1,
        title=TITLE,
        header=header,
        cases=document.cases,
    )


def _row(case: Case) -> Row:
    mark = Cell(case.passed, "ok" if case.passed else strong("FAILED"))
    lines = [
        Line(f"{'ok    ' if case.passed else 'FAILED'}  {case.name}", hang=None),
        Line(case.message, indent=8, hang=0),
    ]
    return Row([mark, *model.texts(case.name, case.message)], lines)


def _record(case: Case) -> dict[str, Any]:
    about = {"group": case.group, "name": case.name, "passed": case.passed}
    return about | {"message": case.message} | dict(case.numbers)


def _data(cases: Sequence[Case]) -> Table:
    """All numbers that any of the cases has."""
    numbers = dict.fromkeys(name for case in cases for name in case.numbers)
    names = ["group", "name", "passed", *numbers, "message"]
    return model.of_records([_record(case) for case in cases], names)
