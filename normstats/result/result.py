"""The result of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from normstats.frozen import Frozen
from normstats.result import document, quantity, shown
from normstats.result.numbers import Estimate, Statistics
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run

NO_VERSIONS: Frozen[str] = Frozen()

# What ends a run: whatever is reached first of what was asked for, or something else.
SAMPLES, TARGET, TIME, INTERRUPTION = "samples", "target", "time", "interruption"
PARTIAL = "partial"  # of the sums of a run that was done in shares, some are missing


@dataclass(frozen=True)
class Result:
    """What came of a run: statistics of each quantity, "forward" of y and "backward" of dx.

    ``samples`` are those that were drawn: what the run's method and target made of its own, or
    fewer after an interruption. ``units`` are the independent ones among them. ``ended`` says what
    came first: the samples, the target, the time or an interruption.
    """

    run: Run
    samples: int
    threads: int
    elapsed_s: float
    interrupted: bool
    statistics: Mapping[str, Statistics]
    unit: str = "sample"
    units: int = 0
    versions: Mapping[str, str] = NO_VERSIONS
    notes: tuple[str, ...] = ()
    ended: str = SAMPLES

    @property
    def size(self) -> int:
        """As ``samples``."""
        return self.samples

    @property
    def layer(self) -> str:
        """The layer's name."""
        return self.run.call.layer

    @property
    def params(self) -> Mapping[str, Any]:
        """All its parameters."""
        return self.run.call.params

    @property
    def inputs(self) -> Inputs:
        """What x and dy were drawn from."""
        return self.run.inputs

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.run.seed

    @property
    def stream(self) -> int:
        """The version of the random stream."""
        return self.run.stream

    @property
    def method(self) -> str:
        """plain, antithetic or rqmc, then conditional if it was."""
        return str(self.run.method)

    @property
    def forward(self) -> Statistics:
        """Of y."""
        return self.statistics["forward"]

    @property
    def backward(self) -> Statistics:
        """Of dx."""
        return self.statistics["backward"]

    @property
    def gains(self) -> Mapping[str, Estimate]:
        """What y or dx is multiplied by to make its scale 1, with standard errors.

        ``gain`` = 1/std of y, ``gain_rms`` = 1/rms of y, ``backward_gain`` = 1/std of dx. One that
        does not exist, because the scale is 0 or not finite, is left out.
        """
        return quantity.gains(self)

    def to_dict(self) -> dict[str, Any]:
        """What ``normstats LAYER --format json`` prints: see ``normstats schema``."""
        tree: dict[str, Any] = document.strict(document.document([self]))
        return tree

    def to_json(self) -> str:
        """The same as text."""
        return document.dumped(document.document([self]), indent=2) + "\n"

    def records(self) -> list[dict[str, Any]]:
        """The rows of ``--format csv``: a flat dictionary a statistic, for pandas and others."""
        return document.records(self)

    def __repr__(self) -> str:
        return shown.result_text(self)

    def _repr_html_(self) -> str:
        return shown.result_html(self)
