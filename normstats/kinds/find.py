"""From a run, or the JSON of one, to its kind, which is imported where it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from normstats.engine.job import Job
from normstats.errors import UsageError
from normstats.kinds.kind import Kind
from normstats.runs import run
from normstats.runs.work import CHAIN_SCHEMA, Work

_KINDS: Mapping[str, str] = MappingProxyType({run.SCHEMA: "layers", CHAIN_SCHEMA: "chains"})


@cache
def _kind(schema: str) -> Kind:
    name = _KINDS[schema]
    found: Kind = getattr(importlib.import_module(f"normstats.kinds.{name}"), name.upper())
    return found


def kind_of(run: Work) -> Kind:
    """What a run is one of."""
    return _kind(run.schema)


def job_of(run: Work) -> Job:
    """The work of a run; UsageError if its method does not fit, or it has too many blocks."""
    return kind_of(run).job(run)


def run_from(record: Any) -> Any:
    """The run that a JSON object stands for; UsageError for what is none."""
    schema = record.get("schema") if isinstance(record, Mapping) else None
    if not isinstance(schema, str) or schema not in _KINDS:
        raise UsageError("run", f"schema {schema}", f"must be one of {', '.join(_KINDS)}")
    return _kind(schema).read(record)
