"""Sends ranges of blocks to the workers of a Dask cluster, and collects their sums.

Workers may die, hang or join at any time. A range that was lost, or has been away for too long, is
sent again, to another worker: the sums are the same whoever does it, so the first answer counts.
"""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from normstats.cluster.ranges import Sending, Task
from normstats.cluster.task import Known, answer_of, blocks
from normstats.engine.gather import Gathering, Outcome, Plan
from normstats.engine.job import Job
from normstats.engine.observer import Observer
from normstats.errors import UsageError
from normstats.kernels import run as kernels
from normstats.kinds.find import kind_of
from normstats.parts import document
from normstats.runs.work import Work

if TYPE_CHECKING:
    from distributed import Client, Future

OPTION = "`dask`"
ALONE_S = 3.0  # without a worker that can be used, before anything is said


class Dask:
    """An executor of runs on the cluster of a client."""

    def __init__(self, client: Client, name: str) -> None:
        self._client, self._name = client, name
        self._refused: dict[str, str] = {}
        self._there: Mapping[str, int] = {}
        self._alone_since, self._told = math.inf, False
        self.slow: set[str] = set()

    @property
    def threads(self) -> int:
        """Of all workers that can be used, as far as it is known."""
        return max(sum((self._there or self.workers()).values()), 1)

    def __call__(self, run: Work, job: Job, observer: Observer | None, plan: Plan) -> Outcome:
        gathering = Gathering(job, plan, observer)
        if gathering.is_done:
            return gathering.outcome(False)
        text = json.dumps(run.record)
        kernels.prepare(job.kernels, lambda: observer.compiling(run.title) if observer else None)
        known = Known(document.code(), answer_of(text))
        unpack = partial(kind_of(run).unpack, run)
        sending = Sending(self, gathering, Task(text, known, unpack))
        interrupted = False
        try:
            sending.all()
            interrupted = not gathering.is_done and not gathering.is_late
        except KeyboardInterrupt:
            interrupted = True
        finally:
            sending.cancel()
        return gathering.outcome(interrupted)

    def send(self, *task: Any) -> tuple[Future, set[str]]:
        """A task, to any worker that is neither refused nor slow, if there is one.

        And these workers, where it is not sent to any.
        """
        usable: set[str] = set()
        others: dict[str, Any] = {}
        if self._refused or self.slow:
            there = set(self.workers())
            usable = there - self.slow or there
            others = {"workers": list(usable), "allow_other_workers": False} if usable else {}
        return self._client.submit(blocks, *task, pure=False, **others), usable

    def mark_slow(self, keys: set[str]) -> None:
        """Whoever is at these tasks gets no others, until it has an answer."""
        processing: Mapping[str, Any] = self._client.processing()
        self.slow |= {name for name, own in processing.items() if keys & set(map(str, own))}

    def refuse(self, worker: str, why: str) -> None:
        """Send no more to this worker."""
        if worker not in self._refused:
            warnings.warn(f"the worker {worker} is refused: {why}", stacklevel=2)
        self._refused[worker] = why

    def error(self, problem: str) -> UsageError:
        """What is wrong with this cluster."""
        return UsageError(OPTION, self._name, problem)

    def check(self) -> None:
        """UsageError if the scheduler is gone, or for some time all workers are refused ones.

        Where there is none at all, it is waited for.
        """
        if self._client.status not in ("running", "connecting"):
            raise self.error("the scheduler is gone")
        now = time.monotonic()
        if self.workers():
            self._alone_since = math.inf
            return
        self._alone_since = min(self._alone_since, now)
        if self._refused and now - self._alone_since > ALONE_S:
            raise self.error(f"no worker can be used: {next(iter(self._refused.values()))}")
        if not self._told and now - self._alone_since > ALONE_S:
            self._told = True
            warnings.warn(f"{self._name} has no workers; the run waits for one", stacklevel=2)

    def workers(self) -> Mapping[str, int]:
        """The threads of each worker that is not refused, by its address."""
        there: Mapping[str, int] = self._client.nthreads()
        self._there = {name: n for name, n in there.items() if name not in self._refused}
        return self._there
