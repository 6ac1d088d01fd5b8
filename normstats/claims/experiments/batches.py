"""The statistics of a batch in place of those of all data: how noisy they are."""

from __future__ import annotations

import math

import numpy as np

from normstats import api
from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.trial import Trial
from normstats.values import Array

SIZES = (4, 8, 16, 32, 64, 128, 256, 1024)
SMALL, LARGE = 8, 256
NOISE = 0.1  # of the std of the output


def batches(size: int, trial: Trial) -> tuple[Measured, Measured, Measured]:
    """std of the batch's mean, std of its variance, and distance of y from x itself.

    For x ~ N(0, 1) the statistics of all data are 0 and 1, with which y would be x.
    """
    groups, each = 20, max(2, trial.of(20_000, 100_000) // (20 * size))
    rows = []
    for group in range(groups):
        x = trial.generator(f"batches {size}", group).standard_normal((each, size))
        y, _ = api.apply(f"batch_norm(batch_size={size})", x, np.zeros_like(x))
        mean, variance = x.mean(axis=1), x.var(axis=1)
        off = (y - x) ** 2
        squares = mean**2, (variance - (1.0 - 1.0 / size)) ** 2, off
        rows.append([float(one.mean()) for one in squares])
    return _roots(np.array(rows))


def _roots(rows: Array) -> tuple[Measured, Measured, Measured]:
    """Roots of the mean squares, by the delta method."""
    found = []
    for square in repeats.over_first(rows):
        root = math.sqrt(square.value)
        found.append(Measured(root, square.se / (2.0 * root), square.units))
    return found[0], found[1], found[2]


def noise(trial: Trial) -> Found:
    """The noise of mean, variance and output by the size of the batch."""
    found = {size: batches(size, trial) for size in SIZES}
    findings = []
    for size in (LARGE, SMALL):
        words = f"rms distance of y from what the statistics of all data give, m = {size}"
        near = Interval(high=NOISE)
        findings.append(Finding(words, found[size][2], None, near, f"m = {size}"))
    for size in (SMALL, LARGE):
        mean, variance, _ = found[size]
        words = f"std of the batch's mean, m = {size}"
        findings.append(Finding(words, mean, 1.0 / math.sqrt(size)))
        exact = math.sqrt(2.0 * (size - 1)) / size
        findings.append(Finding(f"std of the batch's variance, m = {size}", variance, exact))
    first, last = found[SMALL][2], found[LARGE][2]
    span = math.log(LARGE / SMALL)
    fall = repeats.ratio(last, first)
    power = Measured(math.log(fall.value) / span, fall.se / fall.value / span, fall.units)
    words = f"power of m that the distance falls with, {SMALL} to {LARGE}"
    findings.append(Finding(words, power))
    rows: list[list[Cell]] = [[str(m), *found[m], f"{math.sqrt(1.5 / m):.4f}"] for m in SIZES]
    headings = ("m", "std of the mean", "std of the variance", "distance of y", "√(3/(2m))")
    return Found(findings, [Curve("Noise of a batch of m", headings, rows)])


CLAIMS = (
    Claim(
        name="batch-noise",
        part="B",
        words="The statistics of a mini-batch can stand for those of all data.",
        source="Ioffe and Szegedy, 2015",
        how="batch_norm of x ~ N(0, 1), beside y = x, which the statistics of all data give. They "
        f"can stand for them means: y is off by less than {NOISE:g} of its std. Errors rest on "
        "groups of batches.",
        criterion="The distance is √(3/(2m)) for large m: 1/m from the mean, 1/(2m) from the std. "
        f"It takes m above {1.5 / NOISE**2:.0f} to bring it below {NOISE:g}. The same "
        "noise is what is said to regularise.",
        commands=("normstats batch_norm --batch-size 8", "normstats batch_norm --batch-size 256"),
        experiment=noise,
    ),
)
