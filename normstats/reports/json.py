"""The report as strict JSON, schema "normstats/1" (schema.json): unknown values are null."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from normstats.reports.columns import (
    json_value,
    params_object,
    rows,
    unit,
    units,
)
from normstats.reports.words import notes
from normstats.result import Result

SCHEMA = "normstats/1"


def render(results: Sequence[Result]) -> str:
    """One document for all layers."""
    document = {"schema": SCHEMA, "results": [as_object(result) for result in results]}
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def as_object(result: Result) -> dict[str, Any]:
    """One result as the schema has it."""
    document: dict[str, Any] = {
        "layer": result.layer,
        "params": params_object(result),
        "samples": result.samples,
        "seed": result.seed,
        "stream": result.stream,
        "threads": result.threads,
        "elapsed_s": json_value(result.elapsed_s),
        "interrupted": result.interrupted,
    }
    document |= {direction: {} for direction in result.statistics}
    for row in rows(result):
        estimate = row.estimate
        document[row.direction][row.statistic] = {
            "value": json_value(estimate.value),
            "se": json_value(estimate.se),
            "exact": json_value(estimate.exact),
            "z": json_value(estimate.z),
        }
    return document | {
        "method": result.method,
        "inputs": {name: json_value(value) for name, value in asdict(result.inputs).items()},
        "unit": unit(result),
        "units": units(result),
        "notes": notes(result),
        "versions": dict(result.versions),
    }
