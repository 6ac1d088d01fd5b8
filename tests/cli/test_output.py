"""--output: a whole file or none, and the format that its suffix asks for."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from normstats.result import Result
from tests.cli.conftest import Engine, Invoke


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        (".json", '{\n  "schema": "normstats/1"'),
        (".csv", "layer,params,direction"),
        (".md", "| layer |"),
        (".tex", "% needs"),
        (".txt", "relu   y ="),
        ("", "relu   y ="),
        (".JSON", '{\n  "schema"'),
    ],
)
def test_suffix_chooses_the_format(suffix: str, start: str, invoke: Invoke, tmp_path: Path) -> None:
    target = tmp_path / f"r{suffix}"
    outcome = invoke("relu", "--output", str(target))
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    assert target.read_text("utf-8").startswith(start)
    assert list(tmp_path.iterdir()) == [target]


def test_format_beats_suffix(invoke: Invoke, tmp_path: Path) -> None:
    target = tmp_path / "r.csv"
    invoke("relu", "--output", str(target), "--format", "json")
    assert json.loads(target.read_text())["schema"] == "normstats/1"


def test_list_can_be_written(invoke: Invoke, tmp_path: Path) -> None:
    target = tmp_path / "layers.json"
    assert invoke("list", "--output", str(target)).exit_code == 0
    assert json.loads(target.read_text())["layers"]


def test_dash_is_stdout(invoke: Invoke) -> None:
    assert invoke("relu", "--output", "-").stdout.startswith("relu")


def test_an_old_file_is_replaced_and_keeps_its_mode(invoke: Invoke, tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    target.write_text("before")
    target.chmod(0o640)
    invoke("relu", "--output", str(target))
    assert json.loads(target.read_text())["results"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_obeys_the_umask(invoke: Invoke, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        invoke("relu", "--output", str(tmp_path / "r.json"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o640


def test_a_folder_is_no_file(invoke: Invoke, tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "new") + "/"):
        outcome = invoke("relu", "--output", name)
        assert outcome.exit_code == 2
        assert (
            outcome.stderr
            == f"normstats: --output {name}: is a folder; must be the name of a file\n"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "r.json", tmp_path / "link.json"
    link.symlink_to(target)
    invoke("relu", "--output", str(link))
    assert link.is_symlink()
    assert json.loads(target.read_text())["results"]


def test_a_pipe_or_device_is_written_to(invoke: Invoke) -> None:
    assert invoke("relu", "--output", os.devnull).exit_code == 0
    assert not Path(os.devnull).is_file()


def test_an_old_file_survives_a_failure(invoke: Invoke, engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    target.write_text("before")

    def fail(_: Result) -> Result:
        raise MemoryError

    engine.behave = fail
    assert invoke("relu", "--output", str(target)).exit_code == 2
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_that_fills_up_loses_nothing(
    invoke: Invoke, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "r.json"
    target.write_text("before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    outcome = invoke("relu", "--output", str(target))
    assert outcome.exit_code == 2
    assert "--output" in outcome.stderr
    assert "No space left" in outcome.stderr
    assert json.loads(outcome.stdout)["results"], "the report is shown instead"
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]
