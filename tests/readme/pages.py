"""The pages, and the parts of a page: fenced blocks, words in code type, and prose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = (README, *sorted(DOCS.glob("*.md")))
# Pages that are not renewed here, but whose links are followed.
OTHERS = (ROOT / "CONTRIBUTING.md", ROOT / "tables" / "README.md")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"^ {4}(\S.*)$", re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and its text."""

    language: str
    text: str


def name(page: Path) -> str:
    """``docs/ci.md``: how a page is called in messages."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(language, body) for language, body in _FENCE.findall(text)]


def without_blocks(text: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", text)


def indented(text: str) -> list[str]:
    """The lines of code that stand indented by four columns."""
    return _INDENTED.findall(without_blocks(text))


def spans(text: str) -> list[str]:
    """What is set in code type within sentences, on one line each."""
    return [" ".join(span.split()) for span in _SPAN.findall(without_blocks(text))]


def prose(text: str) -> str:
    """What is left without any code; `` where a span of it was."""
    lines = [line for line in without_blocks(text).splitlines() if not line.startswith("    ")]
    return _SPAN.sub("``", "\n".join(lines))
