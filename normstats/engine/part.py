"""What there is of a run: the sums of some of its blocks, as a value that goes on elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from normstats.engine.job import Blocks
from normstats.moments.span import Span
from normstats.runs.work import Work


@dataclass(frozen=True)
class Part:
    """The sums of a range of a run's blocks, and how long they took on how many threads.

    The run is one without a target: where there is one, the run of the size that is tried just now.
    """

    run: Work
    span: Span
    elapsed_s: float = 0.0
    threads: int = 1

    def within(self, own: Blocks, other: Blocks) -> Span | None:
        """What of it holds for another number of samples: ``own`` blocks are those of its run.

        All full blocks, where blocks are cut alike; the last one too if it has the same samples.
        None where blocks are cut otherwise, or where there are too many.
        """
        if (own.full, own.sizes) != (other.full, other.sizes):
            return None
        span, last = self.span, self.span.end - 1
        if span.tail is not None and (last >= other.count or own.size(last) != other.size(last)):
            span = span.without_tail
            last = span.end - 1
        if span.end > other.count:
            return None
        cut = span and span.tail is None and other.is_short(last)
        return None if cut else span
