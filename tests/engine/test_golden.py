"""Bits that the stream version stands for."""

from __future__ import annotations

import json

import pytest

from normstats.sampling.streams import STREAM_VERSION
from tests.engine import golden
from tests.engine.jobs import bits

CONTENT = json.loads(golden.FILE.read_text())


def test_file_belongs_to_this_stream_version_and_these_runs() -> None:
    assert CONTENT["stream"] == STREAM_VERSION, (
        f"STREAM_VERSION was changed: run '{golden.COMMAND}' and commit {golden.FILE.name}"
    )
    names = [f"{layer} x {samples}" for layer, samples in golden.RUNS]
    assert list(CONTENT["sums"]) == names, f"runs were changed: run '{golden.COMMAND}'"


@pytest.mark.parametrize(("layer", "samples"), golden.RUNS, ids=[name for name, _ in golden.RUNS])
def test_bits_have_not_changed(layer: str, samples: int) -> None:
    if CONTENT["stream"] != STREAM_VERSION:
        pytest.skip("the golden sums are of another stream version")
    assert bits(layer, samples) == CONTENT["sums"].get(f"{layer} x {samples}"), (
        f"the same seed gives other numbers than before. If that is meant, raise STREAM_VERSION in"
        f" normstats/sampling/streams.py and run '{golden.COMMAND}' (as long as no release has this"
        f" version: '{golden.COMMAND} --same-version')"
    )


def test_the_tool_refuses_changed_bits_of_the_same_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    file = tmp_path / "golden.json"  # type: ignore[operator]
    file.write_text(json.dumps({"stream": STREAM_VERSION, "sums": {"a": ["0x1p0"]}}))
    monkeypatch.setattr(golden, "FILE", file)
    monkeypatch.setattr(golden, "measure", lambda: {"a": ["0x1p1"]})
    before = file.read_text()
    assert golden.main([]) == 1
    assert file.read_text() == before
    assert "STREAM_VERSION" in capsys.readouterr().out
    assert golden.main(["--same-version"]) == 0
    assert json.loads(file.read_text())["sums"] == {"a": ["0x1p1"]}
    monkeypatch.setattr(golden, "STREAM_VERSION", STREAM_VERSION + 1)
    monkeypatch.setattr(golden, "measure", lambda: {"a": ["0x1p2"]})
    assert golden.main([]) == 0
    assert json.loads(file.read_text())["stream"] == STREAM_VERSION + 1
