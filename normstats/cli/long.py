"""Options of runs that take long: how long at most, what is kept meanwhile, which share, where."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from normstats.errors import UsageError

if TYPE_CHECKING:
    from normstats.engine.terms import Executor, Terms
    from normstats.parts.checkpoint import Checkpoint
    from normstats.parts.shards import Shard
    from normstats.runs.work import Work

NAMES = ("time", "checkpoint", "shard", "dask")


@dataclass(frozen=True)
class Long:
    """What is asked for; None stands for nothing."""

    seconds: float | None = None
    checkpoint: str | None = None
    shard: Shard | None = None
    dask: str | None = None


def long_options() -> list[click.Option]:
    """New objects for a new command."""
    from normstats.cli.common import text

    return [
        text("time", None, "T", "stop after 30s, 10m, 2h, 1h30m, …, with the samples so far"),
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


@dataclass
class Session:
    """A command that does runs: its checkpoint, and when its time is over."""

    checkpoint: Checkpoint | None
    executor: Executor | None
    until: float

    def terms(self, left: int) -> Terms:
        """Of the next run, where ``left`` are still to be done: each has its share of the time."""
        from normstats.engine.terms import Terms

        seconds = max(self.until - time.monotonic(), 0.0) / left
        return Terms(seconds, self.checkpoint, self.executor)


@contextmanager
def session(long: Long, runs: Sequence[Work], threads: int) -> Iterator[Session]:
    """Opens what is needed, and closes it in the end; ``threads`` are those of this machine."""
    until = math.inf if long.seconds is None else time.monotonic() + long.seconds
    with ExitStack() as stack:
        checkpoint = None
        if long.checkpoint is not None:
            from normstats.kinds.find import job_of
            from normstats.parts.checkpoint import Checkpoint, Wanted

            shard = long.shard
            blocks = [
                shard.blocks(job_of(run).blocks.count) if shard else (0, None) for run in runs
            ]
            wanted = [Wanted(run, *each) for run, each in zip(runs, blocks, strict=True)]
            checkpoint = stack.enter_context(Checkpoint(long.checkpoint, wanted))
        yield Session(checkpoint, stack.enter_context(cluster(long.dask, threads)), until)


@contextmanager
def cluster(name: str | None, threads: int) -> Iterator[Executor | None]:
    """What does the blocks: the workers of a scheduler of this name; without one, None."""
    if name is None:
        yield None
        return
    from normstats.cluster.connect import connected

    with connected(name, threads) as executor:
        yield executor
