"""A result for machines: the tree that is its JSON, and the flat rows that are its CSV.

This is the one place that says what they hold; ``reports/schema.json`` describes the tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from normstats.result.notes import notes, unit, units
from normstats.result.numbers import STATISTICS, Estimate
from normstats.result.quantity import gains

if TYPE_CHECKING:
    from normstats.result.result import Result

SCHEMA = "normstats/1"
RUN = ("samples", "seed", "stream", "threads", "elapsed_s", "interrupted")
GAIN = "gain"  # where other rows have their direction
ESTIMATE = ("value", "se", "exact", "z")


def document(results: Sequence[Result]) -> dict[str, Any]:
    """The tree for several layers, as ``strict`` makes it JSON."""
    return {"schema": SCHEMA, "results": [record(result) for result in results]}


def record(result: Result) -> dict[str, Any]:
    """One result as the schema has it."""
    numbers: dict[str, dict[str, Any]] = {}
    for direction, statistic, estimate in estimates(result):
        numbers.setdefault(direction, {})[statistic] = fields(estimate)
    return {
        "layer": result.layer,
        "params": result.params,
        **{name: getattr(result, name) for name in RUN},
        "ended": result.ended,
        **numbers,
        "gains": {name: fields(gain) for name, gain in gains(result).items()},
        "method": result.method,
        "inputs": asdict(result.inputs),
        "unit": unit(result),
        "units": units(result),
        "notes": notes(result),
        "versions": result.versions,
    }


def rows(result: Result) -> Iterator[dict[str, Any]]:
    """One row a statistic, then one a gain, with all that they rest on."""
    for direction, statistic, estimate in numbers_of(result):
        yield {
            "layer": result.layer,
            "params": result.params,
            "direction": direction,
            "statistic": statistic,
            **fields(estimate),
            **{name: getattr(result, name) for name in RUN},
            **asdict(result.inputs),
            "method": result.method,
            "unit": unit(result),
            "units": units(result),
        }


def records(result: Result) -> list[dict[str, Any]]:
    """The rows with text, numbers and truth values alone: parameters are JSON, as in the CSV."""
    return [strict(row | {"params": dumped(row["params"])}) for row in rows(result)]


def estimates(result: Result) -> Iterator[tuple[str, str, Estimate]]:
    """Direction, statistic and number of everything that a result has, in the order of reports."""
    for direction, side in result.statistics.items():
        for statistic in STATISTICS:
            yield direction, statistic, getattr(side, statistic)


def numbers_of(result: Result) -> Iterator[tuple[str, str, Estimate]]:
    """The same, and then the gains, under the direction "gain"."""
    yield from estimates(result)
    yield from ((GAIN, name, gain) for name, gain in gains(result).items())


def fields(estimate: Estimate) -> dict[str, float | None]:
    """A number with what is known of its error."""
    return {name: getattr(estimate, name) for name in ESTIMATE}


def dumped(value: Any, indent: int | None = None) -> str:
    """A value as strict JSON."""
    import json

    return json.dumps(strict(value), indent=indent, ensure_ascii=False, allow_nan=False)


def strict(value: Any) -> Any:
    """A value as JSON has it: tuples are lists; nan and inf are unknown: None."""
    if isinstance(value, Mapping):
        return {name: strict(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [strict(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
