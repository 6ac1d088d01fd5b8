"""Machine code is kept for those alone whose code it is: same versions, same settings."""

from __future__ import annotations

import importlib.metadata
import platform
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from normstats.kernels import build, run, store
from tests.kernels.probes import MOVED
from tests.kernels.test_store import answer, child


def folder() -> Path:
    """Where kernels would be kept, looked up anew."""
    found: Path = store.folder.__wrapped__()
    return found


@pytest.mark.parametrize("package", ["numba", "llvmlite"])
def test_another_version_of_the_compiler_has_a_folder_of_its_own(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, version = folder(), importlib.metadata.version

    def newer(name: str) -> str:
        return "99.1.2" if name == package else version(name)

    monkeypatch.setattr(importlib.metadata, "version", newer)
    assert folder().parent == before.parent
    assert folder() != before
    monkeypatch.undo()
    assert folder() == before


def test_versions_that_are_exchanged_are_not_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each counts in its own place: (1, 11) is not (11, 1), nor (1, 1.1) what (1.1, 1) is."""
    seen = set()
    for numbers in (("1", "11"), ("11", "1"), ("1", "1.1"), ("1.1", "1")):
        versions = dict(zip(("numba", "llvmlite"), numbers, strict=True))
        monkeypatch.setattr(importlib.metadata, "version", versions.__getitem__)
        seen.add(folder())
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        (platform, "python_version", "3.99.1"),
        (platform, "machine", "pdp11"),
        (store, "target", ("another-cpu", build.target()[1])),
        (store, "target", (build.target()[0], "+another-feature")),
    ],
    ids=["python", "machine", "processor", "features"],
)
def test_another_python_or_processor_has_a_folder_of_its_own(
    where: Any, name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = folder()
    monkeypatch.setattr(where, name, lambda: value)
    assert folder() != before


OTHER = ("generic", "")


@pytest.mark.parametrize(
    ("settings", "shared"),
    [
        ({}, True),
        ({"CPU_NAME": build.target()[0], "CPU_FEATURES": build.target()[1]}, True),
        ({"CPU_NAME": OTHER[0], "CPU_FEATURES": OTHER[1]}, False),
        ({"CPU_NAME": build.target()[0], "CPU_FEATURES": ""}, False),
        ({"CPU_NAME": None, "CPU_FEATURES": build.target()[1] + ",-avx"}, False),
        ({"OPT": 0}, False),
        ({"OPT": 2}, False),
    ],
    ids=str,
)
def test_settings_of_a_program_that_has_numba_already(
    settings: dict[str, Any], shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its own: code that is made with them is only kept if they are what is wanted here."""
    for name, value in {"CPU_NAME": None, "CPU_FEATURES": None, "OPT": 3, **settings}.items():
        monkeypatch.setattr(numba.config, name, value)
    assert build.settle_numba() is shared


def test_code_that_is_not_shared_is_used_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kernels" / "digest"
    monkeypatch.setattr(store, "folder", lambda: kept)
    monkeypatch.setattr(run, "_loaded", {})
    for shared in (False, True):
        monkeypatch.setattr(build, "settle_numba", lambda shared=shared: shared)
        run._loaded.clear()
        out = np.zeros(16)
        run.load(MOVED)(np.arange(16.0), out, 8)
        assert out[5:13].tolist() == list(range(3, 11))
        assert kept.exists() == shared


_FOREIGN = """
{first}
from normstats.kernels import run, store
import normstats
y, dx = normstats.apply("hardshrink", [2.0, 0.25], [3.0, 3.0])
assert y.tolist() == [2.0, 0.0] and dx.tolist() == [3.0, 0.0]
print(len(list(store.folder().glob("*.kernel"))) if store.folder().exists() else 0)
"""


FOREIGN: tuple[tuple[str, dict[str, str], str], ...] = (
    ("import numba; numba.config.CPU_NAME, numba.config.CPU_FEATURES = 'generic', ''", {}, "0"),
    ("", {"NUMBA_OPT": "1"}, "0"),
    ("import numba", {}, "1"),
)


def test_foreign_settings_in_processes_of_their_own(tmp_path: Path) -> None:
    children = [
        child(
            _FOREIGN.format(first=first), NORMSTATS_CACHE_DIR=str(tmp_path / str(k)), **environment
        )
        for k, (first, environment, _) in enumerate(FOREIGN)
    ]
    assert [answer(process) for process in children] == [[kept] for *_, kept in FOREIGN]
