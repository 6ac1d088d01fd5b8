"""Sends ranges of blocks to the workers of a Dask cluster, and collects their sums.

Workers may die, hang or join at any time. A range that was lost, or has been away for too long, is
sent again, to another worker: the sums are the same whoever does it, so the first answer counts.
"""

from __future__ import annotations

import json
import math
import time
import warnings
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from normstats.cluster.task import Known, answer_of, blocks
from normstats.engine.gather import TICK_S, Gathering, Outcome, Plan
from normstats.engine.job import Job
from normstats.engine.observer import Observer
from normstats.errors import UsageError
from normstats.files.strict import Record
from normstats.kernels import run as kernels
from normstats.parts import document
from normstats.parts.numbers import to_span
from normstats.runs.run import Run

if TYPE_CHECKING:
    from distributed import Client, Future

OPTION = "`dask`"
TASK_S = 1.0  # that a range takes, about: much longer than to send it, short enough to lose
AHEAD = 3  # ranges under way for each thread of the workers: one is done, others are on their way
MOST_AHEAD = 20_000
MOST_BLOCKS = 2**24  # of one range
# After so many times the longest range, and not before so many seconds, one is sent again.
PATIENCE, PATIENCE_S = 10.0, 30.0
ALONE_S = 3.0  # without a worker that can be used, before anything is said
MOST_TIMES = 20  # that one range is sent


@dataclass
class _Sent:
    """A range that is under way, perhaps more than once."""

    first: int
    end: int
    futures: list[Future]
    since: float
    workers: set[str]


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

    def __call__(self, run: Run, job: Job, observer: Observer | None, plan: Plan) -> Outcome:
        gathering = Gathering(job, plan, observer)
        if gathering.is_done:
            return gathering.outcome(False)
        text = json.dumps(run.record)
        kernels.prepare(
            job.kernels, lambda: observer.compiling(str(run.call)) if observer else None
        )
        known = Known(document.code(), answer_of(text))
        sending = _Sending(self, gathering, text, known, len(job_quantities(run)))
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


def job_quantities(run: Run) -> tuple[str, ...]:
    """What is summed up in a run, by names."""
    from normstats import registry

    return registry.get(run.call.layer).quantities(run.call.params)


class _Sending:
    """One run: which ranges are under way."""

    def __init__(
        self, cluster: Dask, gathering: Gathering, run: str, known: Known, quantities: int
    ) -> None:
        self._cluster, self._gathering = cluster, gathering
        self._run, self._known, self._quantities = run, known, quantities
        self._next = gathering.span.end
        self._size = 1
        self._sent: dict[int, _Sent] = {}
        self._again: deque[_Sent] = deque()
        self._done: SimpleQueue[tuple[_Sent, Future]] = SimpleQueue()
        self._longest = 0.0
        self._threads = 1

    def all(self) -> None:
        """Until it is over."""
        checked = 0.0
        ahead = 0
        while not self._gathering.is_over:
            now = time.monotonic()
            if now - checked >= TICK_S:
                checked = now
                self._cluster.check()
                self._send_again(now)
                self._threads = self._cluster.threads
                ahead = min(AHEAD * self._threads, MOST_AHEAD)
            while len(self._sent) < ahead and self._next < self._gathering.end:
                self._send_next()
            try:
                self._receive(*self._done.get(timeout=TICK_S))
                while not self._done.empty():
                    self._receive(*self._done.get())
            except Empty:
                pass
            self._gathering.tell()

    def cancel(self) -> None:
        """Nothing more is wanted of what is under way."""
        futures = [future for sent in self._sent.values() for future in sent.futures]
        self._sent.clear()
        for future in futures:
            future.cancel(force=True)

    def _send_next(self) -> None:
        """The next range: up to a multiple of its size, so that it is one subtree."""
        first = self._next
        end = min((first // self._size + 1) * self._size, self._gathering.end)
        self._next = end
        self._sent[first] = sent = _Sent(first, end, [], time.monotonic(), set())
        self._send(sent)

    def _send(self, sent: _Sent) -> None:
        task = self._run, sent.first, sent.end, self._known
        future, sent.workers = self._cluster.send(*task)
        sent.futures.append(future)
        sent.since = time.monotonic()
        future.add_done_callback(lambda one: self._done.put((sent, one)))

    def _send_again(self, now: float) -> None:
        """What has been away for too long, or is for workers that are all gone."""
        there = self._cluster.workers().keys()
        for sent in list(self._sent.values()):
            if sent.workers and not sent.workers & there:
                self._send(sent)
        patience = max(PATIENCE_S, PATIENCE * self._longest)
        late = [sent for sent in self._sent.values() if now - sent.since > patience]
        if late:
            self._cluster.mark_slow({str(one.key) for sent in late for one in sent.futures})
        for sent in late:
            self._send(sent)

    def _receive(self, sent: _Sent, future: Future) -> None:
        if self._sent.get(sent.first) is not sent:
            return  # another worker was faster
        if future.status != "finished":
            self._lost(sent, future)
            return
        answer = Record(future.result(), OPTION, "the answer of a worker")
        worker = answer.text("worker")
        if "refused" in answer:
            self._cluster.refuse(worker, answer.text("refused"))
            self._send(sent)
            return
        span = to_span(answer.record("blocks"), self._quantities)
        if (span.first, span.end) != (sent.first, sent.end):
            raise answer.error("has the sums of other blocks")
        self._cluster.slow.discard(worker)
        del self._sent[sent.first]
        self._gathering.add(span)
        self._adapt(answer.number("seconds", 0.0) or 0.0, sent.end - sent.first)
        for other in sent.futures:
            if other is not future:
                other.cancel(force=True)

    def _lost(self, sent: _Sent, future: Future) -> None:
        """Workers that died with it: again. An error of our own code would come again as well."""
        from distributed import KilledWorker

        error = future.exception() if future.status == "error" else None
        if error is not None and not isinstance(error, KilledWorker):
            raise self._cluster.error(
                f"a worker failed with {type(error).__name__}: {error}; does each have this"
                " version of normstats?"
            )
        if len(sent.futures) >= MOST_TIMES:
            raise self._cluster.error(f"blocks {sent.first} to {sent.end} were lost with workers")
        self._send(sent)

    def _adapt(self, seconds: float, count: int) -> None:
        """The size of ranges: a power of two; small ones at the end, so that all have some."""
        self._longest = max(self._longest, seconds)
        left = self._gathering.end - self._next
        fitting = min(TASK_S * count / max(seconds, 1e-9), left / (4 * self._threads), MOST_BLOCKS)
        self._size = 1 << (max(int(fitting), 1).bit_length() - 1)
