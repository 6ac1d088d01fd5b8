"""From a run to its result."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

from normstats import interrupts, registry
from normstats.engine.gather import Outcome, Plan
from normstats.engine.job import Job
from normstats.engine.observer import Interrupted, Observer
from normstats.engine.part import Part
from normstats.engine.target import run_until
from normstats.engine.terms import USUAL, Terms
from normstats.kernels import run as kernels
from normstats.kinds.find import job_of, kind_of
from normstats.moments.span import Span
from normstats.result import Result
from normstats.result.result import INTERRUPTION, TIME
from normstats.runs.run import PLAIN, Run
from normstats.runs.work import Work, same_blocks
from normstats.values import Array

if TYPE_CHECKING:
    from normstats.networks.result import ChainResult
    from normstats.networks.run import ChainRun


def refuse(run: Work, threads: int) -> None:
    """UsageError if ``perform`` could not do this: a method or a size that does not fit."""
    job_of(run).check(threads)


def values(run: Run, wanted: int) -> tuple[Array, Array]:
    """y and dx of the first samples of a run, at most so many numbers of each, as they are drawn.

    They are those of plain sampling, whatever the run's method and target are.
    """
    plain = replace(run, method=PLAIN, target=None)
    return registry.get(run.call.layer).job(plain).values(wanted)


def result_of(parts: Sequence[Part]) -> Any:
    """The result of blocks of a run that are there, in their order, at least one of them."""
    return kind_of(parts[0].run).result(parts)


@overload
def perform(
    run: Run, threads: int, observer: Observer | None = None, terms: Terms = USUAL
) -> Result: ...


@overload
def perform(
    run: ChainRun, threads: int, observer: Observer | None = None, terms: Terms = USUAL
) -> ChainResult: ...


@overload
def perform(
    run: Work, threads: int, observer: Observer | None = None, terms: Terms = USUAL
) -> Any: ...


def perform(run: Work, threads: int, observer: Observer | None = None, terms: Terms = USUAL) -> Any:
    """The result of a run; its bits do not depend on the number of threads.

    Raises UsageError for what does not fit, and Interrupted on Ctrl-C.
    """
    with interrupts.held():
        try:
            result = _Session(run, threads, observer, terms).result()
        except Interrupted as stopped:
            if stopped.found is None:
                raise
            raise Interrupted(replace(stopped.found, run=run)) from None
        if interrupts.noted():  # after the last sample
            raise Interrupted(result)
    return result


def sample_blocks(
    run: Work, blocks: tuple[int, int], threads: int, observer: Observer | None = None,
    terms: Terms = USUAL,
) -> Part:  # fmt: skip
    """The sums of the blocks from the first to before the second.

    Raises UsageError for what does not fit, and Interrupted on Ctrl-C: what is kept stays.
    """
    with interrupts.held():
        session = _Session(run, threads, observer, terms)
        outcome = session.sampled(run, blocks)
        if outcome.interrupted or interrupts.noted():
            raise Interrupted(None)
    return session.part


@dataclass
class _Session:
    """One call of ``perform``: what there is of the run by now, and when the time is over."""

    run: Work
    threads: int
    observer: Observer | None
    terms: Terms

    def __post_init__(self) -> None:
        keeper = self.terms.keeper
        found = keeper.begun(self.run) if keeper is not None else None
        self.part = found or Part(self.run, Span())
        self._until = time.perf_counter() + self.terms.seconds

    def result(self) -> Any:
        found = self._result()
        if self.terms.seconds < math.inf:  # which it was is of interest where there is a choice
            found = replace(found, notes=(*found.notes, f"ended by {found.ended}"))
        return found

    def _result(self) -> Any:
        if self.run.target is None:
            return self._once(self.run)
        kind = kind_of(self.run)
        first = self.part.run.size if self.part.span else kind.first
        return replace(run_until(self.run, self._once, kind.reached, first), run=self.run)

    def sampled(self, run: Work, blocks: tuple[int, int] | None = None) -> Outcome:
        """The blocks of a run, all or some, with those that are there from before."""
        from normstats.engine.threads import run as on_threads

        job = job_of(run)
        executor = self.terms.executor
        if executor is None:
            job.check(self.threads)
        first, end = blocks or (0, job.blocks.count)
        begun = self._begun(run, job, first)
        before = self.part.elapsed_s if begun else 0.0

        def part(span: Span, elapsed_s: float) -> Part:
            threads = self.threads if executor is None else executor.threads
            return Part(run, span, elapsed_s, threads)

        def save(span: Span, elapsed_s: float) -> None:
            if self.terms.keeper is not None:
                self.terms.keeper.keep(part(span, elapsed_s))

        plan = Plan(begun, end, before, max(self._until - time.perf_counter(), 0.0), save)
        if executor is not None:
            outcome = executor(run, job, self.observer, plan)
        else:
            if begun.end < end:
                kernels.prepare(job.kernels, lambda: self._compiling(run))
            outcome = on_threads(job, self.threads, self.observer, plan)
        self.part = part(outcome.span, outcome.elapsed_s)
        if self.terms.keeper is not None:
            self.terms.keeper.keep(self.part, now=True)
        return outcome

    def _begun(self, run: Work, job: Job, first: int) -> Span:
        """What there is of these blocks."""
        nothing = Span(first)
        if not self.part.span or not same_blocks(self.part.run, run):
            return nothing
        span = self.part.within(job_of(self.part.run).blocks, job.blocks)
        return span if span is not None and span.first == first else nothing

    def _compiling(self, run: Work) -> None:
        if self.observer is not None:
            self.observer.compiling(run.title)

    def _once(self, run: Work) -> Any:
        # First: what is interrupted is then the sampling alone.
        kind_of(run).settle(run)
        outcome = self.sampled(run)
        result = result_of([self.part])
        if outcome.interrupted:
            raise Interrupted(replace(result, interrupted=True, ended=INTERRUPTION))
        return replace(result, ended=TIME) if outcome.late else result
