"""Kernels on disk: whatever happens to the folder, the numbers are right and nothing is raised."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
import types
from pathlib import Path

import pytest

import normstats
from normstats import registry
from normstats.engine.arrays import block_kernel
from normstats.engine.reflections import TRIANGLE
from normstats.kernels import build, private, run, store
from normstats.kernels.build import Kernel
from normstats.kernels.signals import spread_of
from normstats.moments.accumulate import accumulate
from normstats.networks.propagate import Network
from normstats.networks.run import ChainRun
from normstats.networks.written import chain_of
from normstats.runs.call import Call
from normstats.runs.method import METHODS, Method
from normstats.runs.run import Run
from normstats.sampling.bits import start_streams
from tests.kernels.cache import answer, child, count_compilations, make_private, works
from tests.kernels.probes import MOVED

ROOT = Path(__file__).parent.parent.parent

# Compiles one small kernel, or finds it; says where, and whether it was found.
_APPLY = """
from normstats.kernels import run, store
from normstats import registry
import normstats
layer = registry.get("hardshrink")
params = layer.parse({})
ready = run.is_ready(layer.kernel_for(params))
y, dx = normstats.apply("hardshrink", [2.0, 0.25], [3.0, 3.0])
assert y.tolist() == [2.0, 0.0] and dx.tolist() == [3.0, 0.0]
print(store.folder(), ready, sep="\\n")
"""
_FOLDER = "from normstats.kernels import store; print(store.folder())"


@pytest.mark.parametrize("own", [True, False])
def test_numba_does_without_scipys_blas_in_our_own_process_only(own: bool, tmp_path: Path) -> None:
    code = (
        "import sys; from normstats.kernels import build, run;"
        "from normstats import registry;"
        f"build.own_process = {own};"
        "run.load(registry.get('hardshrink').kernel_for({'lambd': 0.5}));"
        "print('scipy.linalg' in sys.modules);"
        "from numba.np import arraymath; print(arraymath._HAVE_BLAS);"
        "import scipy.linalg; print(scipy.linalg.det([[2.0]]))"
    )
    had = str(not own)
    assert answer(child(code, NORMSTATS_CACHE_DIR=str(tmp_path))) == [had, had, "2.0"]


def test_a_stored_kernel_is_not_compiled_again(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = count_compilations(monkeypatch)
    assert not run.is_ready(MOVED)
    assert works(MOVED)
    assert run.is_ready(MOVED)
    monkeypatch.setattr(run, "_loaded", {})
    assert run.is_ready(MOVED)
    assert works(MOVED)
    assert compiled == [MOVED.name]
    assert [path.suffix for path in own_folder.iterdir()] == [".kernel"]  # no temporary files


def test_compiling_is_announced_only_when_something_is(own_folder: Path) -> None:
    told: list[int] = []
    run.prepare([MOVED], lambda: told.append(1))
    run.prepare([MOVED], lambda: told.append(2))
    assert told == [1]


@pytest.mark.filterwarnings("ignore:compiled kernels cannot be kept")  # on a folder of that name
@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text", "folder"])
def test_a_damaged_file_is_compiled_anew(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    compiled = count_compilations(monkeypatch)
    assert works(MOVED)
    (file,) = own_folder.iterdir()
    content = file.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    new = {"cut": content[:-7], "flip": flipped, "empty": b"", "text": b"not a kernel\n" * 99}
    file.unlink()
    if damage == "folder":
        file.mkdir()
    else:
        file.write_bytes(new[damage])
    monkeypatch.setattr(run, "_loaded", {})
    assert not run.is_ready(MOVED)
    assert works(MOVED)
    assert compiled == [MOVED.name] * 2
    if damage != "folder":
        assert file.read_bytes()[:-1] == content[:-1] or store.read(MOVED.name) is not None


def test_a_folder_that_cannot_be_made_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    monkeypatch.setattr(store, "folder", lambda: file / "kernels" / "digest")
    monkeypatch.setattr(run, "_loaded", {})
    monkeypatch.setattr(store, "_warned", False)
    assert works(MOVED)
    assert not store.write("name", "symbol", b"code")
    assert store.read("name") is None
    (warning,) = recwarn  # one a process, whatever happens
    assert re.fullmatch(
        r"compiled kernels cannot be kept in .*digest: Not a directory\. Each run compiles again; "
        r"NORMSTATS_CACHE_DIR can name a folder of your own\.",
        str(warning.message),
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="NOT TESTED: root may write to read-only folders")
def test_a_read_only_folder_costs_time_only(own_folder: Path) -> None:
    make_private(own_folder)
    own_folder.chmod(0o500)
    try:
        with pytest.warns(RuntimeWarning, match="cannot be kept in .*: Permission denied"):
            assert works(MOVED)
        assert not list(own_folder.iterdir())
    finally:
        own_folder.chmod(0o700)


def test_a_full_disk_leaves_no_half_file(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: object, **_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private.os, "replace", full)
    with pytest.warns(RuntimeWarning, match="No space left"):
        assert works(MOVED)
    assert not list(own_folder.iterdir())


def test_folders_that_nobody_uses_go(own_folder: Path) -> None:
    old, recent, strange = (own_folder.parent / name for name in ("0" * 24, "1" * 24, "mine"))
    foreign = own_folder.parent / ("2" * 24)
    past = time.time() - 70 * 86400
    for folder in (old, recent, strange, foreign):
        make_private(folder)
        (folder / "a.kernel").write_bytes(b"")
    (foreign / "letter.txt").write_bytes(b"")
    for folder in (old, strange, foreign):
        for path in (*folder.iterdir(), folder):
            os.utime(path, (past, past))
    assert works(MOVED)
    left = {path.name for path in own_folder.parent.iterdir()}
    assert left == {recent.name, strange.name, foreign.name, own_folder.name}


def test_without_a_home_it_works_and_two_at_once_do_as_well(tmp_path: Path) -> None:
    """HOME leads nowhere for one; two others start together on an empty folder; then a fourth."""
    nowhere = child(
        _APPLY, HOME="/dev/null", XDG_CACHE_HOME="/dev/null/cache", NORMSTATS_CACHE_DIR=None
    )
    empty = str(tmp_path / "new" / "folder")
    together = [child(_APPLY, NORMSTATS_CACHE_DIR=empty) for _ in range(2)]
    folder, ready = answer(nowhere, "RuntimeWarning: compiled kernels cannot be kept in /dev/null")
    assert folder.startswith("/dev/null")
    assert ready == "False"
    folders = [answer(process)[0] for process in together]
    assert folders[0] == folders[1]
    assert folders[0].startswith(empty)
    assert [path.suffix for path in Path(folders[0]).iterdir()] == [".kernel"]
    assert answer(child(_APPLY, NORMSTATS_CACHE_DIR=empty)) == [folders[0], "True"]


def test_the_users_cache_folder_is_a_proper_one(tmp_path: Path) -> None:
    where = {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "NORMSTATS_CACHE_DIR": None}
    (folder,) = answer(child(_FOLDER, **where))
    assert str(tmp_path) in folder
    assert "normstats" in folder
    assert not Path(folder).exists()  # looking does not make it


def copy_of_the_package(tmp_path: Path) -> Path:
    source = Path(normstats.__file__).parent
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, tmp_path / "normstats", ignore=ignored)
    return tmp_path / "normstats"


def test_an_edit_of_a_source_is_noticed(tmp_path: Path) -> None:
    """As is another processor, but not an edit of what makes no kernels."""
    package = copy_of_the_package(tmp_path)
    before = child(_FOLDER, tmp_path)
    other = child(_FOLDER, tmp_path, NORMSTATS_TARGET="x86-64")
    folders = [answer(before), answer(other)]
    for edited in ("sampling/fill.py", "moments/accumulate.py"):
        file = package / edited
        file.write_text(file.read_text() + "\n# edited\n")
        folders.append(answer(child(_FOLDER, tmp_path)))
    assert len({folder for (folder,) in folders}) == 4
    (package / "cli" / "main.py").write_text("")
    assert answer(child(_FOLDER, tmp_path)) == folders[-1]


def functions_in(function: types.FunctionType, seen: set[types.FunctionType]) -> None:
    """All functions that a kernel's function names, to any depth."""
    if function in seen:
        return
    seen.add(function)
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, types.FunctionType):
            functions_in(value, seen)


