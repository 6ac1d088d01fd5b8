"""Results of the tables that are made up."""

from __future__ import annotations

import math
from collections.abc import Mapping

from normstats import registry
from normstats.published.catalogue import catalogue
from normstats.published.evaluate import truth
from normstats.result import Estimate, Exact, Result, Statistics
from normstats.result.quantity import rule
from normstats.runs.run import Run
from normstats.tables import generate
from normstats.tables.jobs import wanted
from normstats.tables.sequential import SEQUENTIAL

SCALAR = 10**9


def known(run: Run) -> Mapping[str, Exact]:
    """Exact values of a layer; of layers in a row, those of their constants."""
    if run.call.layer != SEQUENTIAL:
        return registry.exact_values(run.call, run.inputs).statistics
    found = {"std": 1.0}
    for constant in catalogue():
        if constant.layer == SEQUENTIAL and wanted(constant).call == run.call:
            value = truth(constant).exact
            assert value is not None
            followed = rule(constant.quantity)
            found[followed.statistic] = value if followed.value(4.0) == 4.0 else math.sqrt(value)
    return {"forward": Exact(**found), "backward": Exact()}


def fake(run: Run) -> Result:
    """A result half a standard error above the exact values."""

    def side(exact: Exact) -> Statistics:
        se = 1.0 / math.sqrt(run.samples)

        def estimate(value: float | None) -> Estimate:
            return Estimate((value or 0.0) + se / 2.0, se, value)

        zeros = Estimate(0.0, None, exact.zeros)
        return Statistics(estimate(exact.mean), estimate(exact.std), estimate(exact.rms), zeros)

    return Result(
        run=run,
        samples=run.samples,
        threads=2,
        elapsed_s=1.0,
        interrupted=False,
        statistics={name: side(exact) for name, exact in known(run).items()},
    )


NEEDED = generate.needed(SCALAR, 0)
