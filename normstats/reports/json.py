"""The report as strict JSON, schema "normstats/1" (schema.json): unknown values are null."""

from __future__ import annotations

from collections.abc import Sequence

from normstats.result import Result
from normstats.result.document import document, dumped


def render(results: Sequence[Result]) -> str:
    """One document for all layers."""
    return dumped(document(results), indent=2) + "\n"
