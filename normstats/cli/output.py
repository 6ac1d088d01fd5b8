"""Where a report goes: standard output, or a file that is there as a whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from normstats.cli.files import WholeFile
from normstats.errors import UsageError


class Output:
    """A file's name, or None for standard output. It is checked when it is made.

    ``inputs`` are the files, and the folders of files, that the command reads: none of them is
    written to.
    """

    def __init__(self, name: str | None, inputs: Sequence[str | None] = ()) -> None:
        given = name is not None and name != "-"
        self._file = WholeFile("--output", str(name), inputs) if given else None

    @property
    def name(self) -> str | None:
        """The file's name; None for standard output."""
        return None if self._file is None else self._file.name

    @property
    def is_coloured(self) -> bool:
        """Whether the report is shown where there are colours: on a terminal, or by FORCE_COLOR.

        NO_COLOR, which rich obeys, leaves bold and dim text.
        """
        if self.is_file or sys.stdout is None:
            return False
        able = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        return able or bool(os.environ.get("FORCE_COLOR"))

    @property
    def is_file(self) -> bool:
        """Whether the report goes to a file."""
        return self._file is not None

    def write(self, text: str) -> None:
        """The whole report. If the file cannot be written after all, it is not lost: see stdout."""
        if self._file is None:
            click.echo(text, nl=False, color=True if self.is_coloured else None)
            return
        try:
            self._file.write(text.encode("utf-8"))
        except UsageError:
            click.echo(text, nl=False)
            raise
