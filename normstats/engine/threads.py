"""Runs a job's blocks on threads and merges them in the order of the blocks."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from queue import SimpleQueue

from normstats.engine.job import Job
from normstats.engine.observer import Interrupted, Observer, Progress
from normstats.moments.merge import MergeTree, Moments
from normstats.moments.statistics import statistics

_TICK_S = 0.1


@dataclass
class Outcome:
    """The merged sums of the blocks that were done: all of them, or the first few."""

    forward: Moments
    backward: Moments
    samples: int
    elapsed_s: float
    interrupted: bool


class _Merged:
    """Blocks arrive in any order, and are merged in theirs."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._waiting: dict[int, tuple[Moments, Moments]] = {}
        self._trees = MergeTree(), MergeTree()
        self._pivots = 0.0, 0.0
        self.blocks = 0
        self.samples = 0

    def add(self, block: int, sums: tuple[Moments, Moments]) -> None:
        self._waiting[block] = sums
        while self.blocks in self._waiting:
            ready = self._waiting.pop(self.blocks)
            self._pivots = ready[0].pivot, ready[1].pivot
            for tree, moments in zip(self._trees, ready, strict=True):
                tree.push(moments)
            self.samples += self._job.blocks.size(self.blocks)
            self.blocks += 1

    def totals(self) -> tuple[Moments, Moments]:
        forward, backward = self._trees
        return forward.total(self._pivots[0]), backward.total(self._pivots[1])


def run(job: Job, threads: int, observer: Observer | None = None) -> Outcome:
    """All blocks, on so many threads; on Ctrl-C the merged blocks so far.

    Raises Interrupted (with no result) if Ctrl-C comes before the first block is done.
    """
    begin = time.perf_counter()
    make_worker = job.start()
    count = job.blocks.count
    done: SimpleQueue[tuple[int, tuple[Moments, Moments]] | BaseException] = SimpleQueue()
    stop = threading.Event()
    lock = threading.Lock()
    # Threads may run ahead of the slowest one only so far: memory stays constant.
    ahead = threading.Semaphore(64 * threads)
    following = iter(range(count))

    def work() -> None:
        try:
            one = make_worker()
            while not stop.is_set():
                ahead.acquire()
                with lock:
                    block = next(following, None)
                if block is None or stop.is_set():
                    return
                done.put((block, one(block)))
        except BaseException as error:
            done.put(error)

    merged = _Merged(job)
    interrupted = False
    pool = [threading.Thread(target=work, daemon=True) for _ in range(min(threads, count))]
    try:
        for thread in pool:
            thread.start()
        told = begin
        while merged.blocks < count:
            arrived = done.get()
            if isinstance(arrived, BaseException):
                raise arrived
            merged.add(*arrived)
            ahead.release()
            now = time.perf_counter()
            if observer is not None and merged.samples and now - told >= _TICK_S:
                told = now
                so_far = [statistics(moments) for moments in merged.totals()]
                observer.progress(
                    Progress(merged.samples, job.blocks.samples, now - begin, *so_far)
                )
    except KeyboardInterrupt:
        interrupted = True
    finally:
        stop.set()
        for _ in pool:
            ahead.release()
    elapsed = time.perf_counter() - begin
    if not merged.blocks:
        raise Interrupted(None)
    forward, backward = merged.totals()
    return Outcome(forward, backward, merged.samples, elapsed, interrupted)
