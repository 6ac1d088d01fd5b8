"""What a file of results holds: those of layers, or that of a chain."""

from __future__ import annotations

from dataclasses import dataclass

from normstats.files.strict import Record, read
from normstats.networks.result import SCHEMA as CHAIN
from normstats.networks.result import ChainResult
from normstats.parts.chains import chain_result
from normstats.parts.results import layer_results
from normstats.result import Result
from normstats.result.document import SCHEMA as LAYERS


@dataclass(frozen=True)
class Saved:
    """A file's name, and its results: a ``chain``, or those of some layers."""

    file: str
    results: list[Result]
    chain: ChainResult | None = None


def read_saved(option: str, name: str) -> Saved:
    """The results of a file; UsageError with its name if it has none, or is damaged."""
    document = Record(read(option, name), option, name)
    schema = document.raw.get("schema")
    if schema == CHAIN:
        return Saved(name, [], chain_result(document))
    if schema != LAYERS:
        raise document.error(
            f"is no file of results: its schema must be {LAYERS}, or {CHAIN} of a chain"
        )
    return Saved(name, layer_results(document))
