"""Pictures that the pages show: each is made again by the command that stands beside it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from pathlib import Path

from normstats.cli.root import root
from tests.readme.named import commands, words_of
from tests.readme.pages import DOCS, PAGES

FOLDER = DOCS / "pictures"
_SHOWN = re.compile(r"!\[([^\]]*)\]\((?:docs/)?pictures/([\w.-]+)\)")
_VERSION = re.compile(rb"<dc:title>(Matplotlib v[^,]*),")


def shown() -> set[str]:
    """The names of all pictures on the pages."""
    return {name for page in PAGES for _, name in _SHOWN.findall(page.read_text())}


def words() -> dict[str, list[str]]:
    """Of each picture, the command that draws it, as it stands on a page."""
    found = {}
    for page in PAGES:
        for command in commands(page.read_text()):
            if " --plot " in command:
                split = words_of(command)
                found.setdefault(split[split.index("--plot") + 1], split[1:])
    return found


def made(name: str) -> bytes:
    """The picture as its command draws it today."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.suppress(SystemExit),
            ):
                root.main([*words()[name], "--threads", "2"])
            return Path(name).read_bytes()
        finally:
            os.chdir(before)


def drawn_by(picture: bytes) -> bytes:
    """The version of matplotlib: another one sets letters and lines in its own way."""
    match = _VERSION.search(picture)
    return match[1] if match else b""
