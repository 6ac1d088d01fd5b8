"""Results made up for the checks: exact values plus the noise that they ought to have."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from normstats.check.noise import noises
from normstats.result import Estimate, Exact, Result, Statistics
from normstats.result.numbers import STATISTICS
from normstats.runs.run import Run
from tests.tables.made_up import known

Draw = Callable[[str], float]


def drawn(run: Run, spread: float = 1.0, draw: Draw | None = None) -> Result:
    """A result whose z are independent normals times ``spread``, or what ``draw`` says.

    Evenly spread points have no noise that would show beside their bound.
    """
    samples = run.samples

    def without_noise(side: Exact) -> Statistics:
        se = (side.std or 0.0) / math.sqrt(samples)
        numbers = [getattr(side, statistic) for statistic in STATISTICS]
        share = side.zeros or 0.0
        errors = [se, se, se, math.sqrt(share * (1.0 - share) / samples)]
        return Statistics(
            *(Estimate(v or 0.0, e, v, 1e-13) for v, e in zip(numbers, errors, strict=True))
        )

    result = Result(
        run=run,
        samples=samples,
        threads=2,
        elapsed_s=0.01,
        interrupted=False,
        statistics={name: without_noise(side) for name, side in known(run).items()},
        units=samples,
    )
    if not run.method.is_plain:
        return result
    noise = noises(result)
    changed: dict[str, Any] = {}
    for direction, side in result.statistics.items():
        for statistic in STATISTICS:
            name = f"{direction}.{statistic}"
            if name in noise:
                dice = random.Random(f"{run.name} {name} {run.seed}")
                z = spread * dice.gauss(0.0, 1.0) if draw is None else draw(name)
                old = getattr(side, statistic)
                se = noise[name].se(samples)
                side = replace(side, **{statistic: replace(old, value=old.value + z * se, se=se)})
        changed[direction] = side
    return replace(result, statistics=changed)
