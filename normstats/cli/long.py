"""Options of runs that take long: how long at most, what is kept meanwhile, which share, where."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from normstats.errors import UsageError
from normstats.long import Long

NAMES = ("time", "checkpoint", "shard", "dask")


def long_options() -> list[click.Option]:
    """New objects for a new command."""
    from normstats.cli.common import text

    return [
        text("time", None, "T", "stop after 30s, 10m, 2h, 1h30m, …, with what there is by then"),
        text("checkpoint", None, "FILE", "keep what there is in FILE; the same command goes on"),
        text("shard", None, "I/N", "do only the I-th of N shares; --output gets the sums"),
        dask_option(),
    ]


def dask_option() -> click.Option:
    """Also of commands that do many runs."""
    from normstats.cli.common import text

    words = "address or file of a Dask scheduler whose workers do it; local: processes here"
    return text("dask", None, "SCHEDULER", words)


def parse_long(given: Mapping[str, Any]) -> Long:
    """These options, of all that are given, and whether they go with the others."""
    from normstats.parts.shards import parse_shard
    from normstats.runs.duration import parse_time

    found = {name: given[name] for name in NAMES}
    seconds = None if found["time"] is None else parse_time(found["time"])
    shard = None if found["shard"] is None else parse_shard(found["shard"])
    if shard is not None:
        _goes_with_shard(given)
    kept, output = found["checkpoint"], given["output"]
    if kept and output and os.path.realpath(kept) == os.path.realpath(output):
        raise UsageError("`checkpoint`", kept, "must be another file than that of `output`")
    return Long(seconds, found["checkpoint"], shard, found["dask"])


def _goes_with_shard(given: Mapping[str, Any]) -> None:
    for name in ("target_se", "target_rel", "format", "columns", "digits", "get", "time"):
        if given.get(name) is not None:
            raise UsageError(
                f"`{name}`", given[name], "not together with `shard`, which gives no result"
            )
    if given["output"] in (None, "", "-"):
        raise UsageError("`shard`", given["shard"], "needs `output`, for the file of its sums")
    if os.path.splitext(given["output"])[1].lower() not in ("", ".json"):
        allowed = "must end in .json, or have no suffix: the sums of a share are JSON"
        raise UsageError("`output`", given["output"], allowed)
