"""Kernels on disk: whatever happens to the folder, the numbers are right and nothing is raised."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest

import normstats
from normstats import registry
from normstats.engine.arrays import block_kernel
from normstats.engine.reflections import TRIANGLE
from normstats.kernels import build, private, run, store
from normstats.kernels.build import Kernel
from normstats.moments.accumulate import accumulate
from normstats.runs.call import Call
from normstats.runs.method import METHODS, Method
from normstats.runs.run import Run
from normstats.sampling.bits import start_streams
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


def child(code: str, folder: Path = ROOT, **environment: str | None) -> subprocess.Popen[str]:
    """A process in a folder, whose packages it finds first; None takes a variable away."""
    merged = {**os.environ, **{k: v for k, v in environment.items() if v is not None}}
    for name, value in environment.items():
        if value is None:
            merged.pop(name, None)
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env=merged,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process: subprocess.Popen[str], warning: str = "^$") -> list[str]:
    """What it printed; what it says on stderr, nothing by default, is a pattern."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert re.search(warning, err)
    return out.split()


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own in this process, and nothing loaded yet."""
    folder = tmp_path / "kernels" / "digest"
    monkeypatch.setattr(store, "folder", lambda: folder)
    monkeypatch.setattr(run, "_loaded", {})
    monkeypatch.setattr(store, "_warned", False)
    return folder


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


def works(kernel: Kernel) -> bool:
    a, out = np.arange(16.0), np.zeros(16)
    run.load(kernel)(a, out, 8)
    return out.tolist() == [0.0] * 5 + list(range(3, 11)) + [0.0] * 3


def count_compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of kernels that are compiled from now on."""
    names: list[str] = []
    compile_kernel = build.compile_kernel

    def counted(kernel: Kernel) -> tuple[str, bytes]:
        names.append(kernel.name)
        return compile_kernel(kernel)

    monkeypatch.setattr(build, "compile_kernel", counted)
    return names


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


def make_private(folder: Path) -> None:
    """The folder and those around it up to the cache folder, as the store itself makes them."""
    with private.opened(folder, 3, make=True):
        pass


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o777])
def test_folders_are_private_whatever_the_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, umask: int
) -> None:
    """Those that have to be made above the cache folder as well."""
    root = tmp_path / "outer" / "cache"
    folder = root / "kernels" / "digest"
    monkeypatch.setattr(store, "folder", lambda: folder)
    before = os.umask(umask)
    try:
        assert store.write("name", "symbol", b"code")
    finally:
        os.umask(before)
    made = [root.parent, root, folder.parent, folder]
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o700] * 4
    (file,) = folder.iterdir()
    assert not stat.S_IMODE(file.stat().st_mode) & 0o077
    assert store.read("name") == ("symbol", b"code") or umask == 0o777


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_folder_that_others_can_write_is_neither_read_nor_written(
    own_folder: Path, level: int, mode: int, recwarn: pytest.WarningsRecorder
) -> None:
    assert store.write("name", "symbol", b"code")
    open_to_all = [own_folder, *own_folder.parents][level]
    open_to_all.chmod(mode)
    before = sorted(own_folder.iterdir())
    assert store.read("name") is None
    assert not store.write("other", "symbol", b"code")
    (warning,) = recwarn
    remedy = f"others can write to {open_to_all} (chmod go-w makes it private)"
    assert remedy in str(warning.message)
    assert sorted(own_folder.iterdir()) == before
    open_to_all.chmod(0o755)  # that others can read is their business
    assert store.read("name") == ("symbol", b"code")
    assert store.write("other", "symbol", b"code")


def test_a_folder_of_another_user_is_neither_read_nor_written(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.write("name", "symbol", b"code")
    monkeypatch.setattr(private.os, "geteuid", lambda: os.getuid() + 1)
    with pytest.warns(RuntimeWarning, match="belongs to another user"):
        assert store.read("name") is None
    assert not store.write("other", "symbol", b"code")
    assert len(list(own_folder.iterdir())) == 1


def test_a_file_that_others_could_write_is_compiled_anew(own_folder: Path) -> None:
    assert store.write("name", "symbol", b"code")
    (file,) = own_folder.iterdir()
    file.chmod(0o666)
    assert store.read("name") is None
    assert store.write("name", "symbol", b"code")
    assert store.read("name") == ("symbol", b"code")


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_symbolic_link_is_what_it_leads_to(own_folder: Path, level: int) -> None:
    """Links to a folder of one's own are allowed; one to a folder of everybody's is not."""
    assert store.write("name", "symbol", b"code")
    link = [own_folder, *own_folder.parents][level]
    place = link.with_name("elsewhere")
    link.rename(place)
    link.symlink_to(place)
    try:
        assert store.read("name") == ("symbol", b"code")
        place.chmod(0o777)
        with pytest.warns(RuntimeWarning, match="others can write"):
            assert store.read("name") is None
    finally:
        link.unlink()
        place.rename(link)


def test_what_takes_the_folders_place_meanwhile_is_not_read(own_folder: Path) -> None:
    """The folder that was looked at is the one whose files are read and written."""
    assert store.write("name", "symbol", b"code")
    (file,) = own_folder.iterdir()
    with private.opened(own_folder, 3) as place:
        content = place.read(file.name)
        own_folder.rename(own_folder.with_name("moved"))
        own_folder.mkdir()
        (own_folder / file.name).write_bytes(b"from somebody else")
        assert place.read(file.name) == content
        place.write("new.kernel", b"")
    assert [path.name for path in own_folder.iterdir()] == [file.name]


@pytest.mark.parametrize("quiet", [True, False])
def test_the_command_says_once_that_nothing_can_be_kept(tmp_path: Path, quiet: bool) -> None:
    """One line for a run that compiles six kernels, and the numbers all the same."""
    (tmp_path / "file").write_text("in the way")
    code = (
        f"import sys; sys.argv = ['normstats', 'relu', '--samples=10', *{['--quiet'] * quiet}];"
        "from normstats.cli.main import main; main()"
    )
    process = child(code, NORMSTATS_CACHE_DIR=str(tmp_path / "file"))
    said = r"\Anormstats: warning: compiled kernels cannot be kept in .*\.\n\Z"
    assert "forward" in answer(process, "^$" if quiet else said)


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
    seen: set[types.FunctionType] = set()
    while kernels:
        kernel = kernels.pop()
        for function in (kernel.function, *kernel.bindings.values()):
            if isinstance(function, types.FunctionType):
                functions_in(function, seen)
        kernels += kernel.calls
    assert start_streams in seen
    assert accumulate in seen
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
