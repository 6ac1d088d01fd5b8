"""Exact values of layers as documents: nothing is sampled."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from normstats import registry
from normstats.published.quantity import QUANTITIES
from normstats.reports import latex
from normstats.reports.markdown import line
from normstats.result import ExactValues
from normstats.result.document import strict
from normstats.result.quantity import GAINS
from normstats.runs.inputs import Inputs

SCHEMA = "normstats-constants/1"
DIGITS = 15
WIDTH = 80
NONE = "–"


def shown(value: float | None) -> str:
    """A number to 15 significant digits."""
    return NONE if value is None else f"{value:.{DIGITS}g}"


def words(name: str) -> str:
    """What a number is: "mean of y", "1/std of dx"."""
    if name in QUANTITIES:
        return QUANTITIES[name]
    return "fraction of zeros in " + ("y" if name.startswith("forward") else "dx")


def as_table(values: Sequence[ExactValues]) -> str:
    """For a terminal: a block a layer."""
    blocks = []
    for one in values:
        lines = [f"{one.call}{one.inputs}"]
        layer = registry.layer_of(one.call)
        for formula in (layer.formula, layer.gradient):
            lines += textwrap.wrap(
                formula,
                WIDTH,
                initial_indent="  ",
                subsequent_indent="    ",
                break_on_hyphens=False,
            )
        lines.append("")
        names = one.values
        width, wide = max(map(len, names)), max(len(words(name)) for name in names)
        lines += [
            f"{name.ljust(width)}   {words(name).ljust(wide)}   {_aligned(value)}"
            for name, value in names.items()
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _aligned(value: float | None) -> str:
    text = shown(value)
    return text if text.startswith("-") else f" {text}"


def as_json(values: Sequence[ExactValues]) -> str:
    """For a machine; what is unknown is null."""
    records = [
        {
            "layer": one.layer,
            "params": {name: strict(value) for name, value in one.call.params.items()},
            "inputs": asdict(one.inputs),
            "forward": asdict(one.forward),
            "backward": asdict(one.backward),
            **{name: one.values[name] for name in GAINS},
        }
        for one in values
    ]
    document = {"schema": SCHEMA, "constants": records}
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_csv(values: Sequence[ExactValues]) -> str:
    """For a spreadsheet: a row a number."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["layer", "params", *asdict(Inputs()), "quantity", "words", "exact"])
    for one in values:
        params = json.dumps({name: strict(value) for name, value in one.call.params.items()})
        start = [one.layer, params, *map(repr, asdict(one.inputs).values())]
        for name, value in one.values.items():
            writer.writerow([*start, name, words(name), "" if value is None else repr(value)])
    return out.getvalue()


def as_markdown(values: Sequence[ExactValues]) -> str:
    """For the documentation: a row a layer."""
    names = list(values[0].values)
    out = [line(["layer", *(words(name) for name in names)]), line(["---"] + ["---:"] * len(names))]
    for one in values:
        cells = [shown(value) for value in one.values.values()]
        out.append(line([f"`{one.call}{one.inputs}`", *cells]))
    return "\n".join(out) + "\n"


def as_latex(values: Sequence[ExactValues]) -> str:
    """For a paper: a row a number."""
    rows = []
    for one in values:
        name = latex.escaped(f"{one.call}{one.inputs}")
        for number, (quantity, value) in enumerate(one.values.items()):
            first = rf"\texttt{{{name}}}" if number == 0 else ""
            text = "--" if value is None else latex.number(shown(value))
            rows.append(f"{first} & {latex.escaped(words(quantity))} & {text} \\\\")
        rows.append(r"\midrule")
    return tabular("llr", ("layer", "quantity", "exact"), rows[:-1])


def tabular(columns: str, headings: Sequence[str], rows: Sequence[str]) -> str:
    """A LaTeX table for booktabs."""
    lines = [r"% needs \usepackage{booktabs}", rf"\begin{{tabular}}{{{columns}}}", r"\toprule"]
    lines += [" & ".join(headings) + r" \\", r"\midrule", *rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


RENDERERS: Mapping[str, Callable[[Sequence[ExactValues]], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
    "latex": as_latex,
}


def render(values: Sequence[ExactValues], form: str) -> str:
    """The whole document."""
    return RENDERERS[form](values)
