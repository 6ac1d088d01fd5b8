"""Files of a folder, written when all the work is done."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from normstats import interrupts
from normstats.errors import UsageError
from normstats.files import atomic


def prepare(folder: Path) -> None:
    """Makes the folder if only its last part is missing, and tries whether it can be written.

    To be called before the long work. Raises UsageError if the files could not be written there.
    """
    try:
        folder.mkdir(exist_ok=True)
        probe = Path(atomic.beside(os.fspath(folder)))
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise UsageError("`output`", folder, f"cannot be written: {error.strerror}") from None


@interrupts.held()
def write(folder: Path, files: Mapping[str, str]) -> None:
    """Every file by its name, each as a whole or not at all; Ctrl-C waits for all."""
    for name, content in files.items():
        atomic.write(os.fspath(folder / name), content)
