"""`normstats LAYER --shard 3/8`: a share of a run, whose sums go into a file."""

from __future__ import annotations

from collections.abc import Sequence

from normstats.cli.doing import Doing
from normstats.cli.ending import INTERRUPTED, OK, complain
from normstats.engine.observer import Interrupted
from normstats.long import Session
from normstats.numerals.quantities import count
from normstats.progress.terminal import watcher
from normstats.runs.work import Work


def sample_shard(runs: Sequence[Work], doing: Doing, session: Session) -> int:
    """Do the blocks of the share of each run, write them, and say which they are."""
    from normstats import perform
    from normstats.kinds.find import job_of
    from normstats.parts.document import text

    assert doing.long.shard is not None
    parts = []
    for run in runs:
        blocks = job_of(run).blocks
        first, end = doing.long.shard.blocks(blocks.count)
        observer = watcher(run.title, bar=doing.bar, quiet=doing.quiet)
        try:
            terms = session.terms(1)
            parts.append(perform.sample_blocks(run, (first, end), doing.threads, observer, terms))
        except Interrupted:
            where = doing.long.checkpoint
            complain(f"interrupted; {where} keeps what there is" if where else "interrupted")
            return INTERRUPTED
        finally:
            observer.close()
        if not doing.quiet:
            drawn = f"{count(blocks.samples_of(first, end))} {run.unit}"
            complain(f"{run.title}: {end - first} of {blocks.count} blocks, {drawn}")
    doing.output.write(text(parts))
    return OK
