"""Commands, options and make targets that a page names without showing what they print."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from functools import cache

import click

from normstats.cli.root import root
from tests.readme.pages import ROOT, blocks, indented, spans

# A line of a block that is a command: after a prompt, in a workflow, or by itself.
_COMMAND = re.compile(r"^\s*(?:\$ |- run: )?((?:normstats|make)(?: .*)?)$", re.MULTILINE)
_PLACEHOLDERS = {"LAYER": "relu", "FILE": "constants.toml"}
_OPTION = re.compile(r"--[\w-]+")
_CHOICES = re.compile(r"(--[\w-]+) ([\w-]+(?:\|[\w-]+)+)")
_TARGET = re.compile(r"^([\w-]+):", re.MULTILINE)

# What a command is refused for in the end, after everything that the page says was accepted.
NO_FOLDER = ("--output", "/no/such/folder/report")
NO_LAYER = ("--layer", "no_such_layer")


def commands(text: str) -> Iterator[str]:
    """All commands of a page, in blocks, indented, and in sentences; those of the shell first."""
    shells = [block.text for block in blocks(text) if block.language != "python"]
    found = [line for shell in shells for line in _COMMAND.findall(shell)]
    for line in (*indented(text), *spans(text)):
        found += _COMMAND.findall(line)
    yield from dict.fromkeys(found)


def words_of(command: str) -> list[str]:
    """Its words without a comment, an example where a placeholder stands."""
    words = shlex.split(command, comments=True)
    return [_PLACEHOLDERS.get(word, word) for word in words]


def refused(command: str) -> str | None:
    """Why `normstats` would not do this; None if it would. Nothing is sampled.

    A command that samples is given, last, something that it cannot do and complains of when all
    the rest is accepted.
    """
    words = words_of(command)[1:]
    if len(words) == 1:  # the name of a command
        words.append("--help")
    own = not words or {"--help", "--version"} & set(words)
    if own or words[0] in ("constants", "list", "schema"):
        code, said = _ends(words)
        return None if code == 0 else said
    impossible = NO_LAYER if words[0] == "check" else NO_FOLDER
    code, said = _ends([*words, *impossible])
    return None if code == 2 and impossible[1] in said else said or f"exit code {code}"


def _ends(words: list[str]) -> tuple[object, str]:
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            root.main(words)
        except SystemExit as end:
            return end.code, said.getvalue().strip()
    raise AssertionError("unreachable: main exits")


def options(text: str) -> Iterator[str]:
    """``--seed`` and, with its choices, ``--method plain|antithetic|rqmc``."""
    for span in spans(text):
        if not span.startswith(("normstats", "make")):
            yield from _OPTION.findall(span)
            yield from (" ".join(found) for found in _CHOICES.findall(span))


@cache
def known_options() -> frozenset[str]:
    """Every option of every command, alone and with its choices."""
    context = click.Context(root)
    known = {"--help", "--version"}
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        for option in command.params:
            known |= {*option.opts, *(f"{spelled} {option.metavar}" for spelled in option.opts)}
    return frozenset(known)


@cache
def targets() -> frozenset[str]:
    """What can be made."""
    return frozenset(_TARGET.findall((ROOT / "Makefile").read_text()))
