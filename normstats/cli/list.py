"""`normstats list`: every layer by family, with formula, gradient and parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import click

from normstats import registry
from normstats.cli.common import choose_form, report_options
from normstats.cli.completion import completing, layers
from normstats.cli.flags import flag
from normstats.cli.output import Output
from normstats.errors import UsageError
from normstats.layer.base import Layer
from normstats.reports import model
from normstats.reports.formats import render
from normstats.reports.marks import code
from normstats.reports.model import Column, Group, Line, Report, Row, Table
from normstats.runs.call import spell_value

SCHEMA = "normstats-layers/1"
COLUMNS = (
    Column("family", role=model.GROUP),
    *map(Column, ("layer", "formula", "gradient", "parameters", "aliases", "torch")),
)


def report(shown: Sequence[Layer]) -> Report:
    """The layers, which come family by family."""
    families = groupby(shown, lambda layer: layer.family)
    groups = [Group([_row(layer) for layer in own], family.upper()) for family, own in families]
    said = [_said(layer) for layer in shown]
    data = model.Data([column.heading for column in COLUMNS], said)
    document = {"schema": SCHEMA, "layers": [_record(one) for one in shown]}
    return Report([Table(COLUMNS, groups)], data, document)


def _said(layer: Layer) -> list[str]:
    """What the columns say of a layer."""
    parameters = ", ".join(
        f"{param.name}={spell_value(param.parse(param.default))}" for param in layer.params
    )
    aliases = ", ".join(layer.aliases)
    about = layer.formula, layer.gradient, parameters, aliases, layer.torch
    return [layer.family, layer.name, *about]


def _row(layer: Layer) -> Row:
    family, name, *rest = _said(layer)
    return Row([family, code(name), *rest], list(_lines(layer)))


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


def run(words: tuple[str, ...], format: str | None, output: str | None) -> None:
    """All layers by family, with formula, gradient and parameters; with FILTER those that have
    all its words in their names, families, formulas or parameters.

    \b
    Example: normstats list pool
    """
    form, target = choose_form(format, output), Output(output)
    found = list(registry.all_layers().values())
    families = list(dict.fromkeys(layer.family for layer in found))
    found.sort(key=lambda layer: families.index(layer.family))
    kept = [layer for layer in found if all(_has(layer, word) for word in words)]
    if not kept:
        raise UsageError("FILTER", " ".join(words), f"no such layer; {registry.suggest(words[0])}")
    target.write(render(report(kept), form))


def _has(layer: Layer, word: str) -> bool:
    """Whether a word is part of what is said of a layer, in any spelling."""
    said = [layer.name, layer.family, layer.formula, layer.torch, *layer.aliases]
    said += [param.name for param in layer.params]
    return any(registry.canonical(word) in registry.canonical(text) for text in said)


command = click.Command(
    "list",
    params=[
        click.Argument(
            ["words"],
            nargs=-1,
            metavar="[FILTER]...",
            shell_complete=completing(layers),
        ),
        *report_options(),
    ],
    callback=run,
    help=run.__doc__,
)