def test_every_source_of_a_kernel_counts() -> None:
    """The folders whose files make the digest are all that kernels come from."""
    kernels = [block_kernel(Method(name, flag)) for name in METHODS for flag in (False, True)]
    for layer in registry.all_layers().values():
        kernels += layer.job(Run(Call.of(layer.name, layer.parse({})), 1000)).kernels
    chain = chain_of("linear(8), relu, residual(conv1d(4, 1), batch_norm)", size="4x8")
    kernels += Network(ChainRun(chain, 1)).kernels
    seen: set[types.FunctionType] = set()
    while kernels:
        kernel = kernels.pop()
        for function in (kernel.function, *kernel.bindings.values()):
            if isinstance(function, types.FunctionType):
                functions_in(function, seen)
        kernels += kernel.calls
    assert start_streams in seen
    assert accumulate in seen
    assert spread_of in seen
    folders = {function.__module__.split(".")[1] for function in seen}
    assert folders <= set(store._SOURCES)


def test_importing_layers_and_warm_runs_need_no_compiler() -> None:
    """numba is imported to compile, and for nothing else."""
    run.load(registry.get("relu").kernel_for({}))  # type: ignore[attr-defined]
    code = (
        "import sys, normstats; normstats.apply('relu', [1.0], [1.0]);"
        "print('numba' in sys.modules, 'scipy' in sys.modules)"
    )
    assert answer(child(code)) == ["False", "False"]


def test_ctrl_c_waits_for_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be lost in a callback of LLVM's, and the code with it."""
    original = build.compile_kernel

    def interrupted(kernel: Kernel) -> tuple[str, bytes]:
        signal.raise_signal(signal.SIGINT)
        return original(kernel)

    monkeypatch.setattr(build, "compile_kernel", interrupted)
    monkeypatch.setattr(store, "read", lambda name: None)
    monkeypatch.setattr(store, "write", lambda *entry: None)
    monkeypatch.setattr(run, "_loaded", {})
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run.load(TRIANGLE)
    assert signal.getsignal(signal.SIGINT) is handler
    monkeypatch.setattr(build, "compile_kernel", lambda kernel: pytest.fail("compiled again"))
    run.load(TRIANGLE)
