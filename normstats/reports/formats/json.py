"""For programs: the document as strict JSON; what is unknown is null."""

from __future__ import annotations

from normstats.reports.formats import Format
from normstats.reports.model import Report
from normstats.result.document import dumped


def render(report: Report) -> str:
    """One document."""
    return dumped(report.document, report.indent) + "\n"


FORMAT = Format(render, (".json",), rank=1)
