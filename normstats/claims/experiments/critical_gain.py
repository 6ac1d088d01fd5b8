"""The gain at which gradients of a deep chain of finite width neither grow nor shrink."""

from __future__ import annotations

import math

import numpy as np

from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.network import Design, run
from normstats.claims.trial import Trial
from normstats.values import Array

RELU, TANH = 1.43, 1.15
ROUNDED = 0.005  # numbers that round to the published ones
WIDTHS, WIDTH = (32, 64, 110), 110
GROUP = 5  # networks in memory at once: weights of a hundred layers are large
DEPTHS, DEPTH = (50, 100), 100
FINEST = 800  # networks for the depth that is judged
GAINS = (1.05, 1.1, 1.15, 1.2)


def growths(kind: str, gains: tuple[float, ...], width: int, depth: int, trial: Trial) -> Array:
    """Growth of the log of the gradient a layer: a row a network, a column a gain.

    Weights are uniform with std gain/√width, the same but for the gain, which stands in front of
    them: W·(gain·h).
    """

    def measure(rng: np.random.Generator, networks: int) -> Array:
        most, shape = math.sqrt(3.0 / width), (networks, width, width)
        weights = [rng.uniform(-most, most, shape) for _ in range(depth)]
        x, dy = rng.standard_normal((2, networks, 1, width))
        found = [run(Design(kind, factor=g), weights, g * x, dy).growth for g in gains]
        return np.array(found).T

    many = 400 if kind == "relu" else FINEST if depth == DEPTH else 150
    name = f"critical {kind} {width} {depth}"
    return trial.collect(name, trial.of(4, many), measure, GROUP)


def of_relu(width: int, trial: Trial) -> Measured:
    """ReLU is homogeneous: the gain that makes up for the growth without one."""
    return repeats.geometric(-growths("relu", (1.0,), width, DEPTH, trial)[:, 0])


def of_tanh(depth: int, trial: Trial) -> Measured:
    """Where the mean growth is 0, between the two gains beside; its error from each network's.

    A straight line between the two; the spread of the networks at that gain over its slope.
    """
    table = growths("tanh", GAINS, WIDTH, depth, trial)
    means = table.mean(axis=0)
    after = int(np.clip(np.argmax(means > 0.0), 1, len(GAINS) - 1)) if means[-1] > 0.0 else -1
    low, high = GAINS[after - 1], GAINS[after]
    rise = (means[after] - means[after - 1]) / (high - low)
    share = -means[after - 1] / (means[after] - means[after - 1])
    at_zero = (1.0 - share) * table[:, after - 1] + share * table[:, after]
    spread = repeats.over(at_zero)
    return Measured(low + share * (high - low), spread.se / abs(rise), spread.units)


def paper(width: int) -> float:
    """The fit of the paper for ReLU."""
    return math.sqrt(2.0) * math.exp(1.2 / (max(width, 6) - 2.4))


def gain(trial: Trial) -> Found:
    """By width for ReLU, by depth for tanh."""
    relu = {width: of_relu(width, trial) for width in WIDTHS}
    tanh = {depth: of_tanh(depth, trial) for depth in DEPTHS}
    findings = []
    for width, found in relu.items():
        near = Interval(RELU - ROUNDED, RELU + ROUNDED)
        where = f"ReLU, width {width}"
        findings.append(Finding(f"critical gain, {where}", found, None, near, where))
    near = Interval(TANH - ROUNDED, TANH + ROUNDED)
    where = f"tanh, width {WIDTH}, depth {DEPTH}"
    findings.append(Finding(f"critical gain, {where}", tanh[DEPTH], None, near, where))
    rows: list[list[Cell]] = [
        [str(width), relu[width], f"{paper(width):.4f}", f"{math.sqrt(2.0):.4f}"]
        for width in WIDTHS
    ]
    headings = ("width", "measured", "fit of the paper", "infinitely wide")
    wide = Curve("Critical gain of ReLU", headings, rows)
    deep: list[list[Cell]] = [[str(depth), tanh[depth]] for depth in DEPTHS]
    title = f"Critical gain of tanh, width {WIDTH}"
    return Found(findings, [wide, Curve(title, ("depth", "measured"), deep)])


CLAIMS = (
    Claim(
        name="critical-gain",
        part="D",
        words=f"Gradients neither grow nor shrink at the gain {RELU:g} for ReLU and {TANH:g} for "
        "tanh.",
        source="tf.compat.v1.uniform_unit_scaling_initializer, after Sussillo and Abbott, 2014",
        how=f"Chains of {DEPTH} layers of ReLU, or of {DEPTHS[0]} to {DEPTHS[-1]} of tanh, uniform "
        "weights of std gain/√width, x and dy normal. The critical gain is the one at which the "
        "mean log of the gradient does not change. Claimed is that it rounds to the published "
        "digits. Errors rest on networks.",
        criterion="For ReLU the critical gain is √2 at infinite width, and a little more at finite "
        "width, where the mean log is below the log of the mean. For tanh it is 1 for an infinite "
        "chain; in a finite one it depends on the depth, as the values of x take long to settle.",
        experiment=gain,
    ),
)
