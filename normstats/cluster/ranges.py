"""Which ranges of a run are under way on a cluster, how long they are, and what is lost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from normstats.cluster.task import Known
from normstats.engine.gather import TICK_S, Gathering
from normstats.files.strict import Record
from normstats.parts.numbers import Unpack, to_span

if TYPE_CHECKING:
    from distributed import Future

    from normstats.cluster.dask import Dask

TASK_S = 1.0  # that a range takes, about: much longer than to send it, short enough to lose
MOST_A_SECOND = 50  # ranges of all workers: more would keep this process and the scheduler busy
AHEAD = 3  # ranges under way for each thread of the workers: one is done, others are on their way
MOST_AHEAD = 20_000
MOST_BLOCKS = 2**24  # of one range
# After so many times the longest range, and not before so many seconds, one is sent again.
PATIENCE, PATIENCE_S = 10.0, 30.0
MOST_TIMES = 20  # that one range is sent


class Task(NamedTuple):
    """What all ranges of a run have in common: the run as text, and how its answers look."""

    run: str
    known: Known
    unpack: Unpack


@dataclass
class _Sent:
    """A range that is under way, perhaps more than once."""

    first: int
    end: int
    futures: list[Future]
    since: float
    workers: set[str]


class Sending:
    """One run: which ranges are under way."""

    def __init__(self, cluster: Dask, gathering: Gathering, task: Task) -> None:
        self._cluster, self._gathering, self._task = cluster, gathering, task
        self._next = gathering.span.end
        self._size = 1
        self._sent: dict[int, _Sent] = {}
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
        run, known, _ = self._task
        future, sent.workers = self._cluster.send(run, sent.first, sent.end, known)
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
        answer = Record(future.result(), "`dask`", "the answer of a worker")
        worker = answer.text("worker")
        if "refused" in answer:
            self._cluster.refuse(worker, answer.text("refused"))
            self._send(sent)
            return
        span = to_span(answer.record("blocks"), self._task.unpack)
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
        lasting = max(TASK_S, self._threads / MOST_A_SECOND) * count / max(seconds, 1e-9)
        fitting = min(lasting, left / (4 * self._threads), MOST_BLOCKS)
        self._size = 1 << (max(int(fitting), 1).bit_length() - 1)
