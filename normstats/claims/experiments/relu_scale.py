"""ReLU divided by its backward std: what becomes of the scale of the values."""

from __future__ import annotations

import math

import numpy as np

from normstats import api
from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval
from normstats.claims.network import Design, forward, rms
from normstats.claims.trial import Trial
from normstats.values import Array

WIDTH, DEPTH, EXAMPLES = 256, 50, 16
SHOWN = (1, 2, 5, 10, 20, 50)
DEEP = 10  # where the fixed mean has ended its fall
LEAST = 0.01  # change of the log a layer that counts
UNCONTROLLED = Interval(high=-LEAST)
MEAN, NONE, EACH = SUBTRACTED = (
    *("the exact mean for N(0, 1)", "no mean", "the mean of each unit"),
)


def design(subtracted: str) -> Design:
    """ReLU over its backward std, without its mean or with it."""
    known = api.exact("relu")
    assert known.forward.mean is not None
    assert known.backward.std is not None
    shift = known.forward.mean if subtracted == MEAN else 0.0
    return Design("relu", factor=1.0 / known.backward.std, shift=shift)


def logs(subtracted: str, trial: Trial) -> Array:
    """Logs of the size of the values behind each layer over that of x: a row a network."""
    own = design(subtracted)

    def measure(rng: np.random.Generator, networks: int) -> Array:
        x = rng.standard_normal((networks, EXAMPLES, WIDTH))
        found = [np.log(rms(x))]
        for _ in range(DEPTH):
            w = rng.standard_normal((networks, WIDTH, WIDTH)) / math.sqrt(WIDTH)
            x = forward(own, [w], x)[-1]
            x = x - x.mean(axis=-2, keepdims=True) if subtracted == EACH else x
            found.append(np.log(rms(x)))
        return np.array(found).T - found[0][:, None]

    return trial.collect(f"relu {subtracted}", trial.of(4, 300), measure)


def wide(subtracted: str) -> list[float]:
    """The same size in an infinitely wide network, for each layer.

    Sums of std s have the mean square s²/2 behind ReLU, and the mean s/√(2π); divided by 1/2 all.
    The mean of m examples, subtracted, takes away 1/m of the variance as well.
    """
    square, found = 1.0, []
    for _ in range(DEPTH):
        mean = math.sqrt(square / (2.0 * math.pi))
        taken = {MEAN: math.sqrt(1.0 / (2.0 * math.pi)), NONE: 0.0, EACH: mean}[subtracted]
        square = 2.0 * (square / 2.0 - 2.0 * mean * taken + taken * taken)
        square *= 1.0 - 1.0 / EXAMPLES if subtracted == EACH else 1.0
        found.append(math.sqrt(square))
    return found


def scale(trial: Trial) -> Found:
    """The size of the values, with three means taken away."""
    findings: list[Finding] = []
    rows: list[list[Cell]] = []
    for name in SUBTRACTED:
        found, expected = logs(name, trial), wide(name)
        words = "growth of the log of the size of the values"
        deep = (found[:, DEPTH] - found[:, DEEP]) / (DEPTH - DEEP)
        for where, change in (
            (f"{name} subtracted, at the first layer", found[:, 1]),
            (f"{name} subtracted, a layer from layer {DEEP} to {DEPTH}", deep),
        ):
            growth = repeats.over(change)
            findings.append(Finding(f"{words}, {where}", growth, None, UNCONTROLLED, where))
        end = repeats.over(found[:, DEPTH])
        findings.append(Finding(f"log of the size after {DEPTH} layers, {name} subtracted", end))
        rows.append([name, *(repeats.geometric(found[:, layer]) for layer in SHOWN)])
        rows.append(["infinitely wide", *(f"{expected[layer - 1]:.4g}" for layer in SHOWN)])
    headings = ("subtracted", *(f"{n} layer{'s' if n > 1 else ''}" for n in SHOWN))
    return Found(findings, [Curve("Size (rms) of the values over that of x", headings, rows)])


RATIO = math.sqrt(1.0 - 1.0 / math.pi)

CLAIMS = (
    Claim(
        name="relu-backward-scale",
        part="A",
        words="Dividing ReLU by its backward std leaves the forward scale uncontrolled.",
        source="Feng Wang, 2016",
        how=f"Networks of {DEPTH} square linear layers of width {WIDTH}, weights N(0, 1/width), "
        f"batches of {EXAMPLES}, each with a ReLU divided by √(1/2). Uncontrolled means: the "
        f"size of the values falls by more than {LEAST:.0%} a layer; none of them grows. "
        "Errors rest on networks.",
        criterion=f"The std of ReLU is √(1 − 1/π) = {RATIO:.4f} of its backward std, so with every "
        "unit's own mean subtracted the values shrink by that factor a layer, and a "
        "little more as the mean is that of a batch. Its rms is equal to "
        "its backward std: with no mean subtracted the scale stays, but for a width that is "
        "finite. The fixed mean of N(0, 1), which the source subtracts, is too "
        "large for smaller x, and that ends the shrinking at 1/2: the scale is not "
        "kept, but it is not lost either.",
        commands=("normstats constants relu",),
        experiment=scale,
    ),
)
