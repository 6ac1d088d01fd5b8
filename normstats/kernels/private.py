"""Folders that their owner alone can change, as those of private keys.

A folder is looked at while it is open, and its files are reached through what is open, so that
nothing can take its place in between. A symbolic link is followed: what counts is the folder that
it leads to. Where users have no numbers (Windows) folders are taken as they are.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_MODE = 0o700
_CHECKED = hasattr(os, "geteuid")


class NotPrivateError(OSError):
    """A folder that is another user's, or that others can write; says which, and the remedy."""


class Folder:
    """An open folder; ``made`` if it was not there before."""

    def __init__(self, path: Path, made: bool, handle: int | None) -> None:
        self.path = path
        self.made = made
        self._handle = handle

    def read(self, name: str) -> bytes:
        """A file's content; OSError if it is not there, or if others could have written it."""
        with open(os.open(self._at(name), os.O_RDONLY, dir_fd=self._handle), "rb") as file:
            problem = _problem(self.path / name, file.fileno())
            if problem:
                raise PermissionError(problem)
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        """A file, there as a whole or not at all."""
        temporary, handle = self._at(f"{os.urandom(8).hex()}.new"), self._handle
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            with open(os.open(temporary, flags, 0o600, dir_fd=handle), "wb") as file:
                file.write(content)
            os.replace(temporary, self._at(name), src_dir_fd=handle, dst_dir_fd=handle)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=handle)
            raise

    def _at(self, name: str) -> str:
        return name if self._handle is not None else str(self.path / name)


@contextlib.contextmanager
def opened(path: Path, own: int, make: bool = False) -> Iterator[Folder]:
    """A folder, whose path's last ``own`` parts are to be private; they are made if need be.

    Raises NotPrivateError, and OSError if the folder cannot be opened or made.
    """
    chain = [path, *path.parents]
    if make:
        for outer in reversed(chain[own:]):
            _made(outer)
    handle: int | None = None
    made = False
    try:
        for part in reversed(chain[:own]):
            name = str(part) if handle is None else part.name
            made = make and _made(name, handle)
            if _CHECKED:
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=handle)
                if handle is not None:
                    os.close(handle)
                handle = inner
                problem = _problem(part, handle)
                if problem:
                    raise NotPrivateError(problem)
        yield Folder(path, made, handle)
    finally:
        if handle is not None:
            os.close(handle)


def _made(path: Path | str, handle: int | None = None) -> bool:
    """Make a folder for its owner alone, whatever the umask; False if it was there."""
    if handle is None and os.path.isdir(path):  # a read-only system would refuse even to try
        return False
    try:
        os.mkdir(path, _MODE, dir_fd=handle)
    except FileExistsError:
        return False
    os.chmod(path, _MODE, dir_fd=handle)
    return True


def _problem(path: Path, handle: int) -> str:
    """Why others could change what is open; empty if they cannot."""
    if not _CHECKED:
        return ""
    status = os.fstat(handle)
    if status.st_uid != os.geteuid():
        return f"{path} belongs to another user"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others can write to {path} (chmod go-w makes it private)"
    return ""
