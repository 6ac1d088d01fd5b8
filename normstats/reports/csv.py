"""The report as CSV: one row per layer, direction and statistic, in full precision."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from normstats.reports.columns import MACHINE, json_value, rows
from normstats.result import Result


def render(results: Sequence[Result]) -> str:
    """A heading and the rows of all layers; what is unknown is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(column.name for column in MACHINE)
    for result in results:
        for row in rows(result):
            writer.writerow(_cell(column.value(row)) for column in MACHINE)
    return out.getvalue()


def _cell(value: Any) -> str:
    value = json_value(value)
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)
