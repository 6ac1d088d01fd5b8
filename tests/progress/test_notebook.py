"""What a notebook shows while a run goes on, with a kernel that is made up."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import normstats
from normstats.engine.observer import Progress
from normstats.progress.notebook import is_notebook, watching
from tests.reports.made_up import BACKWARD, FORWARD


class Kernel:
    """Stands for IPython: what is displayed, in its order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, shell: object) -> None:
        self.shown: list[tuple[int, Any]] = []
        self.outputs = 0
        ipython, module = ModuleType("IPython"), ModuleType("IPython.display")
        ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
        module.display = self.display  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        monkeypatch.setitem(sys.modules, "IPython.display", module)

    def display(self, what: object, display_id: bool) -> SimpleNamespace:
        assert display_id
        self.outputs += 1
        here = self.outputs
        self.shown.append((here, what))
        return SimpleNamespace(update=lambda new, raw=False: self.shown.append((here, new)))


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(monkeypatch, SimpleNamespace(kernel=object()))


def at(elapsed_s: float) -> Progress:
    return Progress(42_000_000, 100_000_000, elapsed_s, (FORWARD, BACKWARD))


def test_one_output_that_changes_and_is_empty_in_the_end(kernel: Kernel) -> None:
    with watching("relu") as observer:
        assert observer is not None
        observer.compiling("relu")
        observer.progress(at(0.1))
        observer.progress(at(2.0))
    assert [number for number, _ in kernel.shown] == [1, 1, 1, 1]
    texts = [str(what) for _, what in kernel.shown[:3]]
    assert texts[0] == "compiling the kernels of relu, once …"
    assert "42%  21M samples/s  2.8 s to go" in texts[2]
    assert "std of y 0.58380 ± 0.00005, std of dx 0.70712 ± 0.00008" in texts[2]
    assert kernel.shown[3] == (1, {"text/plain": ""})


def test_a_quick_run_shows_nothing(kernel: Kernel) -> None:
    with watching("relu") as observer:
        assert observer is not None
        observer.progress(at(0.1))
    assert kernel.shown == []


def test_measure_shows_it_without_being_asked(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And takes it away when the run fails; an observer of the user's own is used instead."""

    def slow(run: object, threads: int, observer: Any, terms: object) -> None:
        observer.progress(at(2.0))
        raise MemoryError

    monkeypatch.setattr("normstats.api.perform", slow)
    with pytest.raises(MemoryError):
        normstats.measure("leaky_relu", negative_slope=0.5)
    assert str(kernel.shown[0][1]).startswith("leaky_relu(negative_slope=0.5)  n = 1e8")
    assert kernel.shown[-1] == (1, {"text/plain": ""})
    kernel.shown.clear()
    own = SimpleNamespace(progress=lambda progress: None, compiling=lambda layer: None)
    with pytest.raises(MemoryError):
        normstats.measure("relu", observer=own)
    assert kernel.shown == []


@pytest.mark.parametrize("shell", [None, SimpleNamespace(), SimpleNamespace(kernel=None)])
def test_ipython_without_a_kernel_is_no_notebook(
    shell: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IPython imported by a program, and IPython on a terminal."""
    Kernel(monkeypatch, shell)
    assert not is_notebook()
    with watching("relu") as observer:
        assert observer is None


def test_a_plain_python_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not is_notebook()
