"""The report as CSV: one row per layer, direction and statistic, in full precision."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from normstats.result import Result
from normstats.result.document import records


def render(results: Sequence[Result]) -> str:
    """A heading and the rows of all layers; what is unknown is empty."""
    rows = [record for result in results for record in records(result)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(map(_cell, row.values()) for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(float(value)) if isinstance(value, float) else str(value)
