"""The report of exact values: nothing is sampled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from normstats import registry
from normstats.numerals.digits import significant
from normstats.reports import model
from normstats.reports.marks import code
from normstats.reports.model import Column, Group, Report, Row, Table
from normstats.reports.names import Choice, words
from normstats.reports.sheet import NONE, Line, exact_text, sheet
from normstats.result import ExactValues
from normstats.result.document import dumped
from normstats.result.numbers import STATISTICS
from normstats.result.quantity import GAINS
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs

SCHEMA = "normstats-constants/1"
DIGITS = 15

COLUMNS = (
    Column(role=model.LABEL),
    Column("quantity", role=model.LABEL),
    Column("exact", align=model.SIGN),
)


def report(calls: Sequence[tuple[Call, Inputs]], choice: Choice | None = None) -> Report:
    """Exact values under their inputs; with a choice of quantities people get a line a layer.

    Without one they get it on paper, and on a page with all quantities and digits.
    """
    known = [registry.exact_values(call, inputs) for call, inputs in calls]
    every = Choice(tuple(dict.fromkeys(name for values in known for name in values.values)))
    parts = [sheet([_line(values, choice or Choice()) for values in known], choice or Choice())]
    if choice is None:
        parts = [
            Table(COLUMNS, [_group(values) for values in known], readers=(model.SCREEN,)),
            sheet([_line(values) for values in known], every, (model.PAGE,)),
            parts[0]._replace(readers=(model.PAPER,)),
        ]
    data = [row for values in known for row in _rows(values)]
    document = {"schema": SCHEMA, "constants": [_record(values) for values in known]}
    return Report(parts, model.of_records(data), document)


def _line(values: ExactValues, choice: Choice | None = None) -> Line:
    """With the digits of a choice, or with all."""
    texts = {
        name: _shown(value) if choice is None else exact_text(value, choice.digits)
        for name, value in values.values.items()
    }
    return Line(code(f"{values.call}{values.inputs}"), texts)


def _group(values: ExactValues) -> Group:
    layer = registry.layer_of(values.call)
    rows = [Row((name, words(name), _shown(value))) for name, value in values.values.items()]
    return Group(rows, f"{values.call}{values.inputs}", (layer.formula, layer.gradient))


def _rows(values: ExactValues) -> list[dict[str, Any]]:
    """One for each number."""
    about = {"layer": values.layer, "params": dumped(values.params), **asdict(values.inputs)}
    return [
        {**about, "quantity": name, "words": words(name), "exact": value}
        for name, value in values.values.items()
    ]


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


def _shown(value: float | None) -> str:
    """A number to 15 significant digits."""
    if value is None:
        return NONE
    return significant(value, DIGITS) if math.isfinite(value) else "infinite"
