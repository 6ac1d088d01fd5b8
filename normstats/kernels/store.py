"""Compiled kernels on disk: one small file each, in a folder that belongs to this exact code.

The folder's name is a digest of everything that decides the machine code: the sources of the
kernels, the versions of Python, numba and llvmlite, and the processor. An upgrade or an edit
therefore never meets an old file. Files appear by renaming, so that processes that start
together never see half of one; a damaged file is compiled anew; a folder that cannot be written
costs compile time and one warning.

What lies here is executed, so it is kept like a private key: folders are made for their owner
alone, and one that is another's, or that others can write, is neither read nor written (see
``private.py``). That costs compile time and one warning as well.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import time
import warnings
from functools import cache
from pathlib import Path

from normstats.kernels import private
from normstats.kernels.build import target

_MAGIC = b"normstats-kernel-1\n"
_UNUSED_DAYS = 60
# The folders that hold kernels.
_SOURCES = ("kernels", "sampling", "moments", "engine", "layer", "families")
_OWN = 3  # of the folder's parts: cache folder, kernels, digest

_warned = False


@cache
def folder() -> Path:
    """Where this version's kernels live; NORMSTATS_CACHE_DIR moves it."""
    import platformdirs

    root = os.environ.get("NORMSTATS_CACHE_DIR") or platformdirs.user_cache_dir("normstats")
    return Path(root) / "kernels" / _digest()


@cache
def sources_digest(rooms: tuple[str, ...] = _SOURCES) -> str:
    """Of the sources in these folders of the package: equal ones make equal numbers anywhere."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    sources = (path for name in rooms for path in (package / name).rglob("*.py"))
    for path in sorted(sources):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _digest() -> str:
    import importlib.metadata

    digest = hashlib.sha256(sources_digest().encode())
    versions = [importlib.metadata.version(name) for name in ("numba", "llvmlite")]
    for part in (platform.python_version(), platform.machine(), *versions, *target()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()[:24]


def _file(name: str) -> str:
    return f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.kernel"


def _checksum(body: bytes) -> bytes:
    """Against damage, not against people: who can write a kernel can write its checksum."""
    return hashlib.sha256(body).digest()


def read(name: str) -> tuple[str, bytes] | None:
    """Symbol and object code of a kernel, or None where there is no sound file."""
    try:
        with private.opened(folder(), _OWN) as place:
            content = place.read(_file(name))
    except private.NotPrivateError as error:
        _warn(f"compiled kernels are neither read nor kept: {error}")
        return None
    except OSError:
        return None
    head, rest = content[: len(_MAGIC)], content[len(_MAGIC) :]
    checksum, body = rest[:32], rest[32:]
    if head != _MAGIC or _checksum(body) != checksum:
        return None
    symbol, _, code = body.partition(b"\n")
    return symbol.decode(), code


def write(name: str, symbol: str, code: bytes) -> bool:
    """Keep a kernel; False, and one warning a process, where the folder cannot be written."""
    body = symbol.encode() + b"\n" + code
    try:
        with private.opened(folder(), _OWN, make=True) as place:
            if place.made:
                _prune(folder().parent)
            place.write(_file(name), _MAGIC + _checksum(body) + body)
    except private.NotPrivateError as error:
        _warn(f"compiled kernels are neither read nor kept: {error}")
        return False
    except OSError as error:
        _warn(f"compiled kernels cannot be kept in {folder()}: {error.strerror or error}")
        return False
    return True


def _warn(problem: str) -> None:
    global _warned
    if not _warned:
        _warned = True
        remedy = "Each run compiles again; NORMSTATS_CACHE_DIR can name a folder of your own"
        warnings.warn(f"{problem}. {remedy}.", RuntimeWarning, stacklevel=2)


def _prune(root: Path) -> None:
    """Remove the kernels of versions that nobody has run for two months, and nothing else."""
    limit = time.time() - _UNUSED_DAYS * 86400
    for other in root.iterdir():
        if not re.fullmatch("[0-9a-f]{24}", other.name) or other == folder():
            continue
        try:
            files = [] if other.is_symlink() else list(other.iterdir())
            ours = all(file.suffix in (".kernel", ".new") for file in files)
            used = [other.stat().st_mtime, *(file.stat().st_atime for file in files)]
            if ours and max(used) < limit:
                for file in files:
                    file.unlink()
                other.rmdir()
        except OSError:
            continue
