"""A file that a command writes: checked before anything is sampled, written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from normstats.errors import UsageError
from normstats.files import atomic


class WholeFile:
    """A file by the option that names it. It is checked when it is made.

    ``inputs`` are the files, and the folders of files, that the command reads: none of them is
    written to.

    Raises UsageError for a file that cannot be written.
    """

    def __init__(self, option: str, name: str, inputs: Sequence[str | None] = ()) -> None:
        self.option, self.name = option, name
        try:
            self._check()
            self._spare(inputs)
        except OSError as error:
            raise self._refusal(error) from None

    def write(self, content: bytes) -> None:
        """All of it; UsageError if that turns out to be impossible."""
        try:
            self._write(content)
        except OSError as error:
            raise self._refusal(error) from None

    def is_same(self, name: str) -> bool:
        """Whether another name stands for this file, whether or not it is there yet."""
        if os.path.exists(name) and os.path.exists(self.name):
            return os.path.samefile(name, self.name)
        return os.path.realpath(name) == os.path.realpath(self.name)

    def _refused(self, allowed: str) -> UsageError:
        return UsageError(self.option, self.name or "''", allowed)

    def _refusal(self, error: OSError) -> UsageError:
        return self._refused(f"cannot be written: {error.strerror or error}")

    def _check(self) -> None:
        name = self.name
        if not name:
            raise self._refused("must be the name of a file")
        folder = os.path.dirname(os.path.realpath(name))
        if not os.path.isdir(folder):
            raise self._refused(f"the folder {folder} does not exist")
        try:
            mode = os.stat(name).st_mode
        except FileNotFoundError:
            mode = None
        if name.endswith(os.sep) or (mode is not None and stat.S_ISDIR(mode)):
            raise self._refused("is a folder; must be the name of a file")
        if mode is not None and not os.access(name, os.W_OK):
            raise self._refused("cannot be written: permission denied")
        if mode is None or stat.S_ISREG(mode):
            # Only a try tells: permissions do not show a full or read-only file system.
            temporary = atomic.beside(folder)
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            os.unlink(temporary)

    def _spare(self, inputs: Sequence[str | None]) -> None:
        """UsageError if the file is one of those that are read."""
        name = self.name
        if not os.path.isfile(name):
            return
        for one in inputs:
            folder = one is not None and os.path.isdir(one)
            read = os.path.join(one, os.path.basename(name)) if one and folder else one
            if read and os.path.isfile(read) and os.path.samefile(read, name):
                allowed = f"is read by this command ({one}); must be another file"
                raise self._refused(allowed)

    def _write(self, content: bytes) -> None:
        name = self.name
        if not _is_replaceable(name):  # /dev/stdout, a named pipe
            with open(name, "wb") as stream:
                stream.write(content)
            return
        atomic.write(name, content)


def _is_replaceable(name: str) -> bool:
    return not os.path.exists(name) or os.path.isfile(name)
