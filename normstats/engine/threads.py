"""Runs a job's blocks on threads and merges them in the order of the blocks."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from queue import Empty, SimpleQueue

from normstats.engine.gather import TICK_S, WHOLE, Gathering, Outcome, Plan
from normstats.engine.job import Job, Sums
from normstats.engine.observer import Observer

# A worker asks for its blocks to be merged at this distance: each time, the thread that merges
# takes the place of a worker for a moment.
_MERGE_S = 0.01


def run(job: Job, threads: int, observer: Observer | None = None, plan: Plan = WHOLE) -> Outcome:
    """The blocks of the plan, on so many threads; on Ctrl-C the merged blocks so far.

    Ctrl-C is a note (see ``interrupts``), or a KeyboardInterrupt that the observer or a handler
    of the program's own raises.

    Raises Interrupted (with no result) if Ctrl-C comes before the first block is done.
    """
    gathering = Gathering(job, plan, observer)
    if gathering.is_done:
        return gathering.outcome(False)
    begin = time.perf_counter()
    make_worker = job.start()
    done: deque[tuple[int, Sums]] = deque()
    bell: SimpleQueue[BaseException | None] = SimpleQueue()
    stop = threading.Event()
    lock = threading.Lock()
    # Blocks that are begun and not merged: no thread runs further ahead of the slowest one.
    ahead = threading.Semaphore(64 * threads)
    following = iter(range(gathering.span.end, gathering.end))

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
        before = gathering.span.end
        while done:
            gathering.add_block(*done.popleft())
        for _ in range(gathering.span.end - before):
            ahead.release()

    interrupted = False
    count = min(threads, gathering.end - gathering.span.end)
    pool = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    try:
        for thread in pool:
            thread.start()
        while not gathering.is_over:
            with contextlib.suppress(Empty):
                error = bell.get(timeout=TICK_S)
                if error is not None:
                    raise error
            merge()
            gathering.tell()
        interrupted = not gathering.is_done and not gathering.is_late
    except KeyboardInterrupt:
        interrupted = True
    finally:
        stop.set()
        for _ in pool:
            ahead.release()
    if not gathering.is_done:
        with contextlib.suppress(KeyboardInterrupt):
            merge()
    return gathering.outcome(interrupted)
