"""`normstats LAYER --shard 3/8`: a share of a run, whose sums go into a file."""

from __future__ import annotations

from collections.abc import Sequence

from normstats.cli.common import Common
from normstats.cli.ending import INTERRUPTED, OK, complain
from normstats.engine.observer import Interrupted
from normstats.long import Session
from normstats.numerals.quantities import count
from normstats.progress.terminal import watcher
from normstats.runs.run import Run


def sample_shard(runs: Sequence[Run], common: Common, session: Session) -> int:
    """Do the blocks of the share of each run, write them, and say which they are."""
    from normstats import perform, registry
    from normstats.parts.document import text

    assert common.long.shard is not None
    parts = []
    for run in runs:
        blocks = registry.job_of(run).blocks
        first, end = common.long.shard.blocks(blocks.count)
        observer = watcher(str(run.call), bar=common.bar, quiet=common.quiet)
        try:
            terms = session.terms(1)
            parts.append(perform.sample_blocks(run, (first, end), common.threads, observer, terms))
        except Interrupted:
            where = common.long.checkpoint
            complain(f"interrupted; {where} keeps what there is" if where else "interrupted")
            return INTERRUPTED
        finally:
            observer.close()
        if not common.quiet:
            samples = count(blocks.samples_of(first, end))
            complain(f"{run.call}: {end - first} of {blocks.count} blocks, {samples} samples")
    common.output.write(text(parts))
    return OK
