"""The report of measured layers: a row for every statistic, with all that it rests on."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from normstats import registry
from normstats.numerals.digits import significant, with_error
from normstats.reports import model, words
from normstats.reports.advice import advice
from normstats.reports.marks import code
from normstats.reports.model import Cell, Column, Group, Note, Report, Row, Table
from normstats.reports.sheet import Choice, Line, measured_text, ruled, sheet
from normstats.result import Estimate, Result, document
from normstats.result.document import GAIN
from normstats.result.notes import unit, units
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs

SUSPICIOUS = 5.0  # deviations beyond this many standard errors are shown in red

COLUMNS = (
    Column("layer", "layer", role=model.GROUP, readers=(model.PAGE, model.MACHINE)),
    Column("params", readers=model.MACHINES),
    Column("direction", "direction", role=model.LABEL, strong=True),
    Column("statistic", "statistic", role=model.LABEL),
    Column("value", "measured", "± SE", model.POINT, strong=True),
    Column("se", readers=model.MACHINES),
    Column("exact", "exact", align=model.POINT),
    Column("z", "deviation", align=model.POINT),
    *(
        Column(name, readers=model.MACHINES)
        for name in (*document.RUN, *asdict(Inputs()), "method", "unit", "units")
    ),
)


def report(results: Sequence[Result], choice: Choice | None = None) -> Report:
    """One report for all layers; with a choice of quantities people get a line a layer."""
    table = Table(COLUMNS, [_group(result) for result in results], beside=True)
    lines = sheet([_line(result, choice or Choice()) for result in results], choice or Choice())
    tree = document.document(results)
    return Report([lines if choice else table], table, tree, sheet=lines)


def so_far(results: Sequence[Result], calls: Sequence[Call], choice: Choice) -> Report:
    """The lines of those layers that are done, as they will stand below each other with all."""
    table = sheet([_line(result, choice) for result in results], choice)
    lines = ruled(table, [str(call) for call in calls], choice)
    return Report([lines], lines, {})


def notes_alone(results: Sequence[Result], choice: Choice | None) -> Report:
    """The notes on those lines, when the lines have been shown."""
    table = sheet([_line(result, choice or Choice()) for result in results], choice or Choice())
    rest = table._replace(groups=[group._replace(rows=()) for group in table.groups])
    return Report([rest], rest, {})


def _line(result: Result, choice: Choice) -> Line:
    there = quantities(result).items()
    texts = {name: measured_text(estimate, choice.digits) for name, estimate in there}
    return Line(code(str(result.run.call)), texts, words.facts(result))


def quantities(result: Result) -> dict[str, Estimate]:
    """Every number of a result by its name, "forward.mean" to "backward_gain"."""
    rows = document.estimates(result)
    return {f"{direction}.{name}": one for direction, name, one in rows} | dict(result.gains)


def _group(result: Result) -> Group:
    """A layer: its call and formulas, its numbers, how they were measured, what they are for."""
    layer = registry.find(result.layer)
    formulas = [text for text in (layer.formula, layer.gradient) if text] if layer else []
    notes = [Note(sentence) for sentence in words.run(result)]
    notes += [Note(sentence, model.ADVICE) for sentence in advice(result)]
    notes[:0] = [Note(sentence, model.ALARM) for sentence in words.interruption(result)]
    numbers = zip(document.rows(result), document.numbers_of(result), strict=True)
    rows = [_row(result, values, estimate) for values, (_, _, estimate) in numbers]
    return Group(rows, code(str(result.run.call)), formulas, notes)


def _row(result: Result, values: Mapping[str, Any], estimate: Estimate) -> Row:
    direction, statistic = values["direction"], values["statistic"]
    texts = {
        "layer": code(str(result.run.call)),
        # "1/std y" and "gain": no longer than "backward" and "zeros"
        "direction": words.gain(statistic) if direction == GAIN else direction,
        "statistic": GAIN if direction == GAIN else statistic,
        "value": measured(result, estimate),
        "exact": exact(estimate.exact),
        "z": deviation(estimate),
    }
    alarm = "z" if estimate.z is not None and abs(estimate.z) > SUSPICIOUS else ""
    names = [column.name for column in COLUMNS]
    return Row([Cell(values[name], texts.get(name, ""), name == alarm) for name in names])


def measured(result: Result, estimate: Estimate) -> str:
    """Value ± standard error, or why there is no error."""
    if estimate.se is not None:
        return with_error(estimate.value, estimate.se)
    reason = f": one {unit(result).split()[0]}" if units(result) == 1 else ""
    return f"{significant(estimate.value, 6)} (no error{reason})"


def exact(value: float | None) -> str:
    """To twelve digits; nothing where it is unknown."""
    if value is None:
        return ""
    return significant(value) if math.isfinite(value) else "infinite"


def deviation(estimate: Estimate) -> str:
    """Measured − exact in standard errors: +0.7 σ."""
    z = estimate.z
    if z is None:
        return ""
    if estimate.se == 0.0 and z == 0.0:
        return "none"
    if abs(z) == sys.float_info.max:
        return f"{'-' if z < 0 else '+'}∞ σ"
    if abs(z) < 0.05:
        return "0.0 σ"
    return f"{z:+.1f} σ" if abs(z) < 1000 else f"{z:+.1e} σ"
