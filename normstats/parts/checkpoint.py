"""A file that keeps what there is of runs, so that the same command goes on where it was ended.

It is written whole, every few seconds, and locked for as long as a process is at it.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from normstats.engine.part import Part
from normstats.errors import UsageError
from normstats.files import atomic
from normstats.files.lock import HeldError, Lock
from normstats.kinds.find import job_of
from normstats.numerals.quantities import count
from normstats.parts.document import read_parts, text
from normstats.runs.work import Work, difference, identity, same_blocks

OPTION = "`checkpoint`"
SAVE_S = 2.0
SHARE = (
    20.0  # times as long as saving takes, nothing is saved: of thousands of layers it takes some
)


@dataclass(frozen=True)
class Wanted:
    """A run that is to be done, or its blocks from ``first`` to before ``end``, where not all."""

    run: Work
    first: int = 0
    end: int | None = None


class Checkpoint:
    """Keeps the parts of some runs in a file; a context that holds its lock.

    Raises UsageError for a file that is of other runs or other code, damaged, in use, or not to be
    written.
    """

    def __init__(self, name: str, wanted: Sequence[Wanted]) -> None:
        self._name = name
        self._parts: dict[Work, Part] = {}
        self._next = 0.0  # when it is saved again, at the earliest
        self._problem: OSError | None = None
        if (
            not name.strip()
            or os.path.isdir(name)
            or (os.path.exists(name) and not os.path.isfile(name))
        ):
            raise UsageError(OPTION, name or "''", "must be the name of a file, and no device")
        try:
            self._lock = Lock(name)
        except HeldError:
            raise UsageError(OPTION, name, "is in use by another process") from None
        except OSError as error:
            raise self._refusal(error) from None
        try:
            self._begin(wanted)
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def begun(self, run: Work) -> Part | None:
        """What there is of this run."""
        return self._parts.get(identity(run))

    def keep(self, part: Part, now: bool = False) -> None:
        """Keep it; on the disk every few seconds, or ``now``. A full disk costs a warning."""
        self._parts[identity(part.run)] = part
        if not now and time.monotonic() < self._next:
            return
        before = self._problem
        self._save()
        if self._problem is not None and before is None:
            problem = self._refusal(self._problem).allowed
            warnings.warn(f"the checkpoint {self._name} {problem}; the run goes on", stacklevel=2)

    def confirm(self) -> None:
        """UsageError if what there is now is not on the disk."""
        if self._problem is not None:
            raise self._refusal(self._problem)

    def _begin(self, wanted: Sequence[Wanted]) -> None:
        there = os.path.exists(self._name)
        if there and not os.path.getsize(self._name):
            warnings.warn(f"{self._name} was empty: the run begins anew", stacklevel=2)
        elif there:
            found = read_parts(OPTION, self._name).parts
            for part in found:
                self._refuse(part, wanted)
            self._parts = {identity(part.run): part for part in found}
        # Also to see that it can be written, before hours are spent.
        self._save()
        self.confirm()

    def _save(self) -> None:
        begin = time.monotonic()
        try:
            atomic.write(self._name, text(list(self._parts.values())))
            self._problem = None
        except OSError as error:
            self._problem = error
        now = time.monotonic()
        self._next = now + max(SAVE_S, SHARE * (now - begin))

    def _refusal(self, error: OSError) -> UsageError:
        return UsageError(OPTION, self._name, f"cannot be written: {error.strerror or error}")

    def _refuse(self, part: Part, wanted: Sequence[Wanted]) -> None:
        """UsageError if a part is of no use to what is wanted."""
        ours = [one for one in wanted if same_blocks(one.run, part.run)]
        if not ours:
            raise self._another(part, wanted)
        for one in ours:
            problem = _misfit(part, one)
            if problem:
                raise UsageError(OPTION, self._name, f"{problem}; use another file")

    def _another(self, part: Part, wanted: Sequence[Wanted]) -> UsageError:
        near = [one.run for one in wanted if one.run.subject == part.run.subject]
        what = difference(part.run, (near or [wanted[0].run])[0], sizes=False)
        return UsageError(OPTION, self._name, f"is of another run: {what}; use another file")


def _misfit(part: Part, wanted: Wanted) -> str:
    """Why the blocks of a part are not among those that are wanted; "" if they are."""
    run = wanted.run
    if run.target is not None:  # of which part.run is one of the runs that are tried
        run = run.sized(min(part.run.size, run.most))
    own, other = (job_of(one).blocks for one in (part.run, run))
    has, asked = count(part.run.size), count(run.size)
    if (own.full, own.sizes) != (other.full, other.sizes):
        return f"is of {has} {run.unit}, and a run of {asked} shares none of their blocks"
    span = part.within(own, other)
    end = other.count if wanted.end is None else wanted.end
    if span is None or (span.end > end and wanted.end is None):
        there = count(own.samples_of(part.span.first, part.span.end))
        return f"has {there} {run.unit} already, more than the {asked} that are asked for"
    if span.first != wanted.first or span.end > end:
        has = f"blocks {span.first} to {span.end - 1}"
        return f"has {has}, and those from {wanted.first} to {end - 1} are asked for"
    return ""
