"""For programs: the document as strict JSON; what is unknown is null."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from normstats.reports.formats import Format
from normstats.reports.model import Report


def render(report: Report) -> str:
    """One document."""
    return dumped(report.document, report.indent) + "\n"


FORMAT = Format(render, (".json",), rank=1)


def dumped(value: Any, indent: int | None = None) -> str:
    """A value as strict JSON."""
    import json

    return json.dumps(strict(value), indent=indent, ensure_ascii=False, allow_nan=False)


def strict(value: Any) -> Any:
    """A value as JSON has it: tuples are lists; nan and inf are unknown: None."""
    if isinstance(value, Mapping):
        return {name: strict(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [strict(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
