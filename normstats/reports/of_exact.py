"""The report of exact values: nothing is sampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from normstats import registry
from normstats.published.quantity import exact_quantity
from normstats.reports import model
from normstats.reports.gains import GAINS
from normstats.reports.marks import code
from normstats.reports.model import Cell, Column, Group, Report, Row, Table
from normstats.reports.sheet import NONE, Choice, Line, exact_text, sheet, words
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs

SCHEMA = "normstats-constants/1"
DIGITS = 15

COLUMNS = (
    Column("layer", "layer", role=model.GROUP, readers=(model.PAGE, model.MACHINE)),
    Column("params", readers=model.MACHINES),
    *(Column(name, readers=model.MACHINES) for name in asdict(Inputs())),
    Column("quantity", role=model.LABEL, readers=(model.SCREEN, model.MACHINE)),
    Column("words", "quantity", role=model.LABEL),
    Column("exact", "exact", align=model.SIGN),
)


def report(calls: Sequence[Call], inputs: Inputs, choice: Choice | None = None) -> Report:
    """Exact values under the same inputs; with a choice of quantities people get a line a layer."""
    groups = [_group(call, inputs) for call in calls]
    table = Table(COLUMNS, groups, across=True)
    lines = sheet([_line(call, inputs, choice or Choice()) for call in calls], choice or Choice())
    document = {"schema": SCHEMA, "constants": [_record(call, inputs) for call in calls]}
    return Report([lines if choice else table], table, document, sheet=lines)


def values(call: Call, inputs: Inputs) -> dict[str, float | None]:
    """Every number by its name, "forward.mean" to "backward_gain"; None if there is none."""
    exact = registry.exact(call, inputs)
    quantities = registry.layer_of(call).quantities(call.params)
    found: dict[str, float | None] = {
        f"{quantity}.{statistic}": value
        for quantity, side in zip(quantities, exact, strict=True)
        for statistic, value in asdict(side).items()
    }
    return found | {name: exact_quantity(exact, name) for name in GAINS}


def _line(call: Call, inputs: Inputs, choice: Choice) -> Line:
    texts = {name: exact_text(one, choice.digits) for name, one in values(call, inputs).items()}
    return Line(code(f"{call}{inputs}"), texts)


def _record(call: Call, inputs: Inputs) -> dict[str, Any]:
    """Everything on one layer; what is unknown or does not exist is None."""
    numbers: dict[str, Any] = {}
    for name, value in values(call, inputs).items():
        quantity, _, statistic = name.partition(".")
        if statistic:
            numbers.setdefault(quantity, {})[statistic] = value
        else:
            numbers[name] = value
    return {"layer": call.layer, "params": call.params, "inputs": asdict(inputs), **numbers}


def _group(call: Call, inputs: Inputs) -> Group:
    layer, name = registry.layer_of(call), f"{call}{inputs}"
    start = [Cell(call.layer, code(name)), Cell(call.params)]
    start += [Cell(value) for value in asdict(inputs).values()]
    rows = [
        Row([*start, *model.texts(quantity, words(quantity)), Cell(value, shown(value))])
        for quantity, value in values(call, inputs).items()
    ]
    return Group(rows, name, (layer.formula, layer.gradient))


def shown(value: float | None) -> str:
    """A number to 15 significant digits."""
    return NONE if value is None else f"{value:.{DIGITS}g}"
