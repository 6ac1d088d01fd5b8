"""Networks on threads: each thread has the memory of one, and they are added up in their order."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from normstats import interrupts
from normstats.engine.observer import Interrupted
from normstats.kernels import run as kernels
from normstats.networks import memory
from normstats.networks.layout import layout
from normstats.networks.moments import Sums
from normstats.networks.propagate import Network
from normstats.networks.result import ChainResult
from normstats.networks.run import ChainRun
from normstats.networks.signal import Row
from normstats.networks.summary import result
from normstats.perform import versions

_TICK_S = 0.1

# What a caller is told while it lasts: networks done, of how many, since when in seconds.
Progress = Callable[[int, int, float], None]


class ChainInterrupted(Interrupted):
    """Ctrl-C; ``chain`` is what there was by then, None if nothing."""

    def __init__(self, chain: ChainResult | None) -> None:
        super().__init__(None)
        self.chain = chain


def sample(
    run: ChainRun,
    threads: int,
    compiling: Callable[[], None] = lambda: None,
    progress: Progress | None = None,
) -> ChainResult:
    """The result of a run; its bits do not depend on the number of threads.

    Raises ChainInterrupted on Ctrl-C.
    """
    memory.refuse(run.chain, min(threads, run.networks))
    with interrupts.held():
        begin = time.perf_counter()
        first = Network(run)
        kernels.prepare(first.kernels, compiling)
        sums = Sums(layout(run.chain))
        _all(run, first, sums, min(threads, run.networks), begin, progress)
        elapsed = time.perf_counter() - begin
        if not sums.networks:
            raise ChainInterrupted(None)
        stopped = sums.networks < run.networks
        found = result(run, sums, threads, elapsed, stopped, versions())
        if stopped or interrupts.noted():
            raise ChainInterrupted(found)
    return found


def _all(
    run: ChainRun,
    first: Network,
    sums: Sums,
    threads: int,
    begin: float,
    progress: Progress | None,
) -> None:
    """Every network's numbers added to the sums, in the order of the networks."""
    numbers = iter(range(run.networks))
    lock, stop = threading.Lock(), threading.Event()
    done: SimpleQueue[tuple[int, Row] | BaseException] = SimpleQueue()
    # Begun and not yet added up: no thread runs far ahead of the slowest one.
    ahead = threading.Semaphore(16 * threads)

    def work(network: Network | None) -> None:
        try:
            own = network or Network(run)
            while not stop.is_set():
                ahead.acquire()
                with lock:
                    number = next(numbers, None)
                if number is None or stop.is_set():
                    return
                done.put((number, own.measure(number)))
        except BaseException as error:
            done.put(error)

    pool = [
        threading.Thread(target=work, args=(first if i == 0 else None,), daemon=True)
        for i in range(threads)
    ]
    waiting: dict[int, Row] = {}
    told = begin
    try:
        for thread in pool:
            thread.start()
        while sums.networks < run.networks and not interrupts.noted():
            with contextlib.suppress(Empty):
                one = done.get(timeout=_TICK_S)
                if isinstance(one, BaseException):
                    raise one
                waiting[one[0]] = one[1]
                while sums.networks in waiting:
                    sums.add(waiting.pop(sums.networks))
                    ahead.release()
            now = time.perf_counter()
            if progress is not None and now - told >= _TICK_S:
                told = now
                progress(sums.networks, run.networks, now - begin)
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        for _ in pool:
            ahead.release()
