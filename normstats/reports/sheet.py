"""A layer a line: the quantities that a paper or a page has room for, side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from normstats.errors import UsageError
from normstats.numerals.digits import significant, with_error
from normstats.published.quantity import QUANTITIES
from normstats.reports import model
from normstats.reports.marks import Marked, plain
from normstats.reports.model import Column, Group, Note, Row, Table
from normstats.reports.names import canonical
from normstats.result import Estimate

# What a recipe takes: the mean to subtract, and the gain to multiply by.
USUAL = ("forward.mean", "gain", "gain_rms", "backward_gain")
USUAL_DIGITS = 6  # of exact values
MOST_DIGITS = 15
NONE = "–"
SHORT = "0.3989(12) is 0.3989 ± 0.0012"

_MEASURED = re.compile(r"\(?(-?[\d.]+) ± ([\d.]+)(?:\)(e[+-]\d+))?")


class Choice(NamedTuple):
    """The quantities of a line, and their significant digits: None is as many as are known."""

    columns: Sequence[str] = USUAL
    digits: int | None = None


class Line(NamedTuple):
    """A layer's call, its quantities as texts, and what is to be said of it."""

    call: Marked
    texts: Mapping[str, str]
    notes: Sequence[str] = ()


def sheet(lines: Sequence[Line], choice: Choice) -> Table:
    """One group for all layers."""
    columns = [Column("layer", "layer", role=model.LABEL)]
    columns += [Column(name, words(name), align=model.POINT) for name in choice.columns]
    rows = [
        Row(model.texts(line.call, *(line.texts.get(name, NONE) for name in choice.columns)))
        for line in lines
    ]
    notes = [Note(f"{plain(line.call)}: {note}") for line in lines for note in line.notes]
    if any("(" in cell.text for row in rows for cell in row.cells[1:]):
        notes.insert(0, Note(SHORT))
    return Table(columns, [Group(rows, notes=notes)])


def ruled(table: Table, labels: Sequence[str], choice: Choice) -> Table:
    """A table without notes, laid out for these layers and for any usual number."""
    longest = "88." + "8" * (choice.digits or USUAL_DIGITS) + ("" if choice.digits else "(88)")
    ruler = model.texts(max(labels, key=len), *(longest for _ in choice.columns))
    groups = [group._replace(notes=()) for group in table.groups]
    return table._replace(groups=groups, ruler=Row(ruler))


def words(quantity: str) -> str:
    """What a number is: "mean of y", "1/std of dx", "zeros in y"."""
    if quantity in QUANTITIES:
        return QUANTITIES[quantity]
    direction, _, statistic = quantity.partition(".")
    name = {"forward": "y", "backward": "dx"}.get(direction, f"the gradient of {direction}")
    return f"fraction of zeros in {name}" if statistic == "zeros" else f"{statistic} of {name}"


def exact_text(value: float | None, digits: int | None) -> str:
    """An exact value to so many significant digits."""
    return NONE if value is None else significant(value, digits or USUAL_DIGITS)


def measured_text(estimate: Estimate, digits: int | None) -> str:
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


def parse_choice(columns: str | None, digits: str | None) -> Choice | None:
    """What --columns and --digits say; None if neither is given."""
    if columns is None and digits is None:
        return None
    names = USUAL if columns is None else tuple(map(canonical, columns.split(",")))
    if "" in names:
        raise UsageError("--columns", columns, "must be quantities such as forward.std,gain")
    return Choice(names, None if digits is None else _digits(digits))


def _digits(text: str) -> int:
    if not re.fullmatch(r"\d{1,2}", text) or not 1 <= int(text) <= MOST_DIGITS:
        raise UsageError("--digits", text, f"must be a whole number from 1 to {MOST_DIGITS}")
    return int(text)
