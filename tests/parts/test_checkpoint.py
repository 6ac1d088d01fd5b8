"""Runs that are ended and go on: the same bits, and what is refused."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from normstats.engine.observer import Interrupted, Progress
from normstats.engine.terms import Terms
from normstats.errors import UsageError
from normstats.files import atomic
from normstats.parts.checkpoint import Checkpoint, Wanted
from normstats.parts.document import read_parts
from normstats.perform import perform, sample_blocks
from normstats.runs.method import Method
from normstats.runs.run import Run
from normstats.runs.target import Target
from tests.parts import killed
from tests.parts.runs import FULL, RQMC, run_of, same, whole


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "kept.json")


class Impatient:
    """Presses Ctrl-C at the first sign of progress."""

    def compiling(self, layer: str) -> None:
        pass

    def progress(self, progress: Progress) -> None:
        raise KeyboardInterrupt


def go_on(file: str, run: Run, observer: Any = None) -> Any:
    with Checkpoint(file, [Wanted(run)]) as kept:
        return perform(run, 2, observer, Terms(keeper=kept))


def done(file: str) -> int:
    """Blocks that are kept."""
    return sum(part.span.end - part.span.first for part in read_parts("FILE", file).parts)


@pytest.mark.parametrize(
    ("kills", "what"),
    [
        *((8, []), (5, ["chain"])),
        *(pytest.param(50, what, marks=pytest.mark.slow) for what in ([], ["chain"])),
    ],
)
def test_killed_at_random_moments(kills: int, what: list[str], file: str) -> None:
    """SIGKILL, also in the midst of saving; of a layer and of a chain."""
    command = [sys.executable, killed.__file__, file, str(kills), "1", *what]
    out = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert out.returncode == 0, out.stderr
    times, grown, equal = out.stdout.split()
    assert equal == "True"
    assert int(times) > 0
    assert int(grown) > 0, "some lives begin in the midst"
    assert not os.path.exists(f"{file}.lock")


@pytest.mark.parametrize(
    ("call", "samples", "method"),
    [
        ("relu", 60_000_000, Method()),
        ("relu", 10_000_001, Method("antithetic")),
        ("linear(in_features=16, out_features=16)", 300_000, Method()),
        ("relu", 2**23, RQMC),
    ],
)
def test_ctrl_c_and_on(call: str, samples: int, method: Method, file: str) -> None:
    """Whatever is there at Ctrl-C is kept; then a few blocks at a time."""
    run = run_of(call, samples, method=method, seed=5)
    with Checkpoint(file, [Wanted(run)]) as kept:
        terms = Terms(keeper=kept)
        for end in (1, 2, 7):
            sample_blocks(run, (0, end), 2, None, terms)
    assert done(file) == 7
    assert same(go_on(file, run), whole(run))
    again = go_on(file, run)
    assert same(again, whole(run)), "once more: nothing is left to do"


def test_ctrl_c_keeps_what_there_is(file: str) -> None:
    run = run_of(samples=10**12)
    with pytest.raises(Interrupted) as caught:
        go_on(file, run, Impatient())
    assert caught.value.result is not None
    assert done(file) * FULL == caught.value.result.samples > 0


@pytest.mark.parametrize("short", [FULL // 2, 2 * FULL, 2 * FULL + 99, 5 * FULL - 1])
def test_more_samples_from_a_shorter_run(
    short: int, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the rest is sampled, and the last block, if it was not a full one."""
    from normstats.engine.arrayjob import ArrayJob

    go_on(file, run_of(samples=short))
    sampled: list[int] = []
    start = ArrayJob.start

    def watched(job: ArrayJob) -> Any:
        def make() -> Callable[[int], Any]:
            one = start(job)()
            return lambda block: (sampled.append(block), one(block))[1]

        return make

    monkeypatch.setattr(ArrayJob, "start", watched)
    longer = go_on(file, run_of())
    assert sorted(sampled) == list(range(short // FULL, 6))
    monkeypatch.undo()
    assert same(longer, whole(run_of()))


def test_a_target_goes_on_at_the_size_it_was_at(file: str) -> None:
    run = run_of("gelu", 10**8, target=Target(se=1e-4))
    straight = whole(run)
    with pytest.raises(Interrupted):
        go_on(file, run, Impatient())
    assert same(go_on(file, run), straight)
    assert straight.ended == "target"
    harder = run_of("gelu", 10**8, target=Target(se=8e-5))
    more = go_on(file, harder)
    assert more.samples > straight.samples
    bare = whole(run_of("gelu", more.samples))
    assert bare.statistics == more.statistics, "the run of so many samples, whatever led there"


REFUSED = [
    ({"seed": 1}, {}, "is of another run: seed 1, here 0"),
    ({"call": "gelu"}, {}, "is of another run: layer gelu, here relu"),
    ({"method": Method("antithetic")}, {}, "is of another run: method antithetic, here plain"),
    ({"samples": 2 * FULL}, {"samples": FULL}, "already, more than the 524,288 that are asked"),
    ({"samples": 2 * FULL}, {"samples": 2 * FULL - 1}, "already, more than"),
    ({"method": RQMC}, {"method": RQMC, "samples": 10**5}, "shares none of their blocks"),
]


@pytest.mark.parametrize(("there", "here", "said"), REFUSED)
def test_another_run_is_refused(
    there: dict[str, Any], here: dict[str, Any], said: str, file: str
) -> None:
    go_on(file, run_of(**{"samples": 3000, **there}))
    before = Path(file).read_bytes()
    with pytest.raises(UsageError, match=said) as caught:
        go_on(file, run_of(**{"samples": 3000, **here}))
    assert str(caught.value).startswith("checkpoint ")
    assert Path(file).read_bytes() == before
    assert not os.path.exists(f"{file}.lock")


def test_a_part_that_begins_elsewhere_is_refused(file: str) -> None:
    run = run_of()
    with Checkpoint(file, [Wanted(run, 2, 4)]) as kept:
        sample_blocks(run, (2, 4), 2, None, Terms(keeper=kept))
    with pytest.raises(UsageError, match="has blocks 2 to 3, and those from 0 to"):
        go_on(file, run)


def test_several_runs_in_one_file(file: str) -> None:
    runs = [run_of("relu", 3000), run_of("tanh", 3000), run_of("gelu", 3000)]
    with Checkpoint(file, [Wanted(run) for run in runs[:2]]) as kept:
        for run in runs[:2]:
            perform(run, 1, None, Terms(keeper=kept))
    with Checkpoint(file, [Wanted(run) for run in runs]) as kept:
        assert all(kept.begun(run) for run in runs[:2])
        assert kept.begun(runs[2]) is None
    with pytest.raises(UsageError, match="layer relu, here gelu"):
        Checkpoint(file, [Wanted(runs[2])])


def test_two_processes_on_one_file(file: str) -> None:
    run = run_of(samples=100)
    code = (
        "from normstats.files.lock import Lock; import sys, os, signal\n"
        f"lock = Lock({file!r}); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match="is in use by another process"):
            go_on(file, run)
        other.kill()
    assert os.path.exists(f"{file}.lock"), "it is left behind, and does no harm"
    assert go_on(file, run).samples == 100
    assert not os.path.exists(f"{file}.lock")


def test_a_damaged_file_stays_as_it_is(file: str) -> None:
    go_on(file, run_of())
    cut = Path(file).read_bytes()[:-100]
    Path(file).write_bytes(cut)
    with pytest.raises(UsageError, match="is not JSON"):
        go_on(file, run_of())
    assert Path(file).read_bytes() == cut


def full_disk(name: str, text: str) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start it is an error. Later it costs a warning, and an error in the end."""
    run = run_of(samples=1000)
    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write", full_disk)
        with pytest.raises(UsageError, match="cannot be written: No space left on device"):
            go_on(file, run)
    with Checkpoint(file, [Wanted(run)]) as kept:
        monkeypatch.setattr(atomic, "write", full_disk)
        with pytest.warns(UserWarning, match="No space left on device; the run goes on"):
            result = perform(run, 1, None, Terms(keeper=kept))
        assert same(result, perform(run, 1))
        with pytest.raises(UsageError, match="No space left on device"):
            kept.confirm()
        monkeypatch.undo()
        perform(run, 1, None, Terms(keeper=kept))
        kept.confirm()
    assert done(file) == 1


def test_a_disk_that_is_full_in_the_midst_of_writing(tmp_path: Path) -> None:
    """The old content stays, and nothing else is left."""
    target = tmp_path / "a.json"
    atomic.write(str(target), "old")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda number: full_disk("", ""))
        with pytest.raises(OSError, match="No space"):
            atomic.write(str(target), "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written: Permission denied"):
        go_on(str(tmp_path / "kept.json"), run_of(samples=10))


@pytest.mark.parametrize("name", ["", "missing/kept.json", "/proc/kept.json", "."])
def test_a_file_that_cannot_be_made(name: str) -> None:
    with pytest.raises(UsageError, match="checkpoint "):
        go_on(name, run_of(samples=10))


def test_a_device_is_no_checkpoint(tmp_path: Path) -> None:
    """It would be replaced by a file, also /dev/null."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="name of a file, and no device"):
        Checkpoint(str(pipe), [Wanted(run_of())])
    assert pipe.is_fifo()
    assert os.listdir(tmp_path) == ["pipe"]


def test_an_empty_file_is_told(file: str) -> None:
    Path(file).touch()
    with pytest.warns(UserWarning, match="was empty: the run begins anew"):
        Checkpoint(file, [Wanted(run_of())]).__exit__(None, None, None)
