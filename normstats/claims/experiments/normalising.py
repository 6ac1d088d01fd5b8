"""The programme of the posts: every layer scaled forward, backward, or both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from normstats import api
from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.trial import Trial
from normstats.networks.result import Number
from normstats.parameters import NormalizeName

WIDTH, DEPTH, EXAMPLES = 128, 50, 16
KINDS = ("relu", "sigmoid", "tanh")
WAYS: tuple[NormalizeName, ...] = ("forward", "backward", "separate")
SHOWN = (1, 2, 5, 10, 20, 50)
LEAST = 0.01  # change of the log a layer that counts
KEPT = Interval(-LEAST * DEPTH, LEAST * DEPTH)
SOURCE = "Feng Wang, 2016"


@dataclass(frozen=True)
class Sizes:
    """Logs of the std of values behind each layer, and of the gradient in front of each."""

    values: tuple[Measured, ...]
    gradients: tuple[Measured, ...]


@cache
def sizes(kind: str, how: NormalizeName, trial: Trial) -> Sizes:
    """Of the typical network: means over networks of the log of its std."""
    result = api.chain(
        f"linear({WIDTH}, init=lecun_normal), {kind}",
        repeat=DEPTH,
        input=WIDTH,
        batch_size=EXAMPLES,
        networks=trial.of(5, 120),
        normalize=how,
        seed=trial.seed,
        threads=trial.threads,
    )

    def log(number: Number) -> Measured:
        assert number.log10 is not None
        assert number.log10_se is not None
        found = Measured(number.log10, number.log10_se, result.networks)
        return repeats.times(found, math.log(10.0))

    pairs = zip(result.layers[::2], result.layers[1::2], strict=True)
    linear, behind = zip(*pairs, strict=True)
    return Sizes(
        tuple(log(layer.typical_forward) for layer in behind),
        tuple(log(layer.typical_gradient) for layer in linear),
    )


def both_ways(how: NormalizeName, trial: Trial) -> tuple[list[Finding], list[Curve]]:
    """Log of the std of values and of gradients after all layers; the curves by depth."""
    findings: list[Finding] = []
    ahead: list[list[Cell]] = []
    back: list[list[Cell]] = []
    for kind in KINDS:
        found = sizes(kind, how, trial)
        for words, end, aimed in (
            ("values at the end", found.values[-1], how != "backward"),
            ("gradients at the start", found.gradients[0], how != "forward"),
        ):
            where = f"scaled {how}, {kind}, {words}"
            claimed = KEPT if aimed else None
            findings.append(Finding(f"log of the std, {where}", end, None, claimed, where))
        ahead.append([kind, *(repeats.exponential(found.values[n - 1]) for n in SHOWN)])
        back.append([kind, *(repeats.exponential(found.gradients[-n]) for n in SHOWN)])
    headings = ("activation", *(f"{n} layer{'s' if n > 1 else ''}" for n in SHOWN))
    return findings, [
        Curve(f"Scaled {how}: std of the values, forward, of a typical network", headings, ahead),
        Curve(f"Scaled {how}: std of the gradients, backward", headings, back),
    ]


def one_way(trial: Trial) -> Found:
    """Scaled forward or backward."""
    findings, curves = [], []
    for how in WAYS[:2]:
        own, shown = both_ways(how, trial)
        findings += own
        curves += shown
    return Found(findings, curves)


def separately(trial: Trial) -> Found:
    """Scaled both ways, and what that does to the gradient."""
    findings, curves = both_ways("separate", trial)
    for kind in KINDS:
        handed, true = (sizes(kind, how, trial).gradients[0] for how in ("separate", "forward"))
        known = api.exact(kind)
        assert known.forward.std is not None
        assert known.backward.std is not None
        exact = math.log(known.forward.std / known.backward.std)
        # the same networks in both, so that the quotient has no chance in it
        off = Measured((handed.value - true.value) / DEPTH)
        findings.append(Finding(f"log of handed over true gradient, a layer, {kind}", off, exact))
    return Found(findings, curves)


HOW = (
    f"Networks of {DEPTH} square linear layers of width {WIDTH}, weights N(0, 1/width), batches of "
    f"{EXAMPLES}, each layer with an activation that is shifted by its mean and divided by a std, "
    f"exact for N(0, 1). Kept means: it changes by less than {LEAST:.0%} a layer. Errors rest on "
    "networks."
)
COMMAND = (
    f'normstats chain "linear({WIDTH}, init=lecun_normal), relu" --repeat {DEPTH} --input {WIDTH} '
    f"--batch-size {EXAMPLES} --networks 120 --normalize "
)

CLAIMS = (
    Claim(
        name="normalised-layers",
        part="A",
        words="If every layer is scaled for standard normal inputs, the std of the values "
        "(scaled forward) or of the gradients (scaled backward) stays 1 through the network.",
        source=SOURCE,
        how=HOW,
        criterion="The scale of each direction follows from the std that the other one brings to "
        "the activation. ReLU's slope does not depend on the scale of x, so backward scaling keeps "
        "its gradients whatever the values do. Sigmoid and tanh have larger gradients for smaller "
        "x, so backward scaling keeps them only where the values keep std 1. Scaled forward, ReLU "
        "is at an edge: with its fixed mean subtracted, values that are too large by chance grow "
        "on. So: forward scaling for the values of sigmoid and tanh, backward scaling for the "
        "gradients of ReLU.",
        commands=(f"{COMMAND}forward", f"{COMMAND}backward"),
        experiment=one_way,
    ),
    Claim(
        name="separate-scaling",
        part="A",
        words="A separate scaling of values and gradients keeps both.",
        source=f"{SOURCE}, closing question; Unit Scaling, 2023",
        how=f"{HOW} Values are divided by the forward std, gradients by the backward std.",
        criterion="What is handed back is then the gradient of the scaled function times (forward "
        "std/backward std) for each layer: in a chain it has the right direction and another size. "
        "The values of ReLU are no better than with forward scaling alone.",
        commands=(f"{COMMAND}separate",),
        experiment=separately,
    ),
)
