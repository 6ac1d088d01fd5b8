"""Files that are there as a whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from normstats.files import atomic


def test_the_whole_file_or_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.json"
    atomic.write(str(file), "old")

    def fails(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="no"):
        atomic.write(str(file), b"new")
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_pipe_or_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for name in (pipe, tmp_path):
        with pytest.raises(OSError, match="folder or a device"):
            atomic.write(str(name), "text")
    assert pipe.is_fifo()
