"""Numbers and cells as all pages write them: the same bytes on every run."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from normstats.numerals.digits import with_error
from normstats.published.catalogue import Constant
from normstats.reports.markdown import escaped, line
from normstats.runs.call import spell

# Exact values below this are rounding: a mean of 1e-17 stands for 0.
SMALLEST = 1e-12

NOTHING = "–"


def exact_text(value: float | None, digits: int = 12) -> str:
    """An exact value to so many significant digits."""
    if value is None:
        return NOTHING
    return "0" if abs(value) < SMALLEST else f"{value:.{digits}g}"


def measured_text(value: float | None, se: float | None) -> str:
    """Value ± standard error by the PDG rule."""
    return NOTHING if value is None else with_error(value, se)


def count_text(n: int | None) -> str:
    """1e9 for 1000000000, 262144 as it is."""
    if n is None:
        return NOTHING
    short = f"{n:.0e}".replace("e+0", "e").replace("e+", "e")
    return short if n >= 10_000 and float(short) == n else str(n)


def call_text(constant: Constant) -> str:
    """The layer as it is called, with the parameters that the source gives."""
    params = {
        name: f"{value:.6g}" if isinstance(value, float) else value
        for name, value in constant.params.items()
    }
    return spell(constant.layer, params)


def rounded(value: float | None, digits: int = 12) -> float | None:
    """A number for machines: significant digits that do not depend on the last bit."""
    if value is None or not math.isfinite(value):
        return None
    return 0.0 if abs(value) < 1e-300 else float(f"{value:.{digits}g}")


def tidy(value: float | None) -> float | None:
    """An exact value for machines."""
    return 0.0 if value is not None and abs(value) < SMALLEST else rounded(value)


def table(headings: Sequence[str], cells: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """A Markdown table whose first columns are flush left, the others right; cells are escaped."""
    rule = ["---"] * left + ["---:"] * (len(headings) - left)
    return [line(list(headings)), line(rule), *(line(list(row)) for row in cells)]


def csv_text(records: Sequence[Mapping[str, Any]]) -> str:
    """Records as CSV; what is unknown is empty, nested values are JSON."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if records:
        writer.writerow(records[0])
    for record in records:
        writer.writerow(_cell(value) for value in record.values())
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return repr(value) if isinstance(value, float) else str(value)


def json_text(document: Mapping[str, Any]) -> str:
    """A document as JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


__all__ = [
    "NOTHING",
    "call_text",
    "count_text",
    "csv_text",
    "escaped",
    "exact_text",
    "json_text",
    "line",
    "measured_text",
    "rounded",
    "table",
    "tidy",
]
