"""One process at a time on a file.

The lock is the system's (flock), on a file of its own beside the one that is locked, which is
replaced at each save. It ends with the process, however that ends: a lock file that is left behind
locks nothing.
"""

from __future__ import annotations

import contextlib
import os


class HeldError(Exception):
    """Another process holds the lock."""


class Lock:
    """Held from when it is made until ``release``; HeldError or OSError if that cannot be."""

    def __init__(self, name: str) -> None:
        self._name = f"{os.path.realpath(name)}.lock"
        self._number = self._acquired()

    def release(self) -> None:
        """Let others in, and leave no lock file."""
        number, self._number = self._number, -1
        if number >= 0:
            with contextlib.suppress(OSError):
                os.unlink(self._name)
            os.close(number)

    def _acquired(self) -> int:
        while True:
            number = os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _flock(number)
                if self._is_there(number):
                    return number
            except BlockingIOError:
                os.close(number)
                raise HeldError(self._name) from None
            except BaseException:
                os.close(number)
                raise
            os.close(number)  # who held it took the name away: nobody else would see this lock

    def _is_there(self, number: int) -> bool:
        """Whether the name still stands for the file that is locked."""
        try:
            return os.path.samestat(os.fstat(number), os.stat(self._name))
        except FileNotFoundError:
            return False


def _flock(number: int) -> None:
    """BlockingIOError if another process holds it. On a system without flock nobody is told."""
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
