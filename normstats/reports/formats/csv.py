"""For spreadsheets: one line a row, in full precision; what is unknown is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from normstats.reports.formats import Format
from normstats.reports.model import MACHINE, Report
from normstats.result.document import dumped, strict


def render(report: Report) -> str:
    """The names of the columns and the rows of all groups; nested values are JSON."""
    import csv
    import io

    data = report.data.read_by(MACHINE)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if data.columns:
        writer.writerow(column.name for column in data.columns)
    for row in data.rows:
        writer.writerow(flat(cell.value) for cell in row.cells)
    return out.getvalue()


FORMAT = Format(render, (".csv",), rank=2)


def flat(value: Any) -> str:
    """A value as text."""
    if isinstance(value, (Mapping, list, tuple)):
        return dumped(value)
    value = strict(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(float(value)) if isinstance(value, float) else str(value)
