"""The report of exact values: nothing is sampled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from normstats import registry
from normstats.reports import model
from normstats.reports.marks import code
from normstats.reports.model import Cell, Column, Group, Report, Row, Table
from normstats.reports.sheet import NONE, Choice, Line, exact_text, sheet, words
from normstats.result import ExactValues
from normstats.result.numbers import STATISTICS
from normstats.result.quantity import GAINS
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs

SCHEMA = "normstats-constants/1"
DIGITS = 15
INFINITE = "infinite"

COLUMNS = (
    Column("layer", "layer", role=model.GROUP, readers=(model.PAGE, model.MACHINE)),
    Column("params", readers=model.MACHINES),
    *(Column(name, readers=model.MACHINES) for name in asdict(Inputs())),
    Column("quantity", role=model.LABEL, readers=(model.SCREEN, model.MACHINE)),
    Column("words", "quantity", role=model.LABEL),
    Column("exact", "exact", align=model.SIGN),
)


def report(calls: Sequence[tuple[Call, Inputs]], choice: Choice | None = None) -> Report:
    """Exact values under their inputs; with a choice of quantities people get a line a layer."""
    known = [registry.exact_values(call, inputs) for call, inputs in calls]
    table = Table(COLUMNS, [_group(values) for values in known], across=True)
    lines = sheet([_line(one, choice or Choice()) for one in known], choice or Choice())
    document = {"schema": SCHEMA, "constants": [_record(one) for one in known]}
    return Report([lines if choice else table], table, document, sheet=lines)


def _line(values: ExactValues, choice: Choice) -> Line:
    texts = {name: exact_text(one, choice.digits) for name, one in values.values.items()}
    return Line(code(f"{values.call}{values.inputs}"), texts)


def _record(values: ExactValues) -> dict[str, Any]:
    """Everything on one layer; what is unknown or does not exist is None."""
    return {
        "layer": values.layer,
        "params": values.params,
        "inputs": asdict(values.inputs),
        **{
            name: {statistic: getattr(side, statistic) for statistic in STATISTICS}
            for name, side in values.statistics.items()
        },
        **{name: values.values[name] for name in GAINS},
    }


def _group(values: ExactValues) -> Group:
    layer, name = registry.layer_of(values.call), f"{values.call}{values.inputs}"
    start = [Cell(values.layer, code(name)), Cell(values.params)]
    start += [Cell(value) for value in asdict(values.inputs).values()]
    rows = [
        Row([*start, *model.texts(quantity, words(quantity)), Cell(value, shown(value))])
        for quantity, value in values.values.items()
    ]
    return Group(rows, name, (layer.formula, layer.gradient))


def shown(value: float | None) -> str:
    """A number to 15 significant digits."""
    if value is None:
        return NONE
    return f"{value:.{DIGITS}g}" if math.isfinite(value) else INFINITE
