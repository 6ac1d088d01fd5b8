"""Where a report goes: standard output, or a file that is there as a whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence

import click

from normstats.errors import UsageError
from normstats.files import atomic


class Output:
    """A file's name, or None for standard output. It is checked when it is made.

    ``inputs`` are the files, and the folders of files, that the command reads: none of them is
    written to.
    """

    def __init__(self, name: str | None, inputs: Sequence[str | None] = ()) -> None:
        self._name = None if name == "-" else name
        if self._name is not None:
            try:
                self._check(self._name)
                self._spare(self._name, inputs)
            except OSError as error:
                raise _refusal(self._name, error) from None

    @property
    def is_coloured(self) -> bool:
        """Whether the report is shown where there are colours: on a terminal, or by FORCE_COLOR.

        NO_COLOR, which rich obeys, leaves bold and dim text.
        """
        if self._name is not None or sys.stdout is None:
            return False
        able = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        return able or bool(os.environ.get("FORCE_COLOR"))

    @property
    def is_file(self) -> bool:
        """Whether the report goes to a file."""
        return self._name is not None

    def write(self, text: str) -> None:
        """The whole report. If the file cannot be written after all, it is not lost: see stdout."""
        if self._name is None:
            click.echo(text, nl=False, color=True if self.is_coloured else None)
            return
        try:
            self._write(self._name, text)
        except OSError as error:
            click.echo(text, nl=False)
            raise _refusal(self._name, error) from None

    def _check(self, name: str) -> None:
        if not name:
            raise UsageError("--output", "''", "must be the name of a file")
        folder = os.path.dirname(os.path.realpath(name))
        if not os.path.isdir(folder):
            raise UsageError("--output", name, f"the folder {folder} does not exist")
        try:
            mode = os.stat(name).st_mode
        except FileNotFoundError:
            mode = None
        if name.endswith(os.sep) or (mode is not None and stat.S_ISDIR(mode)):
            raise UsageError("--output", name, "is a folder; must be the name of a file")
        if mode is not None and not os.access(name, os.W_OK):
            raise UsageError("--output", name, "cannot be written: permission denied")
        if mode is None or stat.S_ISREG(mode):
            # Only a try tells: permissions do not show a full or read-only file system.
            temporary = atomic.beside(folder)
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            os.unlink(temporary)

    def _spare(self, name: str, inputs: Sequence[str | None]) -> None:
        """UsageError if the file is one of those that are read."""
        if not os.path.isfile(name):
            return
        for one in inputs:
            folder = one is not None and os.path.isdir(one)
            read = os.path.join(one, os.path.basename(name)) if one and folder else one
            if read and os.path.isfile(read) and os.path.samefile(read, name):
                allowed = f"is read by this command ({one}); must be another file"
                raise UsageError("--output", name, allowed)

    def _write(self, name: str, text: str) -> None:
        if not _is_replaceable(name):  # /dev/stdout, a named pipe
            with open(name, "w", encoding="utf-8") as stream:
                stream.write(text)
            return
        atomic.write(name, text)


def _is_replaceable(name: str) -> bool:
    return not os.path.exists(name) or os.path.isfile(name)


def _refusal(name: str, error: OSError) -> UsageError:
    return UsageError("--output", name, f"cannot be written: {error.strerror or error}")
