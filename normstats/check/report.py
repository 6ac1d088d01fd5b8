"""A check as a report: what was compared for people, and every comparison for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from normstats.reports import model
from normstats.reports.marks import strong
from normstats.reports.model import Case, Data, Line, Report, Row, Text

SCHEMA = "normstats-check/1"
TITLE = "normstats check"


@dataclass(frozen=True)
class Document:
    """A whole check.

    ``header`` is for machines. ``headings`` and ``rows`` are the summary for people, ``remarks``
    the sentences below it. ``shows_all`` lists every case for people, not the failed ones alone.
    """

    title: str
    cases: Sequence[Case]
    header: Mapping[str, Any] = field(default_factory=dict)
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    remarks: Sequence[str] = ()
    shows_all: bool = False
    interrupted: str = ""

    @property
    def failed(self) -> list[Case]:
        """The cases that did not pass."""
        return [case for case in self.cases if not case.passed]

    @property
    def passed(self) -> bool:
        """Whether all did."""
        return not self.failed

    @property
    def verdict(self) -> str:
        """The last line for people."""
        total, failed = len(self.cases), len(self.failed)
        so_far = " so far" if self.interrupted else ""
        if failed:
            return f"{failed} of {total} comparisons FAILED{so_far}."
        if total == 1:
            return f"The comparison agrees{so_far}."
        return f"All {total} comparisons agree{so_far}."


def report(document: Document) -> Report:
    """People get the summary and what failed, or all where that was asked for."""
    listed = document.cases if document.shows_all else document.failed
    interrupted = [strong(document.interrupted)] if document.interrupted else []
    header = dict(document.header) | {"title": document.title}
    if interrupted:
        header["interrupted"] = document.interrupted
    return Report(
        parts=[
            Text([*interrupted, document.title]),
            model.table(document.headings, document.rows),
            model.table(("", "comparison", "numbers"), map(_row, listed), "l"),
            Text(document.remarks, model.ITEM),
            Text([strong(document.verdict)]),
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
    mark = "ok" if case.passed else strong("FAILED")
    lines = [
        Line(f"{'ok    ' if case.passed else 'FAILED'}  {case.name}", hang=None),
        Line(case.message, indent=8, hang=0),
    ]
    return Row([mark, case.name, case.message], lines)


def _record(case: Case) -> dict[str, Any]:
    about = {"group": case.group, "name": case.name, "passed": case.passed}
    return about | {"message": case.message} | dict(case.numbers)


def _data(cases: Sequence[Case]) -> Data:
    """All numbers that any of the cases has."""
    numbers = dict.fromkeys(name for case in cases for name in case.numbers)
    names = ["group", "name", "passed", *numbers, "message"]
    return model.of_records([_record(case) for case in cases], names)
