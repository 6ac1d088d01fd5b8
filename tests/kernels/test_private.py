"""The folder of compiled code is the user's alone: its modes, owners and links."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from normstats.kernels import private, store
from tests.kernels.cache import answer, child


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
