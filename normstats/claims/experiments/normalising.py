"""The programme of the posts: every layer scaled forward, backward, or both."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from normstats import api
from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval
from normstats.claims.network import Design, forward, rms, run
from normstats.claims.trial import Trial
from normstats.values import Array

WIDTH, DEPTH, EXAMPLES = 128, 50, 16
KINDS = ("relu", "sigmoid", "tanh")
WAYS = ("forward", "backward", "separate")
SHOWN = (1, 2, 5, 10, 20, 50)
KEPT = Interval(math.log(0.5), math.log(2.0))  # in all layers together
CONTROLLED = Interval(math.log(1 / 1.5), math.log(1.5))
RISE = range(1, 11)  # layers over which a growth is read off
SOURCE = "Feng Wang, 2016"


def scaled(kind: str, how: str) -> Design:
    """An activation shifted by its mean and scaled by a std, both exact for N(0, 1)."""
    known = api.exact(kind)
    mean, std, back = known.forward.mean, known.forward.std, known.backward.std
    assert mean is not None
    assert std is not None
    assert back is not None
    factor = 1.0 / (back if how == "backward" else std)
    return Design(kind, factor=factor, shift=mean, back=1.0 / back if how == "separate" else None)


@cache
def logs(kind: str, how: str, trial: Trial) -> tuple[Array, Array]:
    """Logs of the size of values and of gradients at every place: a row a network.

    Weights are N(0, 1/width): a square linear layer has std 1 both ways.
    """
    design = scaled(kind, how)

    def measure(rng: np.random.Generator, networks: int) -> Array:
        x, dy = rng.standard_normal((2, networks, EXAMPLES, WIDTH))
        done = run(design, [weight(rng, networks) for _ in range(DEPTH)], x, dy)
        values = np.array([np.log(rms(y)) for y in done.hidden])
        return np.stack([values.T, done.log_gradient.T], axis=1)

    found = trial.collect(f"normalising {kind}", trial.of(6, 120), measure)
    return found[:, 0], found[:, 1]


def weight(rng: np.random.Generator, networks: int) -> Array:
    """One layer's."""
    return rng.standard_normal((networks, WIDTH, WIDTH)) / math.sqrt(WIDTH)


def both_ways(how: str, trial: Trial) -> tuple[list[Finding], list[Curve]]:
    """Log of the size of values and of gradients after all layers; the curves by depth."""
    findings: list[Finding] = []
    ahead: list[list[Cell]] = []
    back: list[list[Cell]] = []
    for kind in KINDS:
        values, gradients = logs(kind, how, trial)
        values, gradients = values - values[:, :1], gradients - gradients[:, -1:]
        for words, found, aimed in (
            ("values at the end", values[:, -1], how != "backward"),
            ("gradients at the start", gradients[:, 0], how != "forward"),
        ):
            claimed = KEPT if aimed else None
            what = f"log of the size of {words}, {kind}"
            findings.append(Finding(what, repeats.over(found), None, claimed, f"{kind}, {words}"))
        ahead.append([kind, *(repeats.geometric(values[:, layer]) for layer in SHOWN)])
        back.append([kind, *(repeats.geometric(gradients[:, -1 - layer]) for layer in SHOWN)])
    headings = ("activation", *(_layers(layer) for layer in SHOWN))
    return findings, [
        Curve(f"Scaled {how}: size of the values, forward, geometric mean", headings, ahead),
        Curve(f"Scaled {how}: size of the gradients, backward, geometric mean", headings, back),
    ]


def _layers(number: int) -> str:
    return f"{number} layer{'s' if number > 1 else ''}"


def one_way(trial: Trial) -> Found:
    """Scaled forward or backward."""
    findings, curves = [], []
    for how in WAYS[:2]:
        own, shown = both_ways(how, trial)
        for one in own:
            under = f"scaled {how}, {one.under}"
            words = f"scaled {how}: {one.words}"
            findings.append(Finding(words, one.measured, one.exact, one.claimed, under))
        curves += shown
    return Found(findings, curves)


def separately(trial: Trial) -> Found:
    """Scaled both ways, and what that does to the gradient."""
    findings, curves = both_ways("separate", trial)
    for kind in KINDS:
        factors = scaled(kind, "separate")
        assert factors.back is not None
        _, false = logs(kind, "separate", trial)
        _, true = logs(kind, "forward", trial)
        off = (false[:, 0] - false[:, -1] - true[:, 0] + true[:, -1]) / DEPTH
        words = f"log of handed gradient over true gradient, a layer, {kind}"
        findings.append(Finding(words, repeats.over(off), math.log(factors.back / factors.factor)))
    return Found(findings, curves)


