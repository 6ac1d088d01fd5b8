"""Compiled kernels on disk: one small file each, in a folder that belongs to this exact code.

The folder's name is a digest of everything that decides the machine code: the sources of the
kernels, the versions of Python, numba and llvmlite, and the processor. An upgrade or an edit
therefore never meets an old file. Files appear by renaming, so that processes that start
together never see half of one; a damaged file is compiled anew; a folder that cannot be written
costs compile time and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import tempfile
import time
from functools import cache
from pathlib import Path

from normstats.kernels.build import target

_MAGIC = b"normstats-kernel-1\n"
_UNUSED_DAYS = 60
_SOURCES = (
    "kernels",
    "sampling",
    "moments",
    "engine",
    "layers",
    "families",
)  # the folders that hold kernels


@cache
def folder() -> Path:
    """Where this version's kernels live; NORMSTATS_CACHE_DIR moves it."""
    import platformdirs

    root = os.environ.get("NORMSTATS_CACHE_DIR") or platformdirs.user_cache_dir("normstats")
    return Path(root) / "kernels" / _digest()


def _digest() -> str:
    import importlib.metadata

    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    sources = (path for name in _SOURCES for path in (package / name).rglob("*.py"))
    for path in sorted(sources):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes() + b"\0")
    versions = [importlib.metadata.version(name) for name in ("numba", "llvmlite")]
    for part in (platform.python_version(), platform.machine(), *versions, *target()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()[:24]


def _path(name: str) -> Path:
    return folder() / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.kernel"


def read(name: str) -> tuple[str, bytes] | None:
    """Symbol and object code of a kernel, or None where there is no sound file."""
    try:
        content = _path(name).read_bytes()
    except OSError:
        return None
    head, rest = content[: len(_MAGIC)], content[len(_MAGIC) :]
    checksum, body = rest[:32], rest[32:]
    if head != _MAGIC or hashlib.sha256(body).digest() != checksum:
        return None
    symbol, _, code = body.partition(b"\n")
    return symbol.decode(), code


def write(name: str, symbol: str, code: bytes) -> bool:
    """Keep a kernel; False where the folder cannot be written."""
    body = symbol.encode() + b"\n" + code
    path = _path(name)
    temporary = ""
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _prune(path.parent.parent)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + hashlib.sha256(body).digest() + body)
        os.replace(temporary, path)
    except OSError:
        if temporary:
            try:
                os.unlink(temporary)
            except OSError:
                return False
        return False
    return True


def _prune(root: Path) -> None:
    """Remove the kernels of versions that nobody has run for two months, and nothing else."""
    limit = time.time() - _UNUSED_DAYS * 86400
    for other in root.iterdir():
        if not re.fullmatch("[0-9a-f]{24}", other.name) or other == folder():
            continue
        try:
            files = list(other.iterdir())
            ours = all(file.suffix in (".kernel", ".new") for file in files)
            used = [other.stat().st_mtime, *(file.stat().st_atime for file in files)]
            if ours and max(used) < limit:
                for file in files:
                    file.unlink()
                other.rmdir()
        except OSError:
            continue
