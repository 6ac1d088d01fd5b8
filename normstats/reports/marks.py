"""Text with marks: `code`, **strong**, *emphasis* and [links](target), written as in Markdown."""

from __future__ import annotations

import re

_SPECIAL = str.maketrans({character: "\\" + character for character in "\\`*_[]<>|~#"})
_MARKS = r"\\(.)|`([^`]*)`|\[((?:\\.|[^\]])*)\]\([^)]*\)|(<br>)|(\*+)((?:\\.|[^*])+)\5"


class Marked(str):
    """A text whose marks mean something; what comes from elsewhere has to be escaped in it."""

    __slots__ = ()


class Alarm(str):
    """A text that must not be overlooked: red where there are colours."""

    __slots__ = ()


def escaped(text: str) -> str:
    """Text in which no character is a mark."""
    return text.translate(_SPECIAL)


def marked(text: str) -> str:
    """Any text of a report as Markdown."""
    return text if isinstance(text, Marked) else escaped(text)


def plain(text: str) -> str:
    """Any text of a report without its marks."""
    return re.sub(_MARKS, _unmarked, text) if isinstance(text, Marked) else text


def _unmarked(mark: re.Match[str]) -> str:
    character, code, link, line, _, emphasis = mark.groups()
    if code is not None:
        return str(code.replace("\\|", "|"))
    return character or ("; " if line else plain(Marked(link or emphasis or "")))


def code(text: str) -> Marked:
    """What is typed, such as a layer's call."""
    return Marked("`" + text.replace("|", "\\|") + "`")


def strong(text: str) -> Marked:
    """What must not be overlooked."""
    return Marked(f"**{escaped(text)}**")


def link(text: str, target: str) -> Marked:
    """A text that leads to another page."""
    return Marked(f"[{escaped(text)}]({target})")
