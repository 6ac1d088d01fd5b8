"""Ctrl-C in the midst of a run: what was done counts, and is exactly a shorter run."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from typing import Any

import pytest

import normstats
from normstats.engine.job import Worker
from normstats.engine.matrices import FEWEST_GROUPS, LARGEST_GROUP
from normstats.engine.observer import Interrupted, Progress
from normstats.engine.threads import run
from normstats.moments.merge import MergeTree, Moments
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
    same = {"interrupted": True, "elapsed_s": part.elapsed_s, "threads": 2, "run": part.run}
    assert replace(whole, **same) == part


def test_ctrl_c_is_a_keyboard_interrupt() -> None:
    assert issubclass(Interrupted, KeyboardInterrupt)


def test_a_real_signal_before_the_first_block_leaves_no_result() -> None:
    release = threading.Event()

    def hangs(one: Worker, block: int) -> tuple[Moments, Moments]:
        release.wait(30.0)
        return one(block)

    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(Interrupted) as caught:
            run(Wrapped(job_of("relu", 10), hangs), 1)
    finally:
        release.set()
        timer.join()
    assert caught.value.result is None


def test_a_real_signal_in_the_midst_keeps_the_blocks_that_are_merged() -> None:
    """Block 3 hangs: blocks 0, 1, 2 are the result, whatever came after."""
    full = job_of("relu", 1).blocks.full
    job = job_of("relu", 8 * full)
    release = threading.Event()

    def hangs(one: Worker, block: int) -> tuple[Moments, Moments]:
        if block == 3:
            release.wait(30.0)
        return one(block)

    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        done = run(Wrapped(job, hangs), 2)
    finally:
        release.set()
        timer.join()
    assert done.interrupted
    assert done.samples == 3 * full
    short = run(job_of("relu", 3 * full), 1)
    assert hexes(done.forward) == hexes(short.forward)
    assert hexes(done.backward) == hexes(short.backward)


@pytest.mark.parametrize("step", range(4, 10))
def test_ctrl_c_while_blocks_are_merged_takes_a_block_whole_or_not_at_all(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C comes in the midst of merging: after the sums of y, before those of dx, or between."""
    job = job_of("relu", 8 * job_of("relu", 1).blocks.full)
    steps = 0
    add = Moments.__add__
    pushed = MergeTree.pushed

    def interrupted(original: Any) -> Any:
        def wrapper(*args: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == step:
                raise KeyboardInterrupt
            return original(*args)

        return wrapper

    monkeypatch.setattr(Moments, "__add__", interrupted(add))
    monkeypatch.setattr(MergeTree, "pushed", interrupted(pushed))
    done = run(job, 1)
    monkeypatch.undo()
    assert done.interrupted
    assert done.forward.units == done.backward.units == done.samples
    short = run(job_of("relu", done.samples), 1)
    assert hexes(done.forward) == hexes(short.forward)
    assert hexes(done.backward) == hexes(short.backward)