SUBTRACTED = ("its exact mean at N(0, 1)", "no mean", "the mean of each unit")


def relu_logs(subtracted: str, trial: Trial) -> Array:
    """Logs of the size of the values behind ReLU over its backward std: a row a network."""
    backward = scaled("relu", "backward")
    exact, _none, each = SUBTRACTED
    design = backward if subtracted == exact else Design("relu", factor=backward.factor)

    def measure(rng: np.random.Generator, networks: int) -> Array:
        x = rng.standard_normal((networks, EXAMPLES, WIDTH))
        found = [np.log(rms(x))]
        for _ in range(DEPTH):
            x = forward(design, [weight(rng, networks)], x)[-1]
            x = x - x.mean(axis=-2, keepdims=True) if subtracted == each else x
            found.append(np.log(rms(x)))
        return np.array(found).T - found[0][:, None]

    return trial.collect(f"relu {subtracted}", trial.of(6, 300), measure)


def relu(trial: Trial) -> Found:
    """ReLU divided by its backward std: the scale of the values, with three means taken away."""
    known = api.exact("relu")
    assert known.forward.std is not None
    assert known.forward.rms is not None
    assert known.backward.std is not None
    firsts = (known.forward.std / known.backward.std, known.forward.rms / known.backward.std, None)
    findings: list[Finding] = []
    rows: list[list[Cell]] = []
    for name, first in zip(SUBTRACTED, firsts, strict=True):
        found = relu_logs(name, trial)
        words = f"size of the values after the first layer, {name} subtracted"
        findings.append(Finding(words, repeats.geometric(found[:, 1]), first))
        words = f"log of the size of the values after {DEPTH} layers, {name} subtracted"
        end = repeats.over(found[:, -1])
        findings.append(Finding(words, end, None, CONTROLLED, f"{name} subtracted"))
        growth = repeats.slope(RISE, found[:, RISE.start : RISE.stop])
        words = f"growth of the log a layer, layers {RISE.start + 1} to {RISE.stop}, "
        shrinks = math.log(firsts[0]) if first is None else None
        findings.append(Finding(f"{words}{name} subtracted", growth, shrinks))
        rows.append([name, *(repeats.geometric(found[:, layer]) for layer in SHOWN)])
    headings = ("subtracted", *(_layers(layer) for layer in SHOWN))
    return Found(findings, [Curve("Size of the values over that of x", headings, rows)])


HOW = (
    f"Networks of {DEPTH} square linear layers of width {WIDTH}, weights N(0, 1/width), each with "
    "an activation that is shifted by its mean and divided by a std, exact for N(0, 1). Errors "
    "rest on networks."
)
LIMIT = f"Kept means: to a factor of 2 after {DEPTH} layers."

CLAIMS = (
    Claim(
        name="normalised-layers",
        part="A",
        words="If every layer is scaled for standard normal inputs, the std of the values "
        "(scaled forward) or of the gradients (scaled backward) stays 1 through the network.",
        source=SOURCE,
        how=f"{HOW} {LIMIT}",
        criterion="The scale of each direction follows from the std that the other one brings to "
        "the activation. ReLU's slope does not depend on the scale of x, so backward scaling keeps "
        "its gradients whatever the values do. Sigmoid and tanh have larger gradients for smaller "
        "x, so backward scaling keeps them only where the values keep std 1. Scaled forward, ReLU "
        "is at an edge: with its fixed mean subtracted, values that are too large by "
        "chance grow on.",
        commands=("normstats constants relu sigmoid tanh",),
        experiment=one_way,
    ),
    Claim(
        name="relu-backward-scale",
        part="A",
        words="Dividing ReLU by its backward std controls the forward scale as well.",
        source=f"{SOURCE}; the post leaves it open whether that is so",
        how=f"{HOW} Controlled means: their size stays within a factor 1.5.",
        criterion="The std of ReLU is √(1 − 1/π) of its backward std, so with every unit's own "
        "mean subtracted the values shrink by that factor a layer. Its rms is equal to its "
        "backward std: with no mean subtracted the scale stays. The fixed mean of N(0, 1) is too "
        "large for smaller x, and that ends the shrinking at 1/2.",
        commands=("normstats constants relu",),
        experiment=relu,
    ),
    Claim(
        name="separate-scaling",
        part="A",
        words="A separate scaling of values and gradients keeps both.",
        source=f"{SOURCE}, closing question; Unit Scaling, 2023",
        how=f"{HOW} Values are divided by the forward std, gradients by the backward std. {LIMIT}",
        criterion="What is handed back is then the gradient of the scaled function times (forward "
        "std/backward std) for each layer: in a chain it has the right direction and another size. "
        "The values of ReLU are no better than with forward scaling alone.",
        experiment=separately,
    ),
)
