"""How a command does its runs, of layers or of a chain, and what it says when Ctrl-C ends one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from normstats.cli.output import Output
from normstats.long import Long, Session
from normstats.progress.terminal import watcher
from normstats.runs.work import Work


@dataclass(frozen=True)
class Doing:
    """Threads, where the report goes, what is said meanwhile, and the options of long runs."""

    threads: int
    output: Output
    quiet: bool
    bar: bool
    long: Long

    @property
    def goes_on(self) -> str:
        """What is said of an interrupted run."""
        kept = self.long.checkpoint
        return f"; the same command goes on from {kept}" if kept else ""


def measured(run: Work, doing: Doing, opened: Session, left: int) -> tuple[Any, bool]:
    """The result, or what there is of it, None if nothing, and whether it was interrupted.

    ``left`` runs are still to be done, this one included.
    """
    from normstats import perform

    observer = watcher(run.title, bar=doing.bar, quiet=doing.quiet)
    try:
        return perform.perform(run, doing.threads, observer, opened.terms(left)), False
    except KeyboardInterrupt as stop:
        return getattr(stop, "found", None), True
    finally:
        observer.close()
