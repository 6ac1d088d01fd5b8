"""What a worker of a cluster does: a range of blocks of a run, after it has shown that it can.

Run and sums travel as the JSON that they are in files. The first thing that a process does of a run
is its first block, whose bits are known: code or a machine that gives others is refused.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from normstats import __version__
from normstats.engine.job import Job, Worker
from normstats.kernels import run as kernels
from normstats.kinds.find import job_of, kind_of, run_from
from normstats.moments.span import Span
from normstats.parts import document
from normstats.parts.numbers import of_span
from normstats.runs.work import Work

_own = threading.local()  # the work space of each thread, for the run that it did last
_first = threading.Lock()


class Known(NamedTuple):
    """What the process that asks has: its code, and the digest of the first block."""

    code: str
    answer: str


def blocks(run: str, first: int, end: int, known: Known) -> Mapping[str, Any]:
    """The sums of the blocks from ``first`` to before ``end``; or why this worker is refused."""
    begin = time.perf_counter()
    try:
        why = _unfit(run, known)
        span = None if why else _packed(run, first, end)
    except Exception as error:  # an exception would travel with its frames, if it can travel
        why, span = f"it failed with {type(error).__name__}: {error}", None
    if span is None:
        return {"worker": _address(), "refused": why}
    return {"worker": _address(), "seconds": time.perf_counter() - begin, "blocks": span}


def _unfit(run: str, known: Known) -> str:
    """Why this process is not to be trusted with the run; "" if it is."""
    if document.code() != known.code:
        return f"it has normstats {__version__}, whose code has the digest {document.code()[:12]}"
    with _first:  # one thread of a process is enough
        answer = answer_of(run)
    return "" if answer == known.answer else "its first block has other bits"


def _address() -> str:
    """Of the worker that this is."""
    from distributed import get_worker

    address: str = get_worker().address
    return address


@lru_cache(maxsize=16)
def answer_of(run: str) -> str:
    """The digest of the first block's sums, bit for bit."""
    plain = json.dumps(_packed(run, 0, 1))
    return hashlib.sha256(plain.encode()).hexdigest()


def _packed(run: str, first: int, end: int) -> dict[str, Any]:
    return of_span(_span(run, first, end), kind_of(_run(run)).pack)


def _span(run: str, first: int, end: int) -> Span:
    job, make = _job(run)
    if getattr(_own, "run", None) != run:
        _own.one, _own.run = make(), run
    one: Worker = _own.one
    span = Span(first)
    for block in range(first, end):
        span = span + Span.of_block(block, one(block), job.blocks.is_short(block))
    return span


@lru_cache(maxsize=1)
def _run(run: str) -> Work:
    found: Work = run_from(json.loads(run))
    return found


@lru_cache(maxsize=1)
def _job(run: str) -> tuple[Job, Callable[[], Worker]]:
    job = job_of(_run(run))
    job.check(1)
    kernels.prepare(job.kernels, lambda: None)
    return job, job.start()
