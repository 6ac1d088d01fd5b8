"""The report of exact values: nothing is sampled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from normstats import registry
from normstats.published.quantity import QUANTITIES
from normstats.reports import model
from normstats.reports.marks import code
from normstats.reports.model import Cell, Column, Group, Report, Row, Table
from normstats.result import ExactValues
from normstats.result.numbers import STATISTICS
from normstats.result.quantity import GAINS
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs

SCHEMA = "normstats-constants/1"
DIGITS = 15
NONE, INFINITE = "–", "infinite"

COLUMNS = (
    Column("layer", "layer", role=model.GROUP, readers=(model.PAGE, model.MACHINE)),
    Column("params", readers=model.MACHINES),
    *(Column(name, readers=model.MACHINES) for name in asdict(Inputs())),
    Column("quantity", role=model.LABEL, readers=(model.SCREEN, model.MACHINE)),
    Column("words", "quantity", role=model.LABEL),
    Column("exact", "exact", align=model.SIGN),
)


def report(calls: Sequence[tuple[Call, Inputs]]) -> Report:
    """Exact values of layers, each under its inputs."""
    known = [registry.exact_values(call, inputs) for call, inputs in calls]
    table = Table(COLUMNS, [_group(values) for values in known], across=True)
    return Report([table], table, {"schema": SCHEMA, "constants": [_record(one) for one in known]})


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


def words(quantity: str) -> str:
    """What a number is: "mean of y", "1/std of dx", "std of the gradient of gate"."""
    if quantity in QUANTITIES:
        return QUANTITIES[quantity]
    name, _, statistic = quantity.partition(".")
    what = {"forward": "y", "backward": "dx"}.get(name, f"the gradient of {name}")
    return f"fraction of zeros in {what}" if statistic == "zeros" else f"{statistic} of {what}"
