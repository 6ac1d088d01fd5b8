"""What a check found out: one case per comparison, and what is to be said around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from normstats.reports.model import Case

__all__ = ["Case", "Document"]


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
