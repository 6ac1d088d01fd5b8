"""A file that is there as a whole or not at all, also after a power failure."""

from __future__ import annotations

import contextlib
import errno
import os
import stat


def write(name: str, content: str | bytes) -> None:
    """Put a text into a file in one step; OSError if that fails, and nothing has changed then.

    A link is followed, and the permissions of a file that was there stay. What is no file, such as
    /dev/null, is not replaced by one.
    """
    target = os.path.realpath(name)
    if os.path.exists(target) and not os.path.isfile(target):
        raise OSError(errno.EINVAL, "is a folder or a device", name)
    temporary = beside(os.path.dirname(target))
    try:
        with open(temporary, "xb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        if os.path.exists(target):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _settle(os.path.dirname(target))


def beside(folder: str) -> str:
    """A new name in the folder of a file, to be renamed."""
    return os.path.join(folder, f".normstats-{os.urandom(8).hex()}.tmp")


def _settle(folder: str) -> None:
    """Bring the new name to the disk, where a system can do that."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
