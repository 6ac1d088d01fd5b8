"""Progress in a notebook: what a terminal shows, below the cell, while the run lasts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from normstats.progress.terminal import COMPILING, QUICK_S, Silent, view

if TYPE_CHECKING:
    from normstats.engine.observer import Progress


class Notebook(Silent):
    """One output of the cell, which changes, and is empty when the run is over."""

    def __init__(self, layer: str) -> None:
        self._layer = layer
        self._handle: Any = None

    def compiling(self, layer: str) -> None:
        from rich.text import Text

        self._show(Text(COMPILING.format(layer)))

    def progress(self, progress: Progress) -> None:
        if self._handle is not None or progress.elapsed_s >= QUICK_S:
            self._show(view(self._layer, progress))

    def close(self) -> None:
        if self._handle is not None:
            self._handle.update({"text/plain": ""}, raw=True)
            self._handle = None

    def _show(self, text: object) -> None:
        if self._handle is not None:
            self._handle.update(text)
            return
        from IPython.display import display

        self._handle = display(text, display_id=True)


def is_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


@contextmanager
def watching(layer: str) -> Iterator[Notebook | None]:
    """The observer of one run, in a notebook; elsewhere there is none."""
    observer = Notebook(layer) if is_notebook() else None
    try:
        yield observer
    finally:
        if observer is not None:
            observer.close()
