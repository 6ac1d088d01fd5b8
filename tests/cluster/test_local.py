"""A real cluster: the bits of threads, whatever happens to its workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from normstats.cluster import dask as module
from normstats.cluster import ranges, task
from normstats.cluster.connect import connected
from normstats.cluster.dask import Dask
from normstats.engine.observer import Interrupted, Progress
from normstats.engine.terms import Terms
from normstats.errors import UsageError
from normstats.networks.run import ChainRun
from normstats.networks.written import chain_of
from normstats.parts import document
from normstats.parts.checkpoint import Checkpoint, Wanted
from normstats.perform import perform, sample_blocks
from normstats.result import Result
from normstats.runs.target import Target
from tests.parts.runs import FULL, RQMC, run_of, whole


def on(cluster: Dask, run: Any, observer: Any = None, **more: Any) -> Any:
    return perform(run, 2, observer, Terms(executor=cluster, **more))


def same(one: Result, other: Result) -> bool:
    """But for the number of threads, which changes with the workers."""
    return (one.samples, one.statistics) == (other.samples, other.statistics)


class Watcher:
    """Does something once, at the first progress."""

    def __init__(self, action: Callable[[], object]) -> None:
        self._action, self.seen = action, 0

    def compiling(self, layer: str) -> None:
        pass

    def progress(self, progress: Progress) -> None:
        assert 0 < progress.samples_done <= progress.samples
        assert progress.forward.std.value > 0.0
        self.seen += 1
        if self.seen == 1:
            self._action()


def test_processes_of_which_one_is_killed_in_the_midst(local: Dask) -> None:
    """Real processes, and SIGKILL. Another one takes its place."""
    run = run_of(samples=150 * FULL + 5)
    assert local.threads == 2
    pids = local._client.run(os.getpid)
    watcher = Watcher(lambda: os.kill(next(iter(pids.values())), signal.SIGKILL))
    assert same(on(local, run, watcher), whole(run))
    assert watcher.seen > 0


@pytest.mark.parametrize(
    ("call", "more"),
    [
        ("relu", {"samples": 20 * FULL + 99}),
        ("dropout(p=0.3)", {"samples": FULL, "target": Target(se=1e-3)}),
        ("linear(in_features=16, out_features=16)", {"samples": 300_000}),
        ("relu", {"samples": 2**20, "method": RQMC}),
    ],
)
def test_the_bits_are_those_of_threads(call: str, more: dict[str, Any], inside: Dask) -> None:
    run = run_of(call, **more)
    assert on(inside, run).statistics == whole(run).statistics


def test_a_chain_has_the_bits_of_threads(inside: Dask) -> None:
    run = ChainRun(chain_of("3 * (linear(16), tanh), dropout(0.2)", batch_size=8), 40)
    watcher = Watcher(lambda: None)
    assert on(inside, run, watcher).layers == perform(run, 2).layers
    target = replace(run, networks=10**6, target=Target(rel=0.05))
    assert on(inside, target).layers == perform(target, 2).layers


def test_ctrl_c_ends_it_and_the_checkpoint_goes_on(inside: Dask, tmp_path: Path) -> None:
    run, file = run_of(samples=10**12), str(tmp_path / "kept.json")

    def press() -> None:
        raise KeyboardInterrupt

    with Checkpoint(file, [Wanted(run)]) as kept, pytest.raises(Interrupted) as caught:
        on(inside, run, Watcher(press), keeper=kept)
    part = caught.value.result
    assert part is not None
    begin = time.monotonic()
    while inside._client.processing() and any(inside._client.processing().values()):
        assert time.monotonic() - begin < 20.0, "nothing is under way any more"
        time.sleep(0.05)
    assert part.statistics == whole(run_of(samples=part.samples)).statistics
    more = run_of(samples=part.samples + FULL)
    with Checkpoint(file, [Wanted(more)]) as kept:
        assert same(on(inside, more, keeper=kept), whole(more))


def test_shares_and_time(inside: Dask) -> None:
    run = run_of()
    part = sample_blocks(run, (2, 5), 2, None, Terms(executor=inside))
    assert part.span == sample_blocks(run, (2, 5), 2).span
    timed = on(inside, run_of(samples=10**12), seconds=0.2)
    assert timed.ended == "time"
    assert timed.statistics == whole(run_of(samples=timed.samples)).statistics


def test_a_worker_that_hangs_costs_time_alone(
    inside: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is at block 1 for ever: another one does it, and it gets no more."""
    monkeypatch.setattr(ranges, "PATIENCE_S", 0.3)
    monkeypatch.setattr(ranges, "PATIENCE", 1.0)
    hung: list[str] = []
    span, until = task._span, time.monotonic() + 8.0

    def hangs(run: str, first: int, end: int) -> Any:
        if first == 1 and not hung:
            hung.append(task._address())
            while time.monotonic() < until and not done:
                time.sleep(0.05)
        return span(run, first, end)

    done: list[bool] = []
    monkeypatch.setattr(task, "_span", hangs)
    begin = time.monotonic()
    found = on(inside, run_of())
    lasted = time.monotonic() - begin
    slow = set(inside.slow)
    done.append(True)
    assert same(found, whole(run_of()))
    assert slow == set(hung) != set()
    assert lasted < 7.0


