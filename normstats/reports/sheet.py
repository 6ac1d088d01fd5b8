"""A layer a line: the quantities that a paper or a page has room for, side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from normstats.numerals.digits import significant, with_error
from normstats.reports import model
from normstats.reports.marks import Marked, plain
from normstats.reports.model import Column, Group, Note, Row, Table
from normstats.reports.names import Choice, words
from normstats.result import Estimate

USUAL_DIGITS = 6  # of exact values
NONE = "–"
SHORT = "0.3989(12) is 0.3989 ± 0.0012"

_MEASURED = re.compile(r"\(?(-?[\d.]+) ± ([\d.]+)(?:\)(e[+-]\d+))?")


class Line(NamedTuple):
    """A layer's call, its quantities as texts, and what is to be said of it."""

    call: Marked
    texts: Mapping[str, str]
    notes: Sequence[str] = ()


def sheet(lines: Sequence[Line], choice: Choice, readers: Sequence[str] = model.EVERYONE) -> Table:
    """One group for all layers."""
    columns = [Column("layer", role=model.LABEL)]
    columns += [Column(words(name), align=model.POINT) for name in choice.columns]
    rows = [
        Row([line.call, *(line.texts.get(name, NONE) for name in choice.columns)]) for line in lines
    ]
    notes = [Note(f"{plain(line.call)}: {note}") for line in lines for note in line.notes]
    if any("(" in text for row in rows for text in row.cells[1:]):
        notes.insert(0, Note(SHORT))
    return Table(columns, [Group(rows, notes=notes)], readers=readers)


def exact_text(value: float | None, digits: int | None) -> str:
    """An exact value to so many significant digits."""
    return NONE if value is None else significant(value, digits or USUAL_DIGITS)


def measured_text(estimate: Estimate, digits: int | None = None) -> str:
    """``0.39901 ± 0.00018`` as 0.39901(18), or to fewer digits than that and without the error."""
    match = _MEASURED.fullmatch(with_error(estimate.value, estimate.se))
    if match is None:  # no error, or one that is no number
        return significant(estimate.value, digits or USUAL_DIGITS)
    value, error, power = match[1], match[2], match[3] or ""
    if digits is None:
        return f"{value}({error.replace('.', '').lstrip('0')}){power}"
    if len(value.lstrip("-0.").replace(".", "")) > digits:
        value = f"{float(value):#.{digits}g}".rstrip(".")
    return value + power
