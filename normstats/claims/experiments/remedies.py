"""The remedies for gradients that vanish or explode: each alone, and all together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.network import Design, run
from normstats.claims.trial import Trial
from normstats.values import Array

WIDTH, EXAMPLES, DEPTHS = 64, 32, (10, 50, 200)
REMEDIES = ("Xavier", "ReLU", "batch norm", "residual")
NETWORKS = {10: 200, 50: 200, 200: 40}
DECADE = Interval(-1.0, 1.0)
WORDS = "log10 of gradient at the first layer over the last"
KAIMING = "ReLU + Kaiming"

# The bounds of uniform weights, times √width: what PyTorch draws unasked, and Xavier for a square.
UNASKED, XAVIER = 1.0, math.sqrt(3.0)


def ratio(remedies: tuple[str, ...], depth: int, trial: Trial, bound: float = 0.0) -> Measured:
    """log10 of the gradient at the first layer over that at the last."""
    design = Design(
        activation="relu" if "ReLU" in remedies else "sigmoid",
        batch_norm="batch norm" in remedies,
        residual="residual" in remedies,
    )
    bound = bound or (XAVIER if "Xavier" in remedies else UNASKED)

    def measure(rng: np.random.Generator, networks: int) -> Array:
        x, dy = rng.standard_normal((2, networks, EXAMPLES, WIDTH))
        shape, most = (networks, WIDTH, WIDTH), bound / math.sqrt(WIDTH)
        weights = [rng.uniform(-most, most, shape) for _ in range(depth)]
        done = run(design, weights, x, dy)
        found: Array = (done.log_gradient[0] - done.log_gradient[-1]) / math.log(10.0)
        return found

    name = f"remedies {remedies} {depth} {bound}"
    return repeats.over(trial.collect(name, trial.of(5, NETWORKS[depth]), measure))


def combinations() -> Iterator[tuple[str, ...]]:
    """No remedy, each alone, two, three, all."""
    for count in range(len(REMEDIES) + 1):
        yield from itertools.combinations(REMEDIES, count)


def nearer(name: str, own: Sequence[Measured], none: Sequence[Measured]) -> Iterator[Finding]:
    """That gradients are nearer to equal than without remedies, at each depth."""
    for depth, one, without in zip(DEPTHS, own, none, strict=True):
        gain = Measured(
            abs(one.value) - abs(without.value),
            math.hypot(one.se, without.se),
            min(one.units, without.units),
        )
        words = f"its distance from 0 less that of none, {name}, depth {depth}"
        under = f"better than none, {name}, depth {depth}"
        yield Finding(words, gain, None, Interval(high=0.0), under)


def remedies(trial: Trial) -> Found:
    """All sixteen combinations at three depths."""
    found = {(own, depth): ratio(own, depth, trial) for own in combinations() for depth in DEPTHS}
    kaiming = [ratio(("ReLU",), depth, trial, math.sqrt(6.0)) for depth in DEPTHS]
    findings = []
    for own in ((), *((one,) for one in REMEDIES), REMEDIES):
        name = " + ".join(own) if len(own) < len(REMEDIES) else "all four"
        for depth in DEPTHS:
            where = f"{name or 'none'}, depth {depth}"
            claimed = DECADE if own else None
            under = f"within a factor 10, {where}" if own else ""
            findings.append(Finding(f"{WORDS}, {where}", found[own, depth], None, claimed, under))
        if own:
            findings += nearer(
                name, [found[own, d] for d in DEPTHS], [found[(), d] for d in DEPTHS]
            )
    for depth, one in zip(DEPTHS, kaiming, strict=True):
        findings.append(Finding(f"{WORDS}, {KAIMING}, depth {depth}", one))
    findings += nearer(KAIMING, kaiming, [found[(), depth] for depth in DEPTHS])
    rows: list[list[Cell]] = [
        [" + ".join(own) or "none", *(found[own, depth] for depth in DEPTHS)]
        for own in combinations()
    ]
    rows.append([f"{KAIMING} (χ = 1)", *kaiming])
    headings = ("remedies", *(f"depth {depth}" for depth in DEPTHS))
    title = "log10 of the gradient at the first layer over that at the last: 0 is as large"
    return Found(findings, [Curve(title, headings, rows)])


CLAIMS = (
    Claim(
        name="remedies",
        part="C",
        words="Xavier initialisation, ReLU instead of sigmoid, batch normalisation and residual "
        "blocks keep gradients from vanishing and exploding.",
        source="Billy, 2018",
        how=f"Networks of width {WIDTH}, batches of {EXAMPLES}; without remedies sigmoid, and "
        "uniform weights within 1/√width, which PyTorch draws unasked. With batch norm a layer is "
        "f(BN(Wh)), with a residual h + f(Wh). Two statements are put to the test: each remedy "
        "brings the gradients at the first and the last layer nearer together than none, "
        "and, stricter, within a factor 10. Errors rest on networks.",
        criterion="Without batch norm and residuals what is needed is χ = σ_w² E f′² = 1 (see "
        "derivatives-above-1): Xavier with ReLU has χ = 1/2, Kaiming with ReLU has 1. The source "
        "does not name Kaiming, so the factor 10 is no statement there: at depth 200 its gradients "
        "differ by about that. Batch norm "
        "without residuals makes gradients explode in deep networks: dividing by the std makes up "
        "for more than the activation loses.",
        experiment=remedies,
    ),
)
