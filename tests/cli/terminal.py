"""The real command in a process of its own, on a pseudo-terminal, with real signals."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

COMMAND = (sys.executable, "-m", "normstats")
LIMIT_S = 120.0  # of everything a process does: one that lost its signal is ended, and fails
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# As the command, but the bar comes with the first blocks that are merged, however soon.
_AT_ONCE = """
from normstats.progress import terminal as progress
from normstats.engine import threads
progress.QUICK_S = threads._TICK_S = threads._MERGE_S = 0.0
from normstats.cli.main import main
main()
"""
BAR_AT_ONCE = (sys.executable, "-c", _AT_ONCE)

# As the command, but it says when it has taken over the signals.
_READY = """
import contextlib, sys
from normstats import interrupts
command = interrupts.command
@contextlib.contextmanager
def told():
    with command():
        print("ready", file=sys.stderr, flush=True)
        yield
interrupts.command = told
from normstats.cli.main import main
main()
"""
READY = (sys.executable, "-c", _READY)


@dataclass
class Ended:
    """How a process ended: its code, what it wrote to stdout and to the terminal (its stderr).

    ``lasted`` are the seconds from what the signal waits for to the end.
    """

    code: int
    stdout: str
    terminal: str
    lasted: float


def default_signals() -> None:
    """Ctrl-C for a child, also where the tests run in the background and ignore it."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)


def on_a_terminal(
    *arguments: str,
    command: Sequence[str] = COMMAND,
    signal_at: str = "",
    signals: Sequence[signal.Signals] = (signal.SIGINT,),
    after: float = 0.0,
    **environment: str,
) -> Ended:
    """The command with its stderr on a pseudo-terminal, and with real signals if asked for.

    ``signal_at`` is what the terminal has to show for them to be sent, ``after`` so many seconds.
    AssertionError if the process has not ended within LIMIT_S.
    """
    parent, child = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environment}
    with tempfile.TemporaryFile() as stdout:  # not a pipe, which a long report would fill
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=child,
            stdout=stdout,
            stderr=child,
            env=environ,
            preexec_fn=default_signals,
        )
        os.close(child)
        try:
            terminal, lasted = _watch(process, parent, signal_at, list(signals), after)
        finally:
            process.kill()
            process.wait()
            os.close(parent)
        stdout.seek(0)
        return Ended(process.returncode, stdout.read().decode(), terminal, lasted)


def _watch(
    process: subprocess.Popen[bytes],
    terminal: int,
    signal_at: str,
    signals: list[signal.Signals],
    after: float,
) -> tuple[str, float]:
    """What the terminal shows until the process ends, and the seconds since ``signal_at``."""
    begin = time.monotonic()
    shown, seen = b"", None
    while time.monotonic() - begin < LIMIT_S:
        if select.select([terminal], [], [], 0.01)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not piece:
                break
            shown += piece
        if signal_at and seen is None and re.search(signal_at.encode(), shown):
            seen = time.monotonic()
        if signals and seen is not None and time.monotonic() >= seen + after:
            process.send_signal(signals.pop(0))
    try:
        process.wait(timeout=max(1.0, begin + LIMIT_S - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise AssertionError(f"still running after {LIMIT_S} s:\n{shown.decode()}") from None
    assert seen is not None or not signal_at, f"{signal_at} was not shown:\n{shown.decode()}"
    return shown.decode(), time.monotonic() - (seen or begin)
