"""Backward scaling of linear layers: how much of a sigmoid or tanh behind them is not linear."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.trial import Trial

OUT, EXAMPLES = 64, 64
RATIOS = (0.25, 1.0, 4.0, 16.0)  # of inputs to outputs
# Where the slope is half of the largest: y(1 − y) = 1/8, and 1 − y² = 1/2.
LIMITS = {"sigmoid": math.log(3.0 + math.sqrt(8.0)), "tanh": math.atanh(math.sqrt(0.5))}


def share(trial: Trial) -> Found:
    """The share of sums at which the slope is less than half of the largest."""
    found: dict[tuple[str, float], Measured] = {}
    stds: dict[float, Measured] = {}
    for ratio in RATIOS:
        inputs, size, shares = int(ratio * OUT), [], []
        for one in range(trial.of(6, 60)):
            rng = trial.generator(f"share {ratio}", one)
            w = rng.standard_normal((OUT, inputs))
            w /= np.linalg.norm(w, axis=0)  # backward: each input's weights have length 1
            sums = np.abs(rng.standard_normal((EXAMPLES, inputs)) @ w.T)
            size.append(math.sqrt(float(np.mean(sums * sums))))
            shares.append([float(np.mean(sums > limit)) for limit in LIMITS.values()])
        stds[ratio] = repeats.over(size)
        for kind, measured in zip(LIMITS, repeats.over_first(np.array(shares)), strict=True):
            found[kind, ratio] = measured
    findings = []
    wide: dict[tuple[str, float], str] = {}
    for kind, limit in LIMITS.items():
        for ratio in RATIOS:
            exact = 2.0 * NormalDist().cdf(-limit / math.sqrt(ratio))
            where = f"{kind}, {ratio:g} inputs an output"
            words = f"share of sums beyond half slope, {where}"
            claimed = Interval(low=0.5) if ratio != RATIOS[0] else None
            findings.append(Finding(words, found[kind, ratio], None, claimed, where))
            wide[kind, ratio] = f"{exact:.3g}"
    rows: list[list[Cell]] = [
        [
            f"{ratio:g}",
            *(stds[ratio], f"{math.sqrt(ratio):g}"),
            *(cell for kind in LIMITS for cell in (found[kind, ratio], wide[kind, ratio])),
        ]
        for ratio in RATIOS
    ]
    columns = [name for kind in LIMITS for name in (kind, "wide")]
    headings = ("inputs an output", "std of the sums", "wide", *columns)
    return Found(findings, [Curve("Share of sums beyond half slope", headings, rows)])


CLAIMS = (
    Claim(
        name="backward-saturates",
        part="A",
        words="Backward scaling leaves the forward scale uncontrolled, which is bad for sigmoid "
        "and tanh: much of their inputs lies where they are not linear.",
        source="Feng Wang, 2016",
        how=f"A linear layer with {OUT} outputs whose weights are scaled backward (those of each "
        "input have length 1), x ~ N(0, 1), then sigmoid or tanh. Not linear means: the slope is "
        "less than half of the largest; much: more than half of all sums. Errors rest on draws of "
        "the weights.",
        criterion="The sums have the std √(inputs/outputs). Square layers keep 1, where tanh has "
        "about three sums in eight beyond half slope and sigmoid one in thirteen; what is "
        "uncontrolled is the layer with more inputs than outputs.",
        commands=(
            "normstats linear --in-features 256 --out-features 64 --init fan_out_rows",
            "normstats tanh --x-std 2",
        ),
        experiment=share,
    ),
)
