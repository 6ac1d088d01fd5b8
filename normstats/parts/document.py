"""Parts of one run or several as a file: "normstats-parts/1".

It names the code that made it by the digest of its sources, and has a checksum over everything, so
that no damage passes for numbers. The checksum is not for secrets: who can write such a file can
write numbers of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from normstats import __version__
from normstats.engine.part import Part
from normstats.errors import UsageError
from normstats.files.strict import Record, read
from normstats.kernels import store
from normstats.kinds.find import job_of, kind_of, run_from
from normstats.parts.numbers import of_span, to_span
from normstats.runs.work import Work
from normstats.sampling.streams import STREAM_VERSION

SCHEMA = "normstats-parts/1"
# What decides the sums of a block: besides what kernels are made of, how runs are cut into blocks.
_ROOMS = (
    *("kernels", "sampling", "moments", "engine", "layer", "families", "runs"),
    *("reference", "networks"),  # chains are scaled by exact values
)
_MOST_RUNS = 10_000
LARGEST = 10**9  # bytes: the sums of 20,000 layers take 10 MB for each subtree
_MOST_THREADS = 10**6
_FIELDS = ("schema", "normstats", "stream", "code", "parts", "checksum")


def code() -> str:
    """The digest of the sources that decide the sums."""
    return store.sources_digest(_ROOMS)


@dataclass(frozen=True)
class Parts:
    """The parts that a file holds, and its name."""

    file: str
    parts: tuple[Part, ...]


def text(parts: Sequence[Part]) -> str:
    """The file, whole."""
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "normstats": __version__,
        "stream": STREAM_VERSION,
        "code": code(),
        "parts": [record_of(part) for part in parts],
    }
    return json.dumps(body | {"checksum": checksum(body)}, indent=1, allow_nan=False) + "\n"


def record_of(part: Part) -> dict[str, Any]:
    """One part as JSON."""
    return {
        "run": part.run.record,
        "threads": part.threads,
        "elapsed_s": part.elapsed_s.hex(),
        "blocks": of_span(part.span, kind_of(part.run).pack),
    }


def checksum(body: dict[str, Any]) -> str:
    """SHA-256 of what a file says, however it is spaced."""
    plain = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def read_parts(option: str, name: str) -> Parts:
    """The parts of a file; UsageError with its name if it is damaged or made by other code."""
    document = Record(read(option, name, largest=LARGEST), option, name)
    if document.raw.get("schema") != SCHEMA:
        raise document.error(f"is no file of parts of a run: its schema must be {SCHEMA}")
    document.only(*_FIELDS)
    body = {name: value for name, value in document.raw.items() if name != "checksum"}
    if document.text("checksum") != checksum(body):
        raise document.error("is damaged: its checksum is wrong")
    _same_code(document)
    found = [part_of(one) for one in document.records("parts", _MOST_RUNS)]
    return Parts(name, tuple(found))


def _same_code(document: Record) -> None:
    """UsageError that says what is different in the program that wrote it."""
    stream = document.whole("stream", 0, 2**32)
    if stream != STREAM_VERSION:
        raise document.error(f"has random numbers of stream {stream}, here it is {STREAM_VERSION}")
    made, digest = document.text("normstats"), document.text("code")
    if digest != code():
        other = f"normstats {made}" if made != __version__ else f"another normstats {made}"
        raise document.error(
            f"was made by {other}: its code has the digest {digest[:12]}, here it is {code()[:12]}"
        )


def part_of(record: Record) -> Part:
    """One part; UsageError if it does not fit its run."""
    record.only("run", "threads", "elapsed_s", "blocks")
    run = _run(record)
    span = to_span(record.record("blocks"), partial(kind_of(run).unpack, run))
    blocks = job_of(run).blocks
    short = span.end == blocks.count and span.end > 0 and blocks.is_short(span.end - 1)
    if span.end > blocks.count or (span and (span.tail is not None) != short):
        raise record.error(f"blocks {span.first} to {span.end} are not of {blocks.count} blocks")
    return Part(run, span, _elapsed(record), record.whole("threads", 1, _MOST_THREADS))


def _run(record: Record) -> Work:
    try:
        run: Work = run_from(record.record("run").raw)
    except UsageError as error:
        raise record.error(f"its run is none of this version: {error}") from None
    except (TypeError, ValueError, OverflowError):
        raise record.error("its run is none of this version") from None
    if run.target is not None:
        raise record.error("its run has a target")
    return run


def _elapsed(record: Record) -> float:
    try:
        elapsed = float.fromhex(record.text("elapsed_s"))
    except (ValueError, OverflowError):
        elapsed = -1.0
    if not 0.0 <= elapsed < 1e12:
        raise record.error("elapsed_s must be a number of seconds, in hexadecimal")
    return elapsed
