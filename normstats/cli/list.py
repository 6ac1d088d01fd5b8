"""`normstats list`: every layer by family, with formula, gradient and parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import click

from normstats import registry
from normstats.cli.common import choose_form, report_options
from normstats.cli.output import Output
from normstats.layers.base import Layer
from normstats.layers.params import flag
from normstats.reports import model
from normstats.reports.formats import render
from normstats.reports.marks import code
from normstats.reports.model import Cell, Column, Group, Line, Report, Row, Table

SCHEMA = "normstats-layers/1"
COLUMNS = (
    Column("family", "family", role=model.GROUP),
    Column("layer", "layer"),
    Column("formula", "formula", align=model.LONG),
    Column("gradient", "gradient", align=model.LONG),
    *(Column(name, name) for name in ("parameters", "aliases", "torch")),
)


def report(layers: Sequence[Layer]) -> Report:
    """The layers, which come family by family."""
    families = groupby(layers, lambda layer: layer.family)
    groups = [Group([_row(layer) for layer in own], family.upper()) for family, own in families]
    table = Table(COLUMNS, groups)
    return Report([table], table, {"schema": SCHEMA, "layers": [_record(one) for one in layers]})


def _row(layer: Layer) -> Row:
    parameters = ", ".join(
        f"{param.name}={param.default}" for param in layer.params if not param.later
    )
    rest = layer.formula, layer.gradient, parameters, ", ".join(layer.aliases), layer.torch
    name = Cell(layer.name, code(layer.name))
    return Row([*model.texts(layer.family), name, *model.texts(*rest)], list(_lines(layer)))


def _lines(layer: Layer) -> Iterator[Line]:
    also = f"   (also {', '.join(layer.aliases)})" if layer.aliases else ""
    yield Line(layer.name + also, 2)
    yield from (Line(text, 6) for text in (layer.formula, layer.gradient))
    yield from (Line(f"{flag(p.name)} {p.default}   {p.help}", 6) for p in layer.params)


def _record(layer: Layer) -> dict[str, Any]:
    return {
        "family": layer.family,
        "layer": layer.name,
        "aliases": layer.aliases,
        "formula": layer.formula,
        "gradient": layer.gradient,
        "torch": layer.torch or None,
        "note": layer.note or None,
        "params": [
            {"name": p.name, "default": p.parse(p.default), "allowed": p.allowed, "help": p.help}
            for p in layer.params
        ],
    }


def run(format: str | None, output: str | None) -> None:
    """All layers by family, with formula, gradient and parameters."""
    form, target = choose_form(format, output), Output(output)
    layers = list(registry.all_layers().values())
    families = list(dict.fromkeys(layer.family for layer in layers))
    layers.sort(key=lambda layer: families.index(layer.family))
    target.write(render(report(layers), form))


command = click.Command("list", params=[*report_options()], callback=run, help=run.__doc__)
