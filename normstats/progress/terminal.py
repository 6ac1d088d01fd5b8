"""Progress on a terminal's stderr: bar, estimate ± standard error, rate and time to go."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from normstats.numerals.quantities import count, duration, prefixed

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

    from normstats.engine.observer import Observer, Progress

QUICK_S = 0.5  # a run that is over by then needs no bar, nor the time to import one
BAR = 32
COMPILING = "compiling the kernels of {}, once …"
SHORTEST_BAR = 4  # a shorter one shows nothing
INDENT = 2


class Silent:
    """Says nothing."""

    def compiling(self, layer: str) -> None:
        """Kernels are compiled."""

    def progress(self, progress: Progress) -> None:
        """Samples are drawn."""

    def close(self) -> None:
        """The run is over."""


class Terminal(Silent):
    """The notice about compiling, and a bar that goes away when the run is over.

    A terminal that is gone (SIGHUP) costs what is shown, not the run.
    """

    def __init__(self, layer: str, bar: bool) -> None:
        self._layer = layer
        self._bar = bar
        self._live: Live | None = None

    def compiling(self, layer: str) -> None:
        say(f"{COMPILING.format(layer)}\n")

    def progress(self, progress: Progress) -> None:
        with contextlib.suppress(OSError):
            self._show(progress)

    def close(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            with contextlib.suppress(OSError):
                live.stop()

    def _show(self, progress: Progress) -> None:
        if self._live is None:
            if not self._bar or progress.elapsed_s < QUICK_S:
                return
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True)
            self._live = Live(
                console=console, auto_refresh=False, transient=True, redirect_stdout=False
            )
            self._live.start()
        self._live.update(view(self._layer, progress, self._live.console.width), refresh=True)


def view(layer: str, progress: Progress, width: int = 80) -> Text:
    """Layer, bar, rate, time to go, and the estimates so far.

    Share, speed and time to go are never cut: the bar takes what is left of the line.
    """
    from rich.text import Text

    share = progress.samples_done / progress.samples
    rate = progress.samples_done / progress.elapsed_s
    left = duration((progress.samples - progress.samples_done) / rate) if rate else "?"
    numbers = f"{share:4.0%}  {prefixed(rate)} {progress.counted}/s  {left} to go"
    if len(numbers) + INDENT > width:
        numbers = f"{share:4.0%} {prefixed(rate)}/s {left}"
    bar = min(BAR, width - len(numbers) - INDENT - 1)
    bar = bar if bar >= SHORTEST_BAR else 0
    full = round(share * bar)
    return Text.assemble(
        (layer, "bold cyan"),
        f"  n = {count(progress.samples)}\n  ",
        ("━" * full, "green"),
        ("━" * (bar - full), "dim"),
        f" {numbers}\n" if bar else f"{numbers}\n",
        f"  std of y {progress.forward.std}, std of dx {progress.backward.std}",
        overflow="ellipsis",
        no_wrap=True,
    )


def say(text: str) -> None:
    """Something on stderr now, if that is still there."""
    with contextlib.suppress(OSError):
        print(text, end="", file=sys.stderr, flush=True)


def watcher(layer: str, *, bar: bool, quiet: bool) -> Silent:
    """The observer for one layer: something to see only on a terminal that can show it."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return Silent()
    return Terminal(layer, bar and os.environ.get("TERM") != "dumb")


if TYPE_CHECKING:
    _: Observer = Silent()
