"""time, checkpoint and dask of ``normstats.measure``: they change no number."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import click.testing
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import normstats
from normstats.cli.root import root
from normstats.files import atomic
from normstats.kernels import run as kernels
from normstats.result import Result
from normstats.runs.duration import LONGEST_S, parse_seconds, parse_time

CALLS = st.sampled_from(
    [("relu", {}), ("dropout(p=0.3)", {"method": "antithetic"}), ("max_pool2d", {"x_std": 2.0})]
)


def bits(result: Result) -> Result:
    """All that does not differ from run to run."""
    return replace(result, elapsed_s=0.0, threads=0)


@settings(max_examples=8, deadline=None)
@given(CALLS, st.integers(1, 600_000), st.integers(0, 600_000), st.integers(0, 3))
def test_a_checkpoint_changes_no_bit_and_goes_on(
    call: tuple[str, dict[str, Any]], first: int, more: int, seed: int
) -> None:
    layer, options = call
    first, last = 2 * first, 2 * (first + more)

    def measured(samples: int, **terms: Any) -> Result:
        return normstats.measure(layer, samples=samples, seed=seed, threads=2, **options, **terms)

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kept.json"
        assert bits(measured(first, checkpoint=file)) == bits(measured(first))
        assert bits(measured(last, checkpoint=str(file))) == bits(measured(last))
        assert os.listdir(folder) == ["kept.json"]


def test_it_does_not_sample_again_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept.json"
    whole = normstats.measure("relu", samples=3e6, checkpoint=file)
    # What samples anything needs its kernels first.
    monkeypatch.setattr(kernels, "prepare", None)
    assert bits(normstats.measure("relu", samples=3e6, checkpoint=file)) == bits(whole)
    with pytest.raises(TypeError):
        normstats.measure("relu", samples=4e6, checkpoint=file)


def test_the_file_is_that_of_the_command(tmp_path: Path) -> None:
    file = str(tmp_path / "kept.json")
    words = ["relu", "-n", "1e6", "--checkpoint", file, "--get", "forward.std"]
    assert click.testing.CliRunner().invoke(root, words).exit_code == 0
    on = normstats.measure("relu", samples=3e6, checkpoint=file)
    assert bits(on) == bits(normstats.measure("relu", samples=3e6))


def test_the_time_ends_it() -> None:
    timed = normstats.measure("relu", time=0.2)
    assert (timed.ended, timed.interrupted) == ("time", False)
    assert "ended by time" in timed.notes
    straight = normstats.measure("relu", samples=timed.samples)
    assert straight.ended == "samples"
    assert straight.statistics == timed.statistics


@pytest.mark.parametrize(
    ("more", "ended"),
    [
        ({"samples": 1000}, "samples"),
        ({"target_se": 0.01}, "target"),
        ({"method": "rqmc", "samples": 1000}, "samples"),
        # As many as usual: the points of rqmc have to be known before.
        ({"method": "rqmc"}, "samples"),
    ],
)
def test_what_is_reached_first_ends_it(more: dict[str, Any], ended: str) -> None:
    assert normstats.measure("relu", time="1h", **more).ended == ended


def test_after_ctrl_c_it_goes_on(tmp_path: Path) -> None:
    class Press:
        def compiling(self, layer: str) -> None: ...

        def progress(self, progress: normstats.Progress) -> None:
            if progress.samples_done:
                raise KeyboardInterrupt

    file = tmp_path / "kept.json"
    with pytest.raises(normstats.Interrupted) as stopped:
        normstats.measure("relu", samples=2e8, checkpoint=file, observer=Press())
    assert stopped.value.result is not None
    done = stopped.value.result.samples
    assert 0 < done < 2e8
    with pytest.raises(normstats.UsageError, match="samples already, more than the 100 "):
        normstats.measure("relu", samples=100, checkpoint=file)
    on = normstats.measure("relu", samples=done, checkpoint=file)
    assert bits(on) == bits(normstats.measure("relu", samples=done))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("time", 0, "must be seconds above 0, or text such as 30s"),
        ("time", -1.5, "must be seconds above 0"),
        ("time", float("nan"), "must be seconds above 0"),
        ("time", True, "must be seconds above 0"),
        ("time", [3], "must be seconds above 0"),
        ("time", 1e9, "must be seconds above 0"),
        ("time", "3", "must be such as 30s"),
        ("checkpoint", "", "must be the name of a file"),
        ("checkpoint", 3, "must be text, or the path of a file"),
        ("checkpoint", b"kept", "must be text, or the path of a file"),
        ("checkpoint", "no/such/file", "cannot be written"),
        ("dask", 8786, "must be text, or the path of a file"),
    ],
    ids=str,
)
def test_what_is_not_allowed(
    name: str, value: Any, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(normstats.UsageError) as caught:
        normstats.measure("relu", samples=10, **{name: value})
    assert caught.value.name == name
    assert caught.value.allowed.startswith(said)


def test_no_file_is_made_for_a_run_that_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    with pytest.raises(normstats.UsageError):
        normstats.measure("linear", in_features=10**6, out_features=10**6, checkpoint=file)
    assert os.listdir(tmp_path) == []


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    normstats.measure("relu", samples=10, checkpoint=file)
    with pytest.raises(normstats.UsageError, match=r"seed 0, here 1; use another file"):
        normstats.measure("relu", samples=10, seed=1, checkpoint=file)


def test_a_disk_that_is_full_in_the_end_costs_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not the result."""

    def write(name: str, text: str, real: Any = atomic.write) -> None:
        if '"units"' in text:
            raise OSError(28, "No space left on device")
        real(name, text)

    monkeypatch.setattr(atomic, "write", write)
    with pytest.warns(UserWarning, match="No space left") as said:
        found = normstats.measure("relu", samples=10, checkpoint=tmp_path / "kept.json")
    assert any("checkpoint" in str(one.message) for one in said)
    assert found.samples == 10


@given(st.floats(1e-6, LONGEST_S) | st.integers(1, 10**8))
def test_seconds(seconds: float) -> None:
    assert parse_seconds(seconds) == seconds
    assert parse_seconds("1h30m") == parse_time("1h30m") == 5400.0
