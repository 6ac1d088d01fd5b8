"""What a run tells while it runs; the command line shows it, a library user may ignore it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from normstats.result import Result, Statistics


@dataclass(frozen=True)
class Progress:
    """How far a run is, and its estimates so far."""

    samples_done: int
    samples: int
    elapsed_s: float
    statistics: tuple[Statistics, ...]

    @property
    def forward(self) -> Statistics:
        """Of y, so far."""
        return self.statistics[0]

    @property
    def backward(self) -> Statistics:
        """Of dx, so far."""
        return self.statistics[1]


class Observer(Protocol):
    """Both are called from the thread that called ``measure``."""

    def compiling(self, layer: str) -> None:
        """Kernels of this layer are compiled now, for the first time."""

    def progress(self, progress: Progress) -> None:
        """About ten times a second while samples are drawn."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a run; ``result`` is what there was by then, None if nothing."""

    def __init__(self, result: Result | None) -> None:
        super().__init__("interrupted")
        self.result = result
