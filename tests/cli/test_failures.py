"""What fails is named for what it is: stdout, a file, or a library that cannot be loaded."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from normstats.cli.ending import ending


def raising(error: Exception) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


LIBRARY = "libllvmlite.so: failed to map segment from shared object"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(LIBRARY), f"cannot load a library (is there too little memory?): {LIBRARY}"),
        (
            ImportError(LIBRARY, path="/x/_core.so"),
            f"cannot load a library (is there too little memory?): {LIBRARY}",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "cannot write to standard output: No space left on device",
        ),
        (OSError(errno.EIO, "I/O error", "/some/file"), "/some/file: I/O error"),
    ],
)
def test_one_line_and_exit_2(
    error: Exception, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    import os

    kept = os.dup(1)
    try:
        assert ending(raising(error)) == 2
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    assert capfd.readouterr().err == f"normstats: {said}\n"


@pytest.mark.parametrize(
    "error",
    [
        ImportError("cannot import name 'x'", path="/x/module.py"),
        ModuleNotFoundError("No module named 'y'", name="y"),
    ],
)
def test_a_mistake_of_the_program_is_not_hidden(error: Exception) -> None:
    with pytest.raises(ImportError):
        ending(raising(error))
