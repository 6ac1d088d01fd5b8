"""How a run ends: blocks that are merged let others begin, and are forgotten; Ctrl-C twice."""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import replace
from typing import Any

import pytest

from normstats.engine.job import Worker
from normstats.engine.observer import Progress
from normstats.engine.target import FIRST, MISSED, reached, run_until
from normstats.engine.threads import Outcome, run
from normstats.moments.merge import Moments
from normstats.moments.span import Span
from normstats.result import Estimate, Result, Statistics
from normstats.runs.call import Call
from normstats.runs.run import Run
from normstats.runs.target import Target
from tests.engine.jobs import Wrapped, hexes, job_of
from tests.reports.made_up import all_equal, made_up

BLOCKS = 700


def many_blocks(around: Any, blocks: int = BLOCKS) -> Wrapped:
    return Wrapped(job_of("relu", blocks * job_of("relu", 1).blocks.full), around)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_merged_blocks_let_others_begin(threads: int) -> None:
    """Far more blocks than may be under way at once; if none were let go, this would not end."""
    small = job_of("relu", 1000).start()()(0)
    ended: list[Outcome] = []
    job = many_blocks(lambda one, block: small)
    thread = threading.Thread(target=lambda: ended.append(run(job, threads)), daemon=True)
    thread.start()
    thread.join(timeout=60.0)  # it takes some milliseconds
    assert ended, "the run waits for blocks to be let go"
    assert ended[0].forward.units == BLOCKS * small[0].units


def test_merged_blocks_are_forgotten() -> None:
    """Memory: what a block has summed up is held until it is merged, and no longer."""
    small = job_of("relu", 1000).start()()(0)
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    most = 0

    class Watched(Moments):
        __hash__ = object.__hash__

    def copies(one: Worker, block: int) -> tuple[Moments, Moments]:
        nonlocal most
        y = Watched(**vars(small[0]))
        alive.add(y)
        most = max(most, len(alive))
        return y, small[1]

    done = run(many_blocks(copies), 1)
    assert done.forward.units == BLOCKS * small[0].units
    # 64 may be under way on one thread; the tree holds a single block that is not merged with more.
    assert most <= 64 + 2 < BLOCKS


class Twice:
    """Presses Ctrl-C at the first progress, once more blocks are done."""

    def __init__(self) -> None:
        self.told, self.done = threading.Event(), threading.Event()
        self.pressed = False

    def compiling(self, layer: str) -> None:
        pass

    def progress(self, progress: Progress) -> None:
        self.told.set()
        assert self.done.wait(30.0)
        self.pressed = True
        raise KeyboardInterrupt


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_second_ctrl_c_while_the_rest_is_merged_costs_no_result(
    at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes while the blocks are merged that were done before the first one."""
    full = job_of("relu", 1).blocks.full
    observer, release = Twice(), threading.Event()
    steps = 0
    joined = Span.__add__

    def interrupted(span: Span, more: Span) -> Span:
        nonlocal steps
        if observer.pressed:
            steps += 1
            if steps == at:
                raise KeyboardInterrupt
        return joined(span, more)

    def slow(one: Worker, block: int) -> tuple[Moments, Moments]:
        if block == 1:
            time.sleep(0.2)  # progress is told ten times a second: after this block
        if block == 2:
            assert observer.told.wait(30.0)
        if block == 12:
            observer.done.set()
            release.wait(30.0)
        return one(block)

    monkeypatch.setattr(Span, "__add__", interrupted)
    try:
        done = run(Wrapped(job_of("relu", 20 * full), slow), 1, observer)
    except KeyboardInterrupt:  # which would end all tests
        pytest.fail("the second Ctrl-C has cost the result")
    finally:
        release.set()
    monkeypatch.undo()
    assert steps == at
    assert done.interrupted
    short = run(job_of("relu", done.samples), 1)
    assert hexes(done.forward) == hexes(short.forward)
    assert hexes(done.backward) == hexes(short.backward)


def of_error(samples: int, unit_se: float) -> Result:
    """A result all of whose errors are unit_se/√samples."""
    both = all_equal(Estimate(1.0, unit_se / samples**0.5))
    return made_up(samples=samples, units=samples, forward=both, backward=both)


@pytest.mark.parametrize("ratio", [0.5, 0.999, 1.0, 1.001, 1.05, 1.09, 1.2, 3.0, 40.0])
@pytest.mark.parametrize("kind", ["se", "rel"])
def test_a_target_is_met_or_missed(kind: str, ratio: float) -> None:
    """The first run's error is ``ratio`` times what is wanted: above 1, it must not be the last."""
    done: list[int] = []

    def run_once(asked: Run) -> Result:
        done.append(asked.samples)
        return of_error(asked.samples, 1.0)

    wanted = 100_000**-0.5 / ratio
    target = Target(**{kind: wanted})
    relu = Run(Call("relu"), 10**9, target=target)
    result = run_until(relu, run_once, reached, FIRST)
    assert result.notes == ()
    assert result.forward.std.se is not None
    assert result.forward.std.se <= wanted
    assert (len(done) == 1) == (ratio <= 1.0)
    assert done == sorted(set(done))
    missed = run_until(replace(relu, samples=100_000), run_once, reached, FIRST)
    assert missed.notes == ((MISSED,) if ratio > 1.0 else ())


def with_side(result: Result, side: str, changed: Statistics) -> Result:
    return replace(result, statistics={**result.statistics, side: changed})


@pytest.mark.parametrize("side", ["forward", "backward"])
@pytest.mark.parametrize("name", ["mean", "std"])
def test_the_largest_error_decides(side: str, name: str) -> None:
    """Mean and std of y and dx are asked for, each of them; rms and zeros are not."""
    small = of_error(100_000, 1.0)
    both = getattr(small, side)
    large = with_side(small, side, replace(both, **{name: Estimate(1.0, 1.0)}))
    assert reached(Target(se=0.5), small).excess < 0.01
    assert reached(Target(se=0.5), large).excess == 2.0
    assert reached(Target(rel=0.5), large).excess == 2.0
    for other in ("rms", "zeros"):
        changed = with_side(small, side, replace(both, **{other: Estimate(1.0, 1.0)}))
        assert reached(Target(se=0.5), changed).excess < 0.01
