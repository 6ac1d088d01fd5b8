"""Under which terms a run is done: how long, on what, and what is kept of it meanwhile.

No number of a result depends on them, but for how many samples there are when the time is over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from normstats.engine.gather import Outcome, Plan
from normstats.engine.job import Job
from normstats.engine.observer import Observer
from normstats.engine.part import Part
from normstats.runs.work import Work


class Executor(Protocol):
    """Does the blocks of a plan, as ``engine.threads.run`` does, elsewhere."""

    @property
    def threads(self) -> int:
        """How many blocks are done at a time."""

    def __call__(self, run: Work, job: Job, observer: Observer | None, plan: Plan) -> Outcome:
        """What became of the plan; raises Interrupted as that does."""


class Keeper(Protocol):
    """Keeps what there is of runs, in a file for example."""

    def begun(self, run: Work) -> Part | None:
        """What there is of this run, or of the same one with another number of samples."""

    def keep(self, part: Part, now: bool = False) -> None:
        """What there is by now; it may be dropped if the next one comes soon, unless ``now``."""


@dataclass(frozen=True)
class Terms:
    """``seconds`` are the most that it may take; ``executor`` does the blocks, threads if None."""

    seconds: float = math.inf
    keeper: Keeper | None = None
    executor: Executor | None = None


USUAL = Terms()
