"""Statistics that the gradient ignores: biases that drift, and what is wrong with the gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from normstats import api
from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.trial import Trial
from normstats.values import Array

BATCH, RATE, STEPS = 32, 0.1, (0, 50, 100, 200, 400)
CENTRED, NORMALISED = "x − mean", "batch_norm"
SAME, NEAR = 1e-9, 1e-5

SIZES, MEANS = (4, 8, 32, 256), (0.0, 1.0, 3.0)
WIDTH = 1e-5  # of a finite difference


@dataclass(frozen=True)
class Course:
    """The biases at the steps listed, a row a task; how much output and loss ever changed."""

    bias: Array
    output: float
    loss: float


def descend(u: Array, target: Array, how: str, kind: str) -> Course:
    """Gradient steps on b with the loss mean (y − target)²/2, for y = Norm(u + b): a row a task."""
    b, biases = np.zeros(len(u)), []
    first: tuple[Array, Array] | None = None
    off = fall = 0.0
    for step in range(STEPS[-1] + 1):
        y, dx = normalised(u + b[:, None], target, how, kind)
        loss = np.mean((y - target) ** 2, axis=1) / 2.0
        first = first or (y, loss)
        off = max(off, float(np.abs(y - first[0]).max()))
        fall = max(fall, float(np.abs(loss - first[1]).max()))
        if step in STEPS:
            biases.append(b)
        b = b - RATE * dx.sum(axis=1)
    return Course(np.array(biases).T, off, fall)


def normalised(x: Array, target: Array, how: str, kind: str) -> tuple[Array, Array]:
    """y, and the gradient at x of the loss: the full one, or with statistics as constants."""
    if kind == NORMALISED:
        call = f"batch_norm(batch_size={BATCH}, grad_stats={how})"
        y, _ = api.apply(call, x, np.zeros_like(x))
        return api.apply(call, x, (y - target) / BATCH)
    y = x - x.mean(axis=1, keepdims=True)
    dy = (y - target) / BATCH
    return y, dy - dy.mean(axis=1, keepdims=True) if how == "full" else dy


def bias(trial: Trial) -> Found:
    """Targets of mean −1, which no bias can reach once the mean is taken away."""
    rng = trial.generator("drift")
    u = rng.standard_normal((trial.of(10, 50), BATCH))
    target = u - u.mean(axis=1, keepdims=True) - 1.0 + 0.1 * rng.standard_normal(u.shape)
    findings: list[Finding] = []
    rows: list[list[Cell]] = []
    for kind in (CENTRED, NORMALISED):
        ignored, full = (descend(u, target, how, kind) for how in ("constant", "full"))
        ratio = repeats.over(ignored.bias[:, -1] / ignored.bias[:, -2])
        words = f"{kind}, statistics ignored: b after {STEPS[-1]} steps over b after {STEPS[-2]}"
        findings.append(Finding(words, ratio, 2.0, Interval(1.5, 2.5)))
        for words, value in (
            ("statistics ignored: largest change of the output", ignored.output),
            ("statistics ignored: largest change of the loss", ignored.loss),
            ("full gradient: largest |b| of all steps", float(np.abs(full.bias).max())),
        ):
            small = Measured(value)
            findings.append(Finding(f"{kind}, {words}", small, 0.0, Interval(high=SAME)))
        for how, course in (("constant", ignored), ("full", full)):
            rows.append([kind, how, *repeats.over_first(course.bias[:, 1:])])
    curve = Curve(
        "b after so many steps of gradient descent",
        ("layer", "gradient", *(str(step) for step in STEPS[1:])),
        [_rounded(row) for row in rows],
        over="steps",
    )
    return Found(findings, [curve])


def _rounded(row: list[Cell]) -> list[Cell]:
    """Cells, where what is only rounding stands as 0."""
    return ["0" if isinstance(cell, Measured) and abs(cell.value) < SAME else cell for cell in row]


def wrong_part(batch: int, mean: float, trial: Trial) -> Measured:
    """|constant − full|²/|constant|² of the gradients at x, for dy ~ N(mean, 1)."""
    rng = trial.generator(f"ignored {batch} {mean}")
    n = trial.of(100, 2_000)
    x, dy = rng.standard_normal((n, batch)), mean + rng.standard_normal((n, batch))
    full, constant = (
        api.apply(f"batch_norm(batch_size={batch}, grad_stats={how})", x, dy)[1]
        for how in ("full", "constant")
    )
    off = ((constant - full) ** 2).sum(axis=1) / (constant**2).sum(axis=1)
    return repeats.over(off)


def exact_part(batch: int) -> float:
    """Of N(0, 1) gradients: the two directions, 1 and x̂, that the full gradient takes away."""
    return 2.0 / batch


def ignoring(trial: Trial) -> Found:
    """Both gradients against finite differences, and how far the wrong one is off."""
    errors: dict[str, list[float]] = {"full": [], "constant": []}
    for one in range(trial.of(5, 20)):
        rng = trial.generator("ignoring", one)
        x, dy = rng.standard_normal((2, BATCH))
        slopes = np.array([_difference(x, dy, place) for place in range(BATCH)])
        for how, found in errors.items():
            _, dx = api.apply(f"batch_norm(batch_size={BATCH}, grad_stats={how})", x, dy)
            off = np.linalg.norm(dx - slopes) / np.linalg.norm(slopes)
            found.append(float(off))
    words = f"relative distance from finite differences, m = {BATCH}, "
    whole = repeats.largest(errors["full"])
    findings = [
        Finding(words + "full gradient (largest)", whole, 0.0, Interval(high=NEAR)),
        Finding(
            words + "statistics ignored (mean)",
            repeats.over(errors["constant"]),
            claimed=Interval(low=NEAR),
        ),
    ]
    rows: list[list[Cell]] = []
    for batch in SIZES:
        parts = [wrong_part(batch, mean, trial) for mean in MEANS]
        rows.append([str(batch), *parts])
        words = f"wrong part of the squared gradient, m = {batch}, dy ~ N(0, 1)"
        findings.append(Finding(words, parts[0], exact_part(batch)))
    headings = ("m", *(f"dy ~ N({mean:g}, 1)" for mean in MEANS))
    title = "Part of the squared gradient that is wrong if the statistics are ignored"
    return Found(findings, [Curve(title, headings, rows)])


def _difference(x: Array, dy: Array, place: int) -> float:
    """The derivative of Σ y·dy by one element of x, by a central difference."""
    sides = []
    for sign in (1.0, -1.0):
        moved = x.copy()
        moved[place] += sign * WIDTH
        y, _ = api.apply(f"batch_norm(batch_size={BATCH})", moved, dy)
        sides.append(math.fsum(y * dy))
    return (sides[0] - sides[1]) / (2.0 * WIDTH)


NOTES = "notes on Batch Normalization (Ioffe and Szegedy, 2015)"

CLAIMS = (
    Claim(
        name="drifting-bias",
        part="B",
        words="Normalisation outside the gradient step fails: a bias before it grows without "
        "bound, while the output and the loss stay the same.",
        source=NOTES,
        how=f"Gradient steps on b of y = Norm(u + b), {BATCH} examples, rate {RATE:g}, targets of "
        "mean −1; Norm takes the mean away, or is batch_norm. Unbounded means: twice the steps, "
        "twice the bias (1.5 to 2.5). Errors rest on new u and targets.",
        experiment=bias,
    ),
    Claim(
        name="ignored-statistics",
        part="B",
        words="The gradient must go through the statistics, too: without ∂Norm/∂X it is wrong.",
        source=NOTES,
        how="batch_norm with the full gradient and with constant statistics, both against finite "
        f"differences. Right means: to {NEAR:g}, with batches of m = {BATCH}. "
        "Errors rest on batches.",
        criterion="What is wrong is the part of dy along 1 and along x̂. Of independent dy that is "
        "2/m of the square, so little in a large batch. Where all dy have a common mean μ, as with "
        "the drifting bias, it is μ²/(1 + μ²) in the largest batch.",
        commands=(
            "normstats batch_norm --grad-stats constant --dy-mean 1",
            "normstats batch_norm --grad-stats full --dy-mean 1",
        ),
        experiment=ignoring,
    ),
)
