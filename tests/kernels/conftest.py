"""Fixtures of the tests of kernels."""

from __future__ import annotations

from pathlib import Path

import pytest

from normstats.kernels import run, store


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own in this process, and nothing loaded yet."""
    folder = tmp_path / "kernels" / "digest"
    monkeypatch.setattr(store, "folder", lambda: folder)
    monkeypatch.setattr(run, "_loaded", {})
    monkeypatch.setattr(store, "_warned", False)
    return folder
