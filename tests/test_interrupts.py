"""Signals in a program that uses the library: noted within ``held``, its own business outside."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from normstats import interrupts
from normstats.interrupts import heed, held, noted


def ctrl_c() -> None:
    """A real one, to this process; Python has run its handler when this returns."""
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def pythons_own_handler() -> Iterator[None]:
    """Also where the tests run in the background and ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler, "was not restored"
    assert not noted()
    signal.signal(signal.SIGINT, before)


def test_a_signal_waits_until_it_is_heeded() -> None:
    done = []

    def work() -> None:
        with held():
            assert not noted()
            ctrl_c()
            done.append("on")
            assert noted()
            heed()
            done.append("too far")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["on"]


def test_one_that_nobody_heeds_is_raised_at_the_end() -> None:
    done = []

    def work() -> None:
        with held():
            with held():
                ctrl_c()
            done.append("not by the inner one")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["not by the inner one"]


def test_an_error_does_not_swallow_the_signal() -> None:
    def work() -> None:
        with held():
            ctrl_c()
            raise ValueError

    with pytest.raises(KeyboardInterrupt) as caught:
        work()
    assert isinstance(caught.value.__context__, ValueError)


def test_one_that_was_heeded_is_not_raised_again() -> None:
    with held():
        try:
            with held():
                ctrl_c()
                heed()
        except KeyboardInterrupt:
            ctrl_c()  # nor does a second one cost what is done about the first


def test_an_old_signal_is_not_noted_again() -> None:
    with pytest.raises(KeyboardInterrupt), held():
        ctrl_c()
    with held():
        assert not noted()


@pytest.mark.parametrize("collector", ["weak reference", "garbage collection"])
def test_a_callback_cannot_swallow_the_signal(collector: str) -> None:
    """Python drops the exceptions of these: a KeyboardInterrupt that is raised there is lost."""

    class Thing:
        pass

    def called(*_: Any) -> None:
        ctrl_c()

    @held()
    def work() -> None:
        if collector == "weak reference":
            thing = Thing()
            reference = weakref.ref(thing, called)
            del thing
            assert reference() is None
        else:
            gc.callbacks.append(called)
            gc.collect()
            gc.callbacks.remove(called)

    with pytest.raises(KeyboardInterrupt):
        work()


def test_who_does_not_look_is_interrupted_when_patience_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interrupts, "PATIENCE_S", -1.0)
    done = []

    def work() -> None:
        with held():
            ctrl_c()
            done.append("too far")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == []


@pytest.mark.parametrize("own", ["a function", "ignored", "the system's"])
def test_a_handler_of_somebody_elses_stays(own: str) -> None:
    seen: list[int] = []
    handlers: dict[str, Any] = {
        "a function": lambda number, frame: seen.append(number),
        "ignored": signal.SIG_IGN,
        "the system's": signal.SIG_DFL,
    }
    signal.signal(signal.SIGINT, handlers[own])
    try:
        with held():
            assert signal.getsignal(signal.SIGINT) is handlers[own]
            if own != "the system's":
                ctrl_c()
            assert not noted()
    finally:
        assert signal.signal(signal.SIGINT, signal.default_int_handler) is handlers[own]
    assert len(seen) == (own == "a function")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_library_leaves_other_signals_alone(name: str) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with held():
        assert signal.getsignal(number) is before


def test_other_threads_have_no_part_in_it() -> None:
    """They neither set a handler nor see the main thread's note."""
    found: list[object] = []

    def elsewhere() -> None:
        with held():
            found.extend([signal.getsignal(signal.SIGINT), noted()])
            heed()

    def in_a_thread() -> None:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()

    in_a_thread()
    assert found == [signal.default_int_handler, False]

    def both() -> None:
        with held():
            os.kill(os.getpid(), signal.SIGINT)
            in_a_thread()

    with pytest.raises(KeyboardInterrupt):
        both()
    assert found[3] is False
