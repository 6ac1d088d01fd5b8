"""The report of measured layers: a row for every statistic, with all that it rests on."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

from normstats import registry
from normstats.numerals.digits import significant, with_error
from normstats.reports import model
from normstats.reports import words as sentences
from normstats.reports.marks import Alarm, code
from normstats.reports.model import Column, Group, Note, Report, Row, Table
from normstats.reports.names import Choice
from normstats.reports.sheet import USUAL_DIGITS, Line, measured_text, sheet
from normstats.result import Estimate, Result, document
from normstats.result.document import GAIN
from normstats.result.notes import unit, units
from normstats.runs.call import Call

SUSPICIOUS = 5.0  # deviations beyond this many standard errors are shown in red

COLUMNS = (
    Column("layer", role=model.GROUP, readers=(model.PAGE,)),
    Column("direction", role=model.LABEL, strong=True),
    Column("statistic", role=model.LABEL),
    Column("measured", "± SE", model.POINT, strong=True),
    Column("exact", align=model.POINT),
    Column("deviation", align=model.POINT),
)


def report(results: Sequence[Result], choice: Choice | None = None) -> Report:
    """One report for all layers; people get a line a layer with a choice of quantities, or on
    paper, where there is no room for more.
    """
    parts = [lines(results, choice or Choice())]
    if choice is None:
        groups = [_group(result) for result in results]
        whole = Table(COLUMNS, groups, beside=True, readers=(model.SCREEN, model.PAGE))
        parts = [whole, parts[0]._replace(readers=(model.PAPER,))]
    rows = [row for result in results for row in document.records(result)]
    return Report(parts, model.of_records(rows), document.document(results))


def lines(results: Sequence[Result], choice: Choice) -> Table:
    """A line a layer."""
    return sheet([_line(result, choice) for result in results], choice)


def so_far(results: Sequence[Result], calls: Sequence[Call], choice: Choice) -> Report:
    """The lines of those layers that are done, as they will stand below each other with all.

    Below them stands another, which is not to be shown: as wide as any of these layers, and as any
    usual number.
    """
    longest = "88." + "8" * (choice.digits or USUAL_DIGITS) + ("" if choice.digits else "(88)")
    ruler = Line(code(max(map(str, calls), key=len)), dict.fromkeys(choice.columns, longest))
    table = sheet([*(_line(result, choice) for result in results), ruler], choice)
    return Report([table._replace(groups=[Group(table.rows)])])


def notes_alone(results: Sequence[Result], choice: Choice) -> Report:
    """The notes on those lines, when the lines have been shown."""
    table = lines(results, choice)
    return Report([table._replace(groups=[one._replace(rows=()) for one in table.groups])])


def _line(result: Result, choice: Choice) -> Line:
    there = quantities(result).items()
    texts = {name: measured_text(estimate, choice.digits) for name, estimate in there}
    return Line(code(str(result.run.call)), texts, sentences.facts(result))


def quantities(result: Result) -> dict[str, Estimate]:
    """Every number of a result by its name, "forward.mean" to "backward_gain"."""
    rows = document.estimates(result)
    return {f"{direction}.{name}": one for direction, name, one in rows} | dict(result.gains)


def _group(result: Result) -> Group:
    """A layer: its call and formulas, its numbers, how they were measured, what they are for."""
    layer = registry.find(result.layer)
    formulas = [text for text in (layer.formula, layer.gradient) if text] if layer else []
    notes = [Note(said, model.ALARM) for said in sentences.interruption(result)]
    notes += [Note(said) for said in sentences.run(result)]
    notes += [Note(said, model.ADVICE) for said in sentences.advice(result)]
    rows = [_row(result, *number) for number in document.numbers_of(result)]
    return Group(rows, code(str(result.run.call)), formulas, notes)


def _row(result: Result, direction: str, statistic: str, estimate: Estimate) -> Row:
    # "1/std y" and "gain": no longer than "backward" and "zeros"
    labels = (sentences.gain(statistic), GAIN) if direction == GAIN else (direction, statistic)
    numbers = _measured(result, estimate), _exact(estimate.exact), _deviation(estimate)
    return Row((code(str(result.run.call)), *labels, *numbers))


def _measured(result: Result, estimate: Estimate) -> str:
    """Value ± standard error, or why there is no error."""
    if estimate.se is not None:
        return with_error(estimate.value, estimate.se)
    reason = f": one {unit(result).split()[0]}" if units(result) == 1 else ""
    return f"{significant(estimate.value, 6)} (no error{reason})"


def _exact(value: float | None) -> str:
    """To twelve digits; nothing where it is unknown."""
    if value is None:
        return ""
    return significant(value) if math.isfinite(value) else "infinite"


def _deviation(estimate: Estimate) -> str:
    """Measured − exact in standard errors: +0.7 σ."""
    z = estimate.z
    if z is None:
        return ""
    if estimate.se == z == 0.0:
        return "none"
    size = abs(z)
    sign = "" if size < 0.05 else "-" if z < 0.0 else "+"
    number = f"{size:.1f}" if size < 1000.0 else f"{size:.1e}"
    text = f"{sign}{'∞' if size == sys.float_info.max else number} σ"
    return Alarm(text) if size > SUSPICIOUS else text
