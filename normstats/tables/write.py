"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from normstats import interrupts
from normstats.errors import UsageError


def prepare(folder: Path) -> None:
    """Makes the folder if only its last part is missing, and tries whether it can be written.

    To be called before the long work. Raises UsageError if the files could not be written there.
    """
    try:
        folder.mkdir(exist_ok=True)
        probe = _temporary(folder)
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise UsageError("`output`", folder, f"cannot be written: {error.strerror}") from None


@interrupts.held()
def write(folder: Path, files: Mapping[str, str]) -> None:
    """Every file by its name: written beside its place, then moved there; Ctrl-C waits for all."""
    for name, content in files.items():
        temporary = _temporary(folder)
        try:
            with open(temporary, "x", encoding="utf-8", newline="\n") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, folder / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _temporary(folder: Path) -> Path:
    return folder / f".normstats-{secrets.token_hex(8)}.tmp"
