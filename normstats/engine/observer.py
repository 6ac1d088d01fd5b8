"""What a run tells while it runs; the command line shows it, a library user may ignore it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from normstats.result import Result, Statistics


@dataclass(frozen=True)
class Progress:
    """How far a run is, and its estimates so far; of a chain, "samples" are networks: ``counted``.

    The statistics of a chain are those of y of its last layer and of dx of its first.
    """

    samples_done: int
    samples: int
    elapsed_s: float
    statistics: tuple[Statistics, ...]
    counted: str = "samples"

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
    """Ctrl-C during a run; ``found`` is what there was by then, None if nothing.

    ``result`` is that of a layer, ``chain`` a ChainResult: None where it is not of that kind.
    """

    def __init__(self, found: Any) -> None:
        super().__init__("interrupted")
        self.found = found

    @property
    def result(self) -> Result | None:
        """Of a layer."""
        return self.found if isinstance(self.found, Result) else None

    @property
    def chain(self) -> Any:
        """Of a chain."""
        return None if isinstance(self.found, Result) else self.found
