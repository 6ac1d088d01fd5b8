"""Signals that end a run: noted when they come, heeded where nothing is lost.

Python raises KeyboardInterrupt wherever the program happens to be: in the midst of a merge, or in
a callback (of the garbage collector, of LLVM) whose exceptions are dropped, and the signal with
them. So within ``held``, and while a module is imported, a signal leaves a note, and what runs
looks for it wherever it can stop.

In a library only Ctrl-C is noted, only in the main thread, where Python runs handlers, and only in
place of Python's own handler: who has set another one wants that one. The command notes
SIGTERM and SIGHUP as well, for the whole process. A signal that is ignored (``nohup``, a
job in the background) stays ignored.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

# More signals in this time are the same wish, and cost nothing. One that comes later says that
# looking for notes does not help, as when a pipe is full that nobody reads: it is raised.
PATIENCE_S = 10.0


class _State:
    """Of the main thread."""

    held = 0  # depth of ``held``
    noted_at: float | None = None  # when the first signal came
    raised = False  # as KeyboardInterrupt, by the handler
    heeded = False
    command = False  # the whole process is ours
    ending = False


_state = _State()


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _note(number: int, frame: FrameType | None) -> None:
    now = time.monotonic()
    if _state.noted_at is None:
        _state.noted_at = now
    late = now - _state.noted_at > PATIENCE_S
    if late or not (_state.held or _state.ending or _imports(frame)):
        _state.raised = True
        raise KeyboardInterrupt


def _imports(frame: FrameType | None) -> bool:
    """Whether a module is being imported, which drops some exceptions and changes others."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


@contextlib.contextmanager
def told_apart() -> Iterator[None]:
    """An error that comes once a signal was raised is that signal, in another dress.

    Python's compiler makes a SyntaxError of a KeyboardInterrupt, libraries what they like.
    """
    try:
        yield
    except Exception:
        if _state.raised:
            raise KeyboardInterrupt from None
        raise


def noted() -> bool:
    """Whether a signal has come that this thread has to heed."""
    return _state.noted_at is not None and _is_main()


def heed() -> None:
    """KeyboardInterrupt, if a signal has come."""
    if noted():
        raise KeyboardInterrupt


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Signals are noted in here; one that nobody has heeded by the end is raised there.

    The command heeds it in its own way. In other threads this does nothing.
    """
    if not _is_main():
        yield
        return
    ours = False
    _state.held += 1
    try:
        if _state.held == 1 and not _state.command:
            _state.noted_at, _state.heeded = None, False
            ours = _replace(signal.SIGINT, signal.default_int_handler)
        yield
    except KeyboardInterrupt:
        _state.heeded = True
        raise
    finally:
        try:
            if ours:
                signal.signal(signal.SIGINT, signal.default_int_handler)
        finally:
            _state.held -= 1
        if not _state.held:
            _leave()


def _leave() -> None:
    if _state.command:
        _state.ending = _state.ending or noted()
        return
    lost = noted() and not _state.heeded
    _state.noted_at = None
    if lost:
        raise KeyboardInterrupt


def _replace(number: signal.Signals, default: object) -> bool:
    """Note this signal from now on, if nobody has said what else is to be done with it."""
    if signal.getsignal(number) is not default:
        return False
    try:
        signal.signal(number, _note)
    except ValueError:  # the main thread of an interpreter that is not the main one
        return False
    return True


@contextlib.contextmanager
def command() -> Iterator[None]:
    """The whole process is ours: outside of ``held`` a signal is raised, also SIGTERM and SIGHUP.

    In the end all are ignored, so that none can change how a process ends that is over.
    """
    _state.command = True
    replaced = []
    try:
        if _replace(signal.SIGINT, signal.default_int_handler):
            replaced.append(signal.SIGINT)
        for name in ("SIGTERM", "SIGHUP"):  # not on every system
            number = getattr(signal, name, None)
            if number is not None and _replace(number, signal.SIG_DFL):
                replaced.append(number)
        yield
    finally:
        _state.ending = True
        for number in replaced:
            signal.signal(number, signal.SIG_IGN)
        # Python remembers a KeyboardInterrupt that came through an exec (dataclasses have one),
        # until the next exec, and `python -m` would then end by SIGINT whatever the exit code is.
        exec("")


def end() -> None:
    """The command is on its way out: signals are noted to the end."""
    _state.ending = _state.command
