"""The report of exact values: nothing is sampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from normstats import registry
from normstats.published.quantity import QUANTITIES, exact_quantity
from normstats.reports import model
from normstats.reports.marks import code
from normstats.reports.model import Cell, Column, Group, Report, Row, Table
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs

SCHEMA = "normstats-constants/1"
DIGITS = 15
GAINS = ("gain", "gain_rms", "backward_gain")
NONE = "–"

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
    records = [_record(*call) for call in calls]
    groups = [_group(*call, record) for call, record in zip(calls, records, strict=True)]
    table = Table(COLUMNS, groups, across=True)
    return Report([table], table, {"schema": SCHEMA, "constants": records})


def _record(call: Call, inputs: Inputs) -> dict[str, Any]:
    """Everything on one layer; what is unknown or does not exist is None."""
    exact = registry.exact(call, inputs)
    quantities = registry.layer_of(call).quantities(call.params)
    return {
        "layer": call.layer,
        "params": call.params,
        "inputs": asdict(inputs),
        **dict(zip(quantities, map(asdict, exact), strict=True)),
        **{name: exact_quantity(exact, name) for name in GAINS},
    }


def _group(call: Call, inputs: Inputs, record: dict[str, Any]) -> Group:
    layer, name = registry.layer_of(call), f"{call}{inputs}"
    start = [Cell(call.layer, code(name)), Cell(call.params)]
    start += [Cell(value) for value in record["inputs"].values()]
    values = {
        f"{quantity}.{statistic}": value
        for quantity in layer.quantities(call.params)
        for statistic, value in record[quantity].items()
    } | {name: record[name] for name in GAINS}
    rows = [
        Row([*start, *model.texts(quantity, words(quantity)), Cell(value, shown(value))])
        for quantity, value in values.items()
    ]
    return Group(rows, name, (layer.formula, layer.gradient))


def shown(value: float | None) -> str:
    """A number to 15 significant digits."""
    return NONE if value is None else f"{value:.{DIGITS}g}"


def words(quantity: str) -> str:
    """What a number is: "mean of y", "1/std of dx", "std of the gradient of gate"."""
    if quantity in QUANTITIES:
        return QUANTITIES[quantity]
    name, _, statistic = quantity.partition(".")
    what = {"forward": "y", "backward": "dx"}.get(name, f"the gradient of {name}")
    return f"fraction of zeros in {what}" if statistic == "zeros" else f"{statistic} of {what}"
