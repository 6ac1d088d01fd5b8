"""Ctrl-C in the midst of a run: what was done counts, and is exactly a shorter run."""

from __future__ import annotations

import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import normstats
from normstats import interrupts
from normstats.engine.job import Job, Worker
from normstats.engine.matrices import FEWEST_GROUPS, LARGEST_GROUP
from normstats.engine.observer import Interrupted, Observer, Progress
from normstats.engine.threads import Outcome, run
from normstats.moments.merge import Moments
from normstats.moments.span import Span
from normstats.moments.statistics import statistics
from tests.engine.jobs import Wrapped, hexes, job_of


class Impatient:
    """Presses Ctrl-C at the first sign of progress beyond so many samples."""

    def __init__(self, enough: int) -> None:
        self.enough = enough
        self.seen: list[Progress] = []

    def compiling(self, layer: str) -> None:
        pass

    def progress(self, progress: Progress) -> None:
        if progress.samples_done >= self.enough:
            self.seen.append(progress)
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    # For linear enough samples for groups to have their full size.
    ("layer", "enough"),
    [("relu", 1), ("linear(in_features=16, out_features=16)", FEWEST_GROUPS * LARGEST_GROUP)],
)
def test_an_interrupted_run_is_a_shorter_run(layer: str, enough: int) -> None:
    observer = Impatient(enough)
    with pytest.raises(Interrupted) as caught:
        normstats.measure(layer, samples=1e12, threads=2, observer=observer)
    part = caught.value.result
    assert part is not None
    assert part.interrupted
    assert 0 < part.samples < 10**12
    (progress,) = observer.seen
    assert progress.samples_done == part.samples
    assert progress.samples == 10**12
    assert progress.elapsed_s > 0.0
    assert progress.forward.mean.value == part.forward.mean.value
    whole = normstats.measure(layer, samples=part.samples, threads=1)
    assert not whole.interrupted
    same = {
        "interrupted": True,
        "ended": "interruption",
        "elapsed_s": part.elapsed_s,
        "threads": 2,
        "run": part.run,
    }
    assert replace(whole, **same) == part


def test_ctrl_c_is_a_keyboard_interrupt() -> None:
    assert issubclass(Interrupted, KeyboardInterrupt)


@pytest.fixture
def pythons_own_handler() -> Iterator[None]:
    """Also where the tests run in the background and ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def held_run(job: Job, threads: int, observer: Observer | None = None) -> Outcome:
    """As ``measure`` runs it: signals are notes. What it raises then is not of interest here."""
    outcomes = []
    try:
        with interrupts.held():
            outcomes.append(run(job, threads, observer))
    except KeyboardInterrupt:
        if not outcomes:
            raise
    return outcomes[0]


@pytest.mark.usefixtures("pythons_own_handler")
@pytest.mark.parametrize("how", [run, held_run])
def test_a_real_signal_before_the_first_block_leaves_no_result(how: Any) -> None:
    """The signal comes from the block itself, which then hangs."""
    release = threading.Event()

    def hangs(one: Worker, block: int) -> tuple[Moments, Moments]:
        os.kill(os.getpid(), signal.SIGINT)
        release.wait(30.0)
        return one(block)

    try:
        with pytest.raises(Interrupted) as caught:
            how(Wrapped(job_of("relu", 10), hangs), 1)
    finally:
        release.set()
    assert caught.value.result is None


class Signals:
    """Sends a real Ctrl-C, or several, when so many samples are merged; then says so."""

    def __init__(self, enough: int, send: Callable[[], None]) -> None:
        self.enough, self.send = enough, send

    def compiling(self, layer: str) -> None:
        pass

    def progress(self, progress: Progress) -> None:
        if progress.samples_done >= self.enough:
            self.send()


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def in_a_callback() -> None:
    """Python drops an exception that is raised in here."""
    event = threading.Event()
    reference = weakref.ref(event, lambda _: ctrl_c())
    del event
    assert reference() is None


def twice() -> None:
    in_a_callback()
    ctrl_c()


@pytest.mark.usefixtures("pythons_own_handler")
@pytest.mark.parametrize("send", [in_a_callback, twice, ctrl_c])
def test_a_real_signal_in_the_midst_keeps_the_blocks_that_are_merged(
    send: Callable[[], None],
) -> None:
    """Block 3 hangs until the end: blocks 0, 1, 2 are the result, whatever came after."""
    full = job_of("relu", 1).blocks.full
    job = job_of("relu", 8 * full)
    release = threading.Event()

    def hangs(one: Worker, block: int) -> tuple[Moments, Moments]:
        if block == 3:
            release.wait(30.0)
        return one(block)

    try:
        done = held_run(Wrapped(job, hangs), 2, Signals(3 * full, send))
    finally:
        release.set()
    assert done.interrupted
    assert done.samples == 3 * full
    short = run(job_of("relu", 3 * full), 1)
    assert hexes(done.forward) == hexes(short.forward)
    assert hexes(done.backward) == hexes(short.backward)


@pytest.mark.usefixtures("pythons_own_handler")
def test_a_handler_of_the_programs_own_is_obeyed() -> None:
    """One that raises ends the run as Ctrl-C does, one that does not leaves it alone."""

    class Stop(KeyboardInterrupt):
        pass

    def stop(number: int, frame: object) -> None:
        raise Stop

    signal.signal(signal.SIGINT, stop)
    with pytest.raises(Interrupted) as caught:
        normstats.measure("relu", samples=1e12, observer=Signals(1, ctrl_c))
    assert caught.value.result is not None
    signal.signal(signal.SIGINT, lambda number, frame: None)
    whole = normstats.measure("relu", samples=1e6, observer=Signals(1, ctrl_c))
    assert not whole.interrupted


@pytest.mark.usefixtures("pythons_own_handler")
def test_a_signal_after_the_last_sample_comes_with_the_whole_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(*given: Any) -> Any:
        ctrl_c()
        return statistics(*given)

    monkeypatch.setattr("normstats.kinds.layers.statistics", late)
    with pytest.raises(Interrupted) as caught:
        normstats.measure("relu", samples=1000)
    assert caught.value.result is not None
    assert caught.value.result.samples == 1000
    assert not caught.value.result.interrupted


@pytest.mark.usefixtures("pythons_own_handler")
def test_another_thread_measures_as_ever() -> None:
    found: list[Any] = []

    def measure() -> None:
        found.append(normstats.measure("relu", samples=1000))
        found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=measure)
    thread.start()
    thread.join()
    assert found[0] == replace(
        normstats.measure("relu", samples=1000), elapsed_s=found[0].elapsed_s
    )
    assert found[1] is signal.default_int_handler


@pytest.mark.parametrize("step", range(4, 10))
def test_ctrl_c_while_blocks_are_merged_takes_a_block_whole_or_not_at_all(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C comes in the midst of merging: after the sums of y, before those of dx, or between."""
    job = job_of("relu", 8 * job_of("relu", 1).blocks.full)
    steps = 0
    add = Moments.__add__
    joined = Span.__add__

    def interrupted(original: Any) -> Any:
        def wrapper(*args: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == step:
                raise KeyboardInterrupt
            return original(*args)

        return wrapper

    monkeypatch.setattr(Moments, "__add__", interrupted(add))
    monkeypatch.setattr(Span, "__add__", interrupted(joined))
    done = run(job, 1)
    monkeypatch.undo()
    assert done.interrupted
    assert done.forward.units == done.backward.units == done.samples
    short = run(job_of("relu", done.samples), 1)
    assert hexes(done.forward) == hexes(short.forward)
    assert hexes(done.backward) == hexes(short.backward)
