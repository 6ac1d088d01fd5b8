"""A run in shares, which can be done anywhere, and the whole from all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from normstats.engine.part import Part
from normstats.errors import UsageError
from normstats.kinds.find import job_of
from normstats.parts.document import Parts
from normstats.runs.work import Work, difference

MOST_SHARDS = 10**6
OPTION = "FILE"


@dataclass(frozen=True)
class Shard:
    """The third of eight: number 3, count 8."""

    number: int
    count: int

    def blocks(self, total: int) -> tuple[int, int]:
        """Its first block, and the one after its last: shares differ by one block at most."""
        return total * (self.number - 1) // self.count, total * self.number // self.count


def parse_shard(text: str) -> Shard:
    """3/8; UsageError for anything else."""
    match = re.fullmatch(r"\s*([0-9]{1,7})\s*/\s*([0-9]{1,7})\s*", text, re.ASCII)
    shard = Shard(int(match[1]), int(match[2])) if match else Shard(0, 0)
    if not 1 <= shard.number <= shard.count <= MOST_SHARDS:
        allowed = f"must be such as 3/8, the third of eight, of at most {MOST_SHARDS}"
        raise UsageError("`shard`", text, allowed)
    return shard


@dataclass(frozen=True)
class Whole:
    """All that there is of a run, in the order of its blocks, and which blocks are ``missing``."""

    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()


def together(files: Sequence[Parts], partial: bool = False) -> list[Whole]:
    """What the files are together: a whole for each run.

    Raises UsageError, with the names of the files, for parts of different runs, for blocks that are
    there twice and, unless ``partial``, for blocks that are missing.
    """
    runs = _runs(files[0])
    if not runs:
        raise UsageError(OPTION, files[0].file, "has no part of a run")
    for other in files[1:]:
        _same(files[0], other)
    return [_whole(run, files, partial) for run in runs]


def _runs(parts: Parts) -> Mapping[Work, None]:
    """Each run once, in their order."""
    return {part.run: None for part in parts.parts}


def _same(one: Parts, other: Parts) -> None:
    """UsageError unless they are of the same runs."""
    ours, theirs = _runs(one), _runs(other)
    for run in theirs:
        if run not in ours:
            near = [mine for mine in ours if mine.subject == run.subject] or list(ours)
            what = difference(run, near[0]).replace("here", f"in {one.file}")
            raise UsageError(OPTION, other.file, f"is of another run: {what}")
    for run in ours:
        if run not in theirs:
            raise UsageError(OPTION, other.file, f"has no {run.title}, which {one.file} has")


def _whole(run: Work, files: Sequence[Parts], partial: bool) -> Whole:
    found = [(part, one.file) for one in files for part in one.parts if part.run == run]
    found = [each for each in found if each[0].span]
    found.sort(key=lambda each: each[0].span.first)
    count = job_of(run).blocks.count
    missing, at, before = [], 0, ""
    for part, file in found:
        if part.span.first < at:
            if file == before:
                raise UsageError(OPTION, file, "is given twice")
            twice = _range(part.span.first, min(at, part.span.end))
            raise UsageError(
                OPTION, file, f"has {twice} of {run.title}, which {before} has as well"
            )
        if part.span.first > at:
            missing.append(f"{_range(at, part.span.first)} of {count}")
        at, before = part.span.end, file
    if at < count:
        missing.append(f"{_range(at, count)} of {count}")
    if not found or (missing and not partial):
        allowed = f"{run.title}: {', '.join(missing[:5])} missing"
        also = "; --partial does without" if found else ""
        raise UsageError(OPTION, " ".join(one.file for one in files), allowed + also)
    return Whole(_joined([part for part, _ in found]), tuple(missing))


def _range(first: int, end: int) -> str:
    return f"block {first}" if end == first + 1 else f"blocks {first} to {end - 1}"


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Neighbours as one: the same subtrees as in a single run."""
    found = [parts[0]]
    for part in parts[1:]:
        last = found[-1]
        if part.span.first != last.span.end:
            found.append(part)
            continue
        found[-1] = replace(
            last,
            span=last.span + part.span,
            elapsed_s=last.elapsed_s + part.elapsed_s,
            threads=max(last.threads, part.threads),
        )
    return tuple(found)
