"""Runs a job's blocks on threads and merges them in the order of the blocks."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from normstats import interrupts
from normstats.engine.job import Job, Sums
from normstats.engine.observer import Interrupted, Observer, Progress
from normstats.moments.merge import MergeTree, Moments
from normstats.moments.statistics import statistics

_TICK_S = 0.1
# A worker asks for its blocks to be merged at this distance: each time, the thread that merges
# takes the place of a worker for a moment.
_MERGE_S = 0.01


@dataclass
class Outcome:
    """The merged sums of each quantity over the blocks that were done: all, or the first few."""

    sums: Sums
    samples: int
    elapsed_s: float
    interrupted: bool

    @property
    def forward(self) -> Moments:
        """Of y."""
        return self.sums[0]

    @property
    def backward(self) -> Moments:
        """Of dx."""
        return self.sums[1]


@dataclass(frozen=True)
class _Prefix:
    """The first blocks, merged."""

    blocks: int
    samples: int
    trees: tuple[MergeTree, ...] = ()
    pivots: tuple[float, ...] = ()


class _Merged:
    """Blocks arrive in any order, and are merged in theirs.

    What is merged changes in a single assignment: Ctrl-C may come between any two steps, and must
    not leave a block that is in the sums of y but not in those of dx.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._waiting: dict[int, Sums] = {}
        self._prefix = _Prefix(0, 0)

    @property
    def blocks(self) -> int:
        return self._prefix.blocks

    def add(self, block: int, sums: Sums) -> None:
        self._waiting[block] = sums
        while self.blocks in self._waiting:
            old = self._prefix
            new = self._waiting.pop(old.blocks)
            trees = old.trees or tuple(MergeTree() for _ in new)
            self._prefix = _Prefix(
                old.blocks + 1,
                old.samples + self._job.blocks.size(old.blocks),
                tuple(tree.pushed(one) for tree, one in zip(trees, new, strict=True)),
                tuple(one.pivot for one in new),
            )

    def outcome(self, elapsed_s: float, interrupted: bool) -> Outcome:
        done = self._prefix
        sums = tuple(tree.total(pivot) for tree, pivot in zip(done.trees, done.pivots, strict=True))
        return Outcome(sums, done.samples, elapsed_s, interrupted)


def run(job: Job, threads: int, observer: Observer | None = None) -> Outcome:
    """All blocks, on so many threads; on Ctrl-C the merged blocks so far.

    Ctrl-C is a note (see ``interrupts``), or a KeyboardInterrupt that the observer or a handler
    of the program's own raises.

    Raises Interrupted (with no result) if Ctrl-C comes before the first block is done.
    """
    begin = time.perf_counter()
    make_worker = job.start()
    count = job.blocks.count
    done: deque[tuple[int, Sums]] = deque()
    bell: SimpleQueue[BaseException | None] = SimpleQueue()
    stop = threading.Event()
    lock = threading.Lock()
    # Blocks that are begun and not merged: no thread runs further ahead of the slowest one.
    ahead = threading.Semaphore(64 * threads)
    following = iter(range(count))

    def work() -> None:
        try:
            one = make_worker()
            rung = begin
            while not stop.is_set():
                if not ahead.acquire(blocking=False):
                    bell.put(None)
                    ahead.acquire()
                with lock:
                    block = next(following, None)
                if block is None or stop.is_set():
                    break
                done.append((block, one(block)))
                now = time.perf_counter()
                if now - rung >= _MERGE_S:
                    bell.put(None)
                    rung = now
            bell.put(None)
        except BaseException as error:
            bell.put(error)

    def merge() -> None:
        before = merged.blocks
        while done:
            merged.add(*done.popleft())
        for _ in range(merged.blocks - before):
            ahead.release()

    merged = _Merged(job)
    interrupted = False
    pool = [threading.Thread(target=work, daemon=True) for _ in range(min(threads, count))]
    try:
        for thread in pool:
            thread.start()
        told = begin
        while merged.blocks < count and not interrupts.noted():
            with contextlib.suppress(Empty):
                error = bell.get(timeout=_TICK_S)
                if error is not None:
                    raise error
            merge()
            now = time.perf_counter()
            if observer is not None and merged.blocks and now - told >= _TICK_S:
                told = now
                part = merged.outcome(now - begin, False)
                so_far = tuple(map(statistics, part.sums))
                observer.progress(
                    Progress(part.samples, job.blocks.samples, part.elapsed_s, so_far)
                )
    except KeyboardInterrupt:
        interrupted = True
    finally:
        stop.set()
        for _ in pool:
            ahead.release()
    if merged.blocks < count:
        interrupted = True
        with contextlib.suppress(KeyboardInterrupt):
            merge()
    elapsed = time.perf_counter() - begin
    if not merged.blocks:
        raise Interrupted(None)
    return merged.outcome(elapsed, interrupted)
