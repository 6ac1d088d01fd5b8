"""`normstats list`: every layer by family, with formula, gradient and parameters."""

from __future__ import annotations

import itertools
import json
import textwrap
from collections.abc import Sequence

import click

from normstats import registry
from normstats.cli.common import choose_form, report_options
from normstats.cli.flags import flag
from normstats.cli.output import Output
from normstats.layer.base import Layer

FORMS = ("table", "json", "csv", "markdown")
HEADINGS = ("family", "layer", "formula", "gradient", "parameters", "aliases", "torch")
WIDTH = 80


def as_table(layers: Sequence[Layer]) -> str:
    """For a terminal."""
    lines: list[str] = []
    for family, members in itertools.groupby(layers, lambda layer: layer.family):
        lines += ["", family.upper()] if lines else [family.upper()]
        for layer in members:
            also = f"   (also {', '.join(layer.aliases)})" if layer.aliases else ""
            lines += _indented(f"{layer.name}{also}", 2)
            lines += [*_indented(layer.formula, 6), *_indented(layer.gradient, 6)]
            for param in layer.params:
                option = f"{flag(param.name)} {param.default}"
                lines += _indented(f"{option}   {param.help}", 6)
    return "\n".join(lines) + "\n"


def _indented(text: str, columns: int) -> list[str]:
    pad = " " * columns
    return textwrap.wrap(
        text, WIDTH, initial_indent=pad, subsequent_indent=pad + "  ", break_on_hyphens=False
    )


def _cells(layer: Layer) -> tuple[str, ...]:
    parameters = ", ".join(f"{param.name}={param.default}" for param in layer.params)
    aliases = ", ".join(layer.aliases)
    return (
        layer.family,
        layer.name,
        layer.formula,
        layer.gradient,
        parameters,
        aliases,
        layer.torch,
    )


def as_json(layers: Sequence[Layer]) -> str:
    """For a machine."""
    document = [
        {
            "family": layer.family,
            "layer": layer.name,
            "aliases": list(layer.aliases),
            "formula": layer.formula,
            "gradient": layer.gradient,
            "torch": layer.torch or None,
            "note": layer.note or None,
            "params": [
                {
                    "name": p.name,
                    "default": p.parse(p.default),
                    "allowed": p.allowed,
                    "help": p.help,
                }
                for p in layer.params
            ],
        }
        for layer in layers
    ]
    text = json.dumps(
        {"schema": "normstats-layers/1", "layers": document}, indent=2, ensure_ascii=False
    )
    return text + "\n"


def as_csv(layers: Sequence[Layer]) -> str:
    """For a spreadsheet."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([HEADINGS, *map(_cells, layers)])
    return out.getvalue()


def as_markdown(layers: Sequence[Layer]) -> str:
    """For the documentation."""
    from normstats.reports.markdown import escaped, line

    rows = [line(HEADINGS), line(["---"] * len(HEADINGS))]
    for layer in layers:
        family, _, formula, gradient, *others = map(escaped, _cells(layer))
        rows.append(line([family, f"`{layer.name}`", formula, gradient, *others]))
    return "\n".join(rows) + "\n"


RENDERERS = {"table": as_table, "json": as_json, "csv": as_csv, "markdown": as_markdown}


def run(format: str | None, output: str | None) -> None:
    """All layers by family, with formula, gradient and parameters."""
    form = choose_form(format, output, FORMS)
    target = Output(output)
    layers = list(registry.all_layers().values())
    families = list(dict.fromkeys(layer.family for layer in layers))
    layers.sort(key=lambda layer: families.index(layer.family))
    target.write(RENDERERS[form](layers))


command = click.Command(
    "list",
    params=[*report_options(FORMS)],
    callback=run,
    help=run.__doc__,
)
