"""What the picture of a claim shows: those of its curves that are numbers over numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from normstats.claims.claim import BELOW_ROUNDING, NONE, Cell, Curve, Measured
from normstats.claims.perform import Judged
from normstats.plots.claims import Line, Panel, Sheet

FEWEST = 2  # points of a line
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def sheet(judged: Judged) -> Sheet | None:
    """The claim's curves, a panel each; None if none of them can be drawn."""
    panels = [panel(curve) for curve in judged.found.curves]
    drawn = tuple(one for one in panels if one is not None)
    return Sheet(judged.claim.name, drawn) if drawn else None


def panel(curve: Curve) -> Panel | None:
    """A curve over its headings, if they are numbers, or over its first column, if that is.

    None if neither is, if a cell is no number, or if nothing was measured.
    """
    found = _over_headings(curve) or _over_first_column(curve)
    if found is None or all(line.theory for line in found.lines):
        return None
    return found


def _over_headings(curve: Curve) -> Panel | None:
    """A line a row: over the headings behind those that name the row."""
    counted = [_counted(heading) for heading in curve.headings]
    names = next((at for at, one in enumerate(counted) if one is not None), 0)
    found = [one for one in counted[names:] if one is not None]
    words = {word.removesuffix("s") for word, _ in found}
    if not names or len(words) > 1 or len(found) != len(counted) - names or len(found) < FEWEST:
        return None
    x = [value for _, value in found]
    lines = [_line(_name(curve, row[:names]), x, row[names:]) for row in curve.rows]
    return _panel(curve, max(word for word, _ in found) or curve.over, lines)


def _over_first_column(curve: Curve) -> Panel | None:
    """A line a column behind the first."""
    x = [_plain(row[0]) for row in curve.rows]
    if None in x or len(x) < FEWEST:
        return None
    places = [value for value in x if value is not None]
    columns = list(zip(*curve.rows, strict=True))[1:]
    lines = [
        _line(heading, places, column)
        for heading, column in zip(curve.headings[1:], columns, strict=True)
    ]
    return _panel(curve, curve.headings[0], lines)


def _panel(curve: Curve, x_label: str, lines: Sequence[Line | None]) -> Panel | None:
    drawn = tuple(line for line in lines if line is not None)
    return Panel(curve.title, x_label, drawn) if len(drawn) == len(lines) else None


def _line(label: str, x: Sequence[float], cells: Sequence[Cell]) -> Line | None:
    """None if a cell is no number; theory where all of them are plain texts."""
    numbers = [_number(cell) for cell in cells]
    if None in numbers:
        return None
    known = [one for one in numbers if one is not None]
    theory = not any(isinstance(cell, Measured) for cell in cells)
    return Line(label, tuple(x), tuple(v for v, _ in known), tuple(se for _, se in known), theory)


def _name(curve: Curve, cells: Sequence[Cell]) -> str:
    """Of a row; a number gets its heading: "wᵢ near 0.8"."""
    words = []
    for heading, cell in zip(curve.headings, cells, strict=False):
        text = str(cell)
        words.append(text if _plain(text) is None else f"{heading} {text}")
    return ", ".join(words)


def _number(cell: Cell) -> tuple[float, float] | None:
    """The value and its error, which a plain text has not."""
    if isinstance(cell, Measured):
        return cell.value, cell.se
    value = math.nan if cell in (NONE, BELOW_ROUNDING) else _plain(cell)
    return None if value is None else (value, 0.0)


def _plain(cell: Cell) -> float | None:
    """Of a text that is a number and nothing else."""
    if isinstance(cell, Measured) or not _NUMBER.fullmatch(cell):
        return None
    return float(cell)


def _counted(heading: str) -> tuple[str, float] | None:
    """ "50 layers" and "layer 50" are 50 with a word; None for what is no such heading."""
    words = heading.split()
    values = [value for value in map(_plain, words) if value is not None]
    if len(values) != 1 or len(words) > 2:
        return None
    return " ".join(word for word in words if _plain(word) is None), values[0]
