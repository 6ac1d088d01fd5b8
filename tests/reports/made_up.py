"""Results made up for the tests of reports and of the command line: nothing is sampled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from normstats.frozen import Frozen
from normstats.reports import of_results
from normstats.reports.formats import render
from normstats.result import Estimate, Result, Statistics
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs
from normstats.runs.method import Method
from normstats.runs.run import Run

FORWARD = Statistics(
    mean=Estimate(0.398936718, 0.0000583820, 0.39894228040143),
    std=Estimate(0.583803213, 0.0000512340, 0.58381937055),
    rms=Estimate(0.707089713, 0.0000790569, 0.70710678118655),
    zeros=Estimate(0.500012345, 0.0000500000, 0.5),
)
BACKWARD = Statistics(
    mean=Estimate(-0.000012345, 0.0000707107, 0.0),
    std=Estimate(0.707123456, 0.0000790569, 0.70710678118655),
    rms=Estimate(0.707123456, 0.0000790569, 0.70710678118655),
    zeros=Estimate(0.500012345, 0.0000500000, 0.5),
)


def made_up(**changes: Any) -> Result:
    """A result of relu with 1e8 samples, with whatever a test wants to be different."""
    given: dict[str, Any] = {
        "layer": "relu",
        "params": {},
        "inputs": Inputs(),
        "samples": 100_000_000,
        "seed": 0,
        "stream": 1,
        "method": "plain",
        "threads": 2,
        "elapsed_s": 0.21,
        "interrupted": False,
        "forward": FORWARD,
        "backward": BACKWARD,
        "unit": "sample",
        "units": 100_000_000,
        "versions": {"normstats": "0.1.0", "numpy": "2.0.0"},
    } | changes
    call = Call.of(given.pop("layer"), given.pop("params"))
    name, _, conditional = given.pop("method").partition(" ")
    run = Run(
        call,
        given["samples"],
        given.pop("seed"),
        given.pop("inputs"),
        Method(name, bool(conditional)),
        given.pop("target", None),
        given.pop("stream"),
    )
    sides = Frozen({side: given.pop(side) for side in ("forward", "backward")})
    return Result(run=run, statistics=sides, **given)


def all_equal(estimate: Estimate) -> Statistics:
    """The same estimate four times."""
    return Statistics(mean=estimate, std=estimate, rms=estimate, zeros=estimate)


def shown(results: Sequence[Result], form: str, *, terminal: bool = False) -> str:
    """The report of these results in a format."""
    return render(of_results.report(results), form, terminal=terminal)
