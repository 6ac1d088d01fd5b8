"""How a command ends: exit codes, one line on stderr for an error, quiet closed pipes."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, TextIO

import click

from normstats import interrupts
from normstats.cli.flags import flag
from normstats.errors import UsageError

OK, DISAGREES, USAGE, MISSED_TARGET, INTERRUPTED, CLOSED_PIPE = 0, 1, 2, 3, 130, 141
LONGEST = 300  # characters of a message, beside a list of what is allowed: no pasted file is shown


def one_line(text: str, longest: int = LONGEST) -> str:
    """The text without line breaks and control characters, and not endless."""
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(text.split("\n")))
    return text if len(text) <= longest else f"{text[: longest // 2]} … {text[-longest // 2 :]}"


def complain(message: str, longest: int = LONGEST) -> None:
    """One line on stderr, if there is a stderr."""
    try:
        print(f"normstats: {one_line(message, longest)}", file=sys.stderr, flush=True)
    except (OSError, AttributeError, ValueError):
        _silence(sys.stderr)


def ending(run: Callable[[], object]) -> int:
    """Run a command and return its exit code; errors that a user can cause become one line.

    A signal that came while a report was written has not cost it, and is told here.
    """
    code = _ending(run)
    interrupts.end()
    if interrupts.noted():
        if code in (OK, DISAGREES, MISSED_TARGET):
            complain("interrupted")
        return INTERRUPTED
    return code


def _ending(run: Callable[[], object]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show σ shows a question mark
            stream.reconfigure(errors="replace")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            return _flushed(run)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        complain(error.format_message())
        return USAGE
    except UsageError as error:
        complain(error.sentence(flag), LONGEST + len(error.allowed))
        return USAGE
    except KeyboardInterrupt:
        interrupts.end()
        complain("interrupted")
        return INTERRUPTED
    except MemoryError:
        complain("not enough memory for this layer; make it smaller")
        return USAGE


def _flushed(run: Callable[[], object]) -> int:
    """Run, and see everything through to where stdout goes, so that nothing fails later."""
    try:
        with interrupts.told_apart():
            interrupts.heed()
            code = run()
            if sys.stdout is not None:
                sys.stdout.flush()
    except OSError as error:
        if error.errno == errno.EPIPE:
            _silence(sys.stdout)
            return CLOSED_PIPE
        complain(_what_failed(error))
        _silence(sys.stdout)
        return USAGE
    except ImportError as error:
        if error.path is None or error.path.endswith(".py"):  # a mistake of the program
            raise
        complain(f"{_CANNOT_LOAD} {error}")
        return USAGE
    return code if isinstance(code, int) else OK


_CANNOT_LOAD = "cannot load a library (is there too little memory?):"


def _what_failed(error: OSError) -> str:
    """A file by its name; without one stdout, or, if there is no system's error, a library."""
    if error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    if error.strerror is None:
        return f"{_CANNOT_LOAD} {error}"
    return f"cannot write to standard output: {error.strerror}"


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    """A warning of a library as one line, without its place in the code."""
    complain(f"warning: {' '.join(str(message).split())}")


def _silence(stream: TextIO | None) -> None:
    """Whatever is still buffered goes nowhere, also when the interpreter shuts down."""
    try:
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        pass
