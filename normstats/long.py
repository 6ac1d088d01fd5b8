"""Runs that take long: for how long at most, what is kept meanwhile, which share, and where.

What is asked for, by the command or by a program, becomes the terms under which runs are done.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from normstats.engine.terms import Executor, Terms
    from normstats.parts.checkpoint import Checkpoint
    from normstats.parts.shards import Shard
    from normstats.runs.call import Call
    from normstats.runs.method import Method
    from normstats.runs.target import Target
    from normstats.runs.work import Work


@dataclass(frozen=True)
class Long:
    """What is asked for; None stands for nothing."""

    seconds: float | None = None
    checkpoint: str | None = None
    shard: Shard | None = None
    dask: str | None = None

    def samples_for(self, call: Call, samples: Any, method: Method, target: Target | None) -> int:
        """How many samples to draw at most; where the time ends it, unasked, as with a target.

        But not of rqmc, whose points have to be known before.
        """
        from normstats.registry import samples_for
        from normstats.runs.target import TARGET_SAMPLES

        if samples is None and self.seconds is not None and method.name != "rqmc":
            samples = TARGET_SAMPLES
        return samples_for(call, samples, target)


@dataclass
class Session:
    """What is open for some runs: their checkpoint, and when their time is over."""

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
