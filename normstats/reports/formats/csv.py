"""For spreadsheets: one line a row, in full precision; what is unknown is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from normstats.reports.formats import Format
from normstats.reports.model import Report
from normstats.result.document import dumped, strict


def render(report: Report) -> str:
    """The names, and the rows below them; nested values are JSON."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if report.data.names:
        writer.writerow(report.data.names)
    writer.writerows(map(flat, row) for row in report.data.rows)
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
