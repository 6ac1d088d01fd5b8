"""Collects the sums of blocks, which come in any order and from anywhere, in the order of the run.

What does the blocks (threads here, or the workers of a cluster) hands in ranges of them, and asks
now and then whether it is over. Here is what all of them share: merging, telling the observer,
saving, and the reasons to stop.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from normstats import interrupts
from normstats.engine.job import Job, moments_of
from normstats.engine.observer import Interrupted, Observer, Progress
from normstats.moments.merge import Moments
from normstats.moments.span import Span, Sums, total

TICK_S = 0.1
NOTHING = Span()


@dataclass(frozen=True)
class Plan:
    """Which blocks of a job are to be done, and till when.

    ``begun`` are those that are there, from the first one on, which took ``before_s``; ``end`` is
    the block after the last one, None for all. After ``seconds`` it stops, but not before there is
    a block. ``save`` is told what there is, about ten times a second, and how long it took.
    """

    begun: Span = NOTHING
    end: int | None = None
    before_s: float = 0.0
    seconds: float = math.inf
    save: Callable[[Span, float], None] = lambda span, elapsed_s: None


WHOLE = Plan()


@dataclass
class Outcome:
    """The merged sums of each quantity over the blocks that were done: all, or the first few.

    It was ``interrupted`` by Ctrl-C, or ``late``: the time was over before the last block.
    """

    span: Span
    samples: int
    elapsed_s: float
    interrupted: bool
    late: bool = False

    @property
    def sums(self) -> Sums:
        """Of each quantity."""
        return total([self.span])

    @property
    def forward(self) -> Moments:
        """Of y."""
        return moments_of(self.sums)[0]

    @property
    def backward(self) -> Moments:
        """Of dx."""
        return moments_of(self.sums)[1]


class Gathering:
    """The blocks of a job that are done.

    What is merged changes in a single assignment: Ctrl-C may come between any two steps, and must
    not leave a block that is in the sums of y but not in those of dx.
    """

    def __init__(self, job: Job, plan: Plan, observer: Observer | None) -> None:
        self._job, self._plan, self._observer = job, plan, observer
        self._blocks = job.blocks
        self._waiting: dict[int, Span] = {}
        self._begin = self._told = time.perf_counter()
        self.end = self._blocks.count if plan.end is None else plan.end
        self.span = plan.begun

    @property
    def elapsed_s(self) -> float:
        """Since the first block, also where another process did it."""
        return self._plan.before_s + time.perf_counter() - self._begin

    @property
    def is_done(self) -> bool:
        """Whether all blocks are there."""
        return self.span.end >= self.end

    @property
    def is_late(self) -> bool:
        """Whether the time is over; not before there is a block."""
        return bool(self.span) and time.perf_counter() - self._begin >= self._plan.seconds

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be waited for: all is done, Ctrl-C, or the time is over."""
        return self.is_done or interrupts.noted() or self.is_late

    def add(self, span: Span) -> None:
        """More blocks, which are merged as soon as those before them are there."""
        self._waiting[span.first] = span
        while (following := self._waiting.pop(self.span.end, None)) is not None:
            self.span = self.span + following

    def add_block(self, block: int, sums: Sums) -> None:
        """One block more."""
        self.add(Span.of_block(block, sums, self._blocks.is_short(block)))

    def tell(self) -> None:
        """About ten times a second: how far it is, to the observer and to what saves."""
        now = time.perf_counter()
        if not self.span or now - self._told < TICK_S:
            return
        self._told = now
        self._plan.save(self.span, self.elapsed_s)
        if self._observer is not None:
            part = self.outcome(False)
            so_far = self._job.so_far(part.sums)
            samples, elapsed = self._expected(part), part.elapsed_s
            progress = Progress(part.samples, samples, elapsed, so_far, self._job.counted)
            self._observer.progress(progress)

    def _expected(self, part: Outcome) -> int:
        """How many samples there will be: all, or those that there is time for."""
        whole = self._blocks.samples_of(self.span.first, self.end)
        spent = time.perf_counter() - self._begin
        share = (self._plan.before_s + self._plan.seconds) / (self._plan.before_s + spent)
        return (
            whole if part.samples * share >= whole else max(part.samples, int(part.samples * share))
        )

    def outcome(self, interrupted: bool) -> Outcome:
        """What there is; Interrupted (with no result) if that is nothing."""
        span = self.span
        if not span and interrupted:
            raise Interrupted(None)
        samples = self._blocks.samples_of(span.first, span.end)
        late = not interrupted and span.end < self.end
        return Outcome(span, samples, self.elapsed_s, interrupted, late)
