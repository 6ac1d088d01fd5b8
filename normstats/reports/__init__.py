"""Results as documents: one small file per format over one list of columns."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import cast

from normstats.result import Result

FORMATS = ("table", "json", "csv", "markdown", "latex")
SUFFIXES = {
    ".txt": "table",
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".tex": "latex",
}


def render(results: Sequence[Result], form: str, *, terminal: bool = False) -> str:
    """The whole document, ending with a newline; colours only for a terminal's table."""
    if form == "table":
        from normstats.reports import table

        return table.render(results, terminal=terminal)
    return cast(str, importlib.import_module(f"normstats.reports.{form}").render(results))
