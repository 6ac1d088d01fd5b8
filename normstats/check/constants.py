"""Exact values of layers as documents: nothing is sampled."""

from __future__ import annotations

import csv
import io
import json
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from normstats import registry
from normstats.layers.base import Layer
from normstats.published.quantity import QUANTITIES, exact_quantity
from normstats.reports import latex
from normstats.reports.columns import json_value
from normstats.reports.markdown import line
from normstats.result import Exact
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs

SCHEMA = "normstats-constants/1"
DIGITS = 15
WIDTH = 80
STATISTICS = ("mean", "std", "rms", "zeros")
GAINS = ("gain", "gain_rms", "backward_gain")
NONE, INFINITE = "–", "infinite"


@dataclass(frozen=True)
class Constants:
    """The exact values of a layer under some inputs."""

    call: Call
    inputs: Inputs
    forward: Exact
    backward: Exact

    @property
    def layer(self) -> Layer:
        """The layer that they are of."""
        return registry.layer_of(self.call)

    @property
    def gains(self) -> dict[str, float | None]:
        """1/std of y, 1/rms of y and 1/std of dx; None where they do not exist or are unknown."""
        return {name: exact_quantity((self.forward, self.backward), name) for name in GAINS}

    @property
    def values(self) -> dict[str, float | None]:
        """All numbers by their names."""
        sides = (("forward", self.forward), ("backward", self.backward))
        statistics = {
            f"{direction}.{name}": getattr(side, name)
            for direction, side in sides
            for name in STATISTICS
        }
        return statistics | self.gains


def exact(call: Call, inputs: Inputs) -> Constants:
    """The exact values of a layer."""
    forward, backward, *_ = registry.exact(call, inputs)
    return Constants(call, inputs, forward, backward)


def shown(value: float | None) -> str:
    """A number to 15 significant digits."""
    if value is None or not math.isfinite(value):
        return NONE if value is None else INFINITE
    return f"{value:.{DIGITS}g}"


def words(name: str) -> str:
    """What a number is: "mean of y", "1/std of dx"."""
    if name in QUANTITIES:
        return QUANTITIES[name]
    return "fraction of zeros in " + ("y" if name.startswith("forward") else "dx")


def as_table(values: Sequence[Constants]) -> str:
    """For a terminal: a block a layer."""
    blocks = []
    for one in values:
        lines = [f"{one.call}{one.inputs}"]
        for formula in (one.layer.formula, one.layer.gradient):
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


def as_json(values: Sequence[Constants]) -> str:
    """For a machine; what is unknown is null."""
    records = [
        {
            "layer": one.layer.name,
            "params": {name: json_value(value) for name, value in one.call.params.items()},
            "inputs": asdict(one.inputs),
            **{side: _statistics(getattr(one, side)) for side in ("forward", "backward")},
            **one.gains,
        }
        for one in values
    ]
    document = {"schema": SCHEMA, "constants": records}
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _statistics(side: Exact) -> dict[str, float | None]:
    return {name: json_value(getattr(side, name)) for name in STATISTICS}


def as_csv(values: Sequence[Constants]) -> str:
    """For a spreadsheet: a row a number."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["layer", "params", *asdict(Inputs()), "quantity", "words", "exact"])
    for one in values:
        params = json.dumps({name: json_value(value) for name, value in one.call.params.items()})
        start = [one.layer.name, params, *map(repr, asdict(one.inputs).values())]
        for name, value in one.values.items():
            writer.writerow([*start, name, words(name), "" if value is None else repr(value)])
    return out.getvalue()


def as_markdown(values: Sequence[Constants]) -> str:
    """For the documentation: a row a layer."""
    names = list(values[0].values)
    out = [line(["layer", *(words(name) for name in names)]), line(["---"] + ["---:"] * len(names))]
    for one in values:
        cells = [shown(value) for value in one.values.values()]
        out.append(line([f"`{one.call}{one.inputs}`", *cells]))
    return "\n".join(out) + "\n"


def as_latex(values: Sequence[Constants]) -> str:
    """For a paper: a row a number."""
    rows = []
    for one in values:
        name = latex.escaped(f"{one.call}{one.inputs}")
        for number, (quantity, value) in enumerate(one.values.items()):
            first = rf"\texttt{{{name}}}" if number == 0 else ""
            text = "--" if value is None else _latex_number(value)
            rows.append(f"{first} & {latex.escaped(words(quantity))} & {text} \\\\")
        rows.append(r"\midrule")
    return tabular("llr", ("layer", "quantity", "exact"), rows[:-1])


def _latex_number(value: float) -> str:
    return latex.number(shown(value)) if math.isfinite(value) else r"$\infty$"


def tabular(columns: str, headings: Sequence[str], rows: Sequence[str]) -> str:
    """A LaTeX table for booktabs."""
    lines = [r"% needs \usepackage{booktabs}", rf"\begin{{tabular}}{{{columns}}}", r"\toprule"]
    lines += [" & ".join(headings) + r" \\", r"\midrule", *rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


RENDERERS: Mapping[str, Callable[[Sequence[Constants]], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
    "latex": as_latex,
}


def render(values: Sequence[Constants], form: str) -> str:
    """The whole document."""
    return RENDERERS[form](values)