def test_another_code_is_refused(inside: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two workers is of another version: it is told, and the other one does all."""
    bad = sorted(inside.workers())[0]
    code = document.code()

    def other() -> str:
        try:
            return "0" * 64 if task._address() == bad else code
        except ValueError:  # not on a worker
            return code

    monkeypatch.setattr(document, "code", other)
    with pytest.warns(UserWarning, match="is refused: it has normstats .* digest 000000000000"):
        found = on(inside, run_of(samples=20 * FULL))
    assert set(inside._refused) == {bad}
    assert same(found, whole(run_of(samples=20 * FULL)))


def test_other_bits_are_refused(inside: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all workers: then there is nobody left."""
    answer = task.answer_of
    monkeypatch.setattr(task, "answer_of", lambda run: answer(run)[::-1])
    monkeypatch.setattr(module, "answer_of", answer)
    monkeypatch.setattr(module, "ALONE_S", 0.2)
    with (
        pytest.warns(UserWarning, match="is refused: its first block has other bits"),
        pytest.raises(UsageError, match="dask inside: no worker can be used: its first block"),
    ):
        on(inside, run_of())


def test_an_answer_that_is_none(inside: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    right = task.blocks
    bad: list[tuple[str, Any]] = [
        ("must be a JSON object", [1]),
        ("worker is missing", {"blocks": {}}),
        ("first is missing", {"worker": "w", "blocks": {"end": 1, "tail": None, "trees": []}}),
        ("sums of other blocks", None),
    ]
    for said, answer in bad:

        def wrong(run: str, first: int, end: int, known: Any, answer: Any = answer) -> Any:
            return right(run, first + 1, end + 1, known) if answer is None else answer

        monkeypatch.setattr(module, "blocks", wrong)
        with pytest.raises(UsageError, match=said):
            on(inside, run_of())


def test_an_error_of_a_worker(inside: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within what it does, or before, as where the package is not installed."""

    def fails(*_: Any) -> Any:
        raise ImportError("no module named normstats")

    with monkeypatch.context() as patch:
        patch.setattr(module, "blocks", fails)
        with pytest.raises(UsageError, match="failed with ImportError: no module named normstats"):
            on(inside, run_of())
    task.answer_of.cache_clear()
    monkeypatch.setattr(task, "_span", fails)
    monkeypatch.setattr(module, "answer_of", lambda run: "x")
    monkeypatch.setattr(module, "ALONE_S", 0.2)
    with (
        pytest.warns(UserWarning, match="is refused: it failed with ImportError"),
        pytest.raises(UsageError, match="no worker can be used: it failed with ImportError"),
    ):
        on(inside, run_of())


def test_no_worker_yet(inside: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ALONE_S", 0.0)
    waits = time.monotonic() + 1.0
    threads = inside._client.nthreads
    monkeypatch.setattr(
        inside._client, "nthreads", lambda: threads() if time.monotonic() > waits else {}
    )
    inside.check()
    with pytest.warns(UserWarning, match="inside has no workers; the run waits for one"):
        found = on(inside, run_of())
    assert found.statistics == whole(run_of()).statistics


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from normstats.cluster import connect

    monkeypatch.setattr(connect, "CONNECT_S", 0.2)
    broken, other = tmp_path / "scheduler.json", tmp_path / "other.json"
    broken.write_text("{")
    other.write_text('{"address": "nowhere"}')
    for name, said in (
        ("tcp://127.0.0.1:9", "no scheduler answers: Timed out"),
        ("nonsense", "must be an address such as"),
        (str(other), "must be an address such as"),
        (str(broken), "is not JSON"),
    ):
        with pytest.raises(UsageError, match=f"dask {name}: {said}"), connected(name, 1):
            pass
