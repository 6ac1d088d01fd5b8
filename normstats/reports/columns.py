"""What a report shows: its rows and its columns, once for all formats."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from normstats.reports.digits import significant, with_error
from normstats.result import Estimate, Result
from normstats.runs.call import spell

DIRECTIONS = ("forward", "backward")
STATISTICS = ("mean", "std", "rms", "zeros")
INPUTS = ("x_mean", "x_std", "dy_mean", "dy_std")


@dataclass(frozen=True)
class Row:
    """One statistic of one direction of one layer."""

    result: Result
    direction: str
    statistic: str
    estimate: Estimate


@dataclass(frozen=True)
class Column:
    """A heading and the value below it."""

    name: str
    value: Callable[[Row], Any]


def rows(result: Result) -> Iterator[Row]:
    """Four rows for each quantity of a result, in the order of every report."""
    for direction, statistics in result.statistics.items():
        for statistic in STATISTICS:
            yield Row(result, direction, statistic, getattr(statistics, statistic))


def json_value(value: Any) -> Any:
    """A parameter's value with tuples as lists, as JSON has it; nan and inf are unknown: None."""
    if isinstance(value, (tuple, list)):
        return [json_value(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def params_object(result: Result) -> dict[str, Any]:
    """The parameters as a JSON object."""
    return {name: json_value(value) for name, value in result.params.items()}


def call(result: Result) -> str:
    """``max_pool2d(kernel_size=3x3)``: what `normstats run` takes."""
    return spell(result.layer, result.params)


def measured(row: Row) -> str:
    """Value ± standard error, or why there is no error."""
    estimate = row.estimate
    if estimate.se is not None:
        return with_error(estimate.value, estimate.se)
    reason = f": one {unit(row.result).split()[0]}" if units(row.result) == 1 else ""
    return f"{significant(estimate.value, 6)} (no error{reason})"


def exact(row: Row) -> str:
    """The exact value to twelve digits; nothing where there is none."""
    value = row.estimate.exact
    if value is None:
        return ""
    return significant(value) if math.isfinite(value) else "infinite"


def deviation(row: Row) -> str:
    """Measured − exact in standard errors: +0.7 σ."""
    z = row.estimate.z
    if z is None:
        return ""
    if row.estimate.se == 0.0 and z == 0.0:
        return "none"
    if abs(z) == sys.float_info.max:
        return f"{'-' if z < 0 else '+'}∞ σ"
    if abs(z) < 0.05:
        return "0.0 σ"
    return f"{z:+.1f} σ" if abs(z) < 1000 else f"{z:+.1e} σ"


def unit(result: Result) -> str:
    """What is drawn independently: a sample, or the group that shares a draw of the weights."""
    return result.unit or "sample"


def units(result: Result) -> int:
    """How many of them the standard errors rest on."""
    return result.units or result.samples


# What a machine reads (CSV): everything, in full precision.
MACHINE: Sequence[Column] = (
    Column("layer", lambda row: row.result.layer),
    Column("params", lambda row: json.dumps(params_object(row.result))),
    Column("direction", lambda row: row.direction),
    Column("statistic", lambda row: row.statistic),
    Column("value", lambda row: row.estimate.value),
    Column("se", lambda row: row.estimate.se),
    Column("exact", lambda row: row.estimate.exact),
    Column("z", lambda row: row.estimate.z),
    Column("samples", lambda row: row.result.samples),
    Column("seed", lambda row: row.result.seed),
    Column("stream", lambda row: row.result.stream),
    Column("threads", lambda row: row.result.threads),
    Column("elapsed_s", lambda row: row.result.elapsed_s),
    Column("interrupted", lambda row: str(row.result.interrupted).lower()),
    Column("x_mean", lambda row: row.result.inputs.x_mean),
    Column("x_std", lambda row: row.result.inputs.x_std),
    Column("dy_mean", lambda row: row.result.inputs.dy_mean),
    Column("dy_std", lambda row: row.result.inputs.dy_std),
    Column("method", lambda row: row.result.method),
    Column("unit", lambda row: unit(row.result)),
    Column("units", lambda row: units(row.result)),
)

# What a person reads, one layer after the other.
HUMAN: Sequence[Column] = (
    Column("direction", lambda row: row.direction),
    Column("statistic", lambda row: row.statistic),
    Column("measured", measured),
    Column("exact", exact),
    Column("deviation", deviation),
)
