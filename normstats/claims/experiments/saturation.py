"""Saturation: what is left of a gradient when the input of an activation grows."""

from __future__ import annotations

import math

from normstats import api
from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.trial import Trial

LAYERS = ("sigmoid", "tanh", "relu")
STDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
LOST = 0.5  # of the gradient, if less is left
SMALLEST, LARGE, LARGEST = STDS[0], STDS[-3], STDS[-1]


def backward_std(layer: str, std: float, trial: Trial) -> tuple[Measured, float]:
    """Of dx for inputs of this std, measured and exact."""
    result = api.measure(
        layer,
        x_std=std,
        samples=trial.of(20_000, 2_000_000),
        seed=1000 * trial.seed
        + STDS.index(std),  # the numbers of one std are independent of others
        threads=trial.threads,
    )
    exact = result.backward.std.exact
    assert exact is not None
    return repeats.of(result.backward.std, result.units), exact


def saturation(trial: Trial) -> Found:
    """The std of dx as the std of x goes from 0.1 to 100."""
    found = {(layer, std): backward_std(layer, std, trial) for layer in LAYERS for std in STDS}
    findings = []
    for layer in LAYERS:
        (last, last_exact), (first, first_exact) = found[layer, LARGEST], found[layer, SMALLEST]
        claimed = Interval(0.99, 1.01) if layer == "relu" else Interval(high=LOST)
        words = f"{layer}: std of dx at x-std {LARGEST:g} over that at {SMALLEST:g}"
        left = repeats.ratio(last, first)
        findings.append(Finding(words, left, last_exact / first_exact, claimed))
    for layer in LAYERS[:2]:
        (last, last_exact), (large, large_exact) = found[layer, LARGEST], found[layer, LARGE]
        part = repeats.ratio(last, large)
        decades = math.log(LARGEST / LARGE)
        power = Measured(math.log(part.value) / decades, part.se / part.value / decades, part.units)
        exact = math.log(last_exact / large_exact) / decades
        words = f"{layer}: power of the x-std that the std of dx falls with, {LARGE:g} to "
        findings.append(Finding(f"{words}{LARGEST:g}", power, exact))
    rows: list[list[Cell]] = [
        [f"{std:g}", *(found[layer, std][0] for layer in LAYERS)] for std in STDS
    ]
    return Found(findings, [Curve("Std of dx", ("std of x", *LAYERS), rows)])


CLAIMS = (
    Claim(
        name="saturation",
        part="B",
        words="Sigmoid and tanh lose their gradient when their input grows; ReLU does not.",
        source="notes on Batch Normalization (Ioffe and Szegedy, 2015)",
        how="The std of dx for x ~ N(0, s²), s from 0.1 to 100. Lost means: less than half is left "
        "at s = 100; not lost: all of it, to 1 %. Errors rest on samples.",
        criterion="The gradient is not lost at once: where x is spread wide, a share of the units "
        "proportional to 1/s is still near 0, so the std of dx falls with 1/√s.",
        commands=("normstats sigmoid --x-std 100", "normstats relu --x-std 100"),
        experiment=saturation,
    ),
)
