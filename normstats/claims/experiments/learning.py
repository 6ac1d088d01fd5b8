"""Batch normalisation in networks that are trained: learning rates and first weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval
from normstats.claims.training import BATCH, GUESSING, HIDDEN, INPUTS, STEPS, WIDTH, Student, train
from normstats.claims.trial import Trial
from normstats.values import Array

KINDS = ("relu", "sigmoid", "tanh")
RATES = tuple(2.0**power for power in range(-4, 6))
SCALES = tuple(10.0 ** (power / 2.0) for power in range(-4, 5))
# While the scale of the first weights is changed, each network has its own best rate: that of RATES
# with the lowest mean loss at scale 1, where a loss above guessing counts as guessing.
BEST: dict[Student, float] = {
    Student("relu", False): 0.5,
    Student("relu", True): 1.0,
    Student("sigmoid", False): 4.0,
    Student("sigmoid", True): 0.5,
    Student("tanh", False): 1.0,
    Student("tanh", True): 0.5,
}
RATE_STEP, SCALE_STEP = 1.0, 0.5  # of log2 of the rates, of log10 of the scales
LEARNT = 0.75 * GUESSING
STAND_IN = f" ({math.log2(RATES[0]) - 1.0:g} if none does)"


def losses(student: Student, what: str, trial: Trial) -> Array:
    """The last loss: a row a repetition, a column a rate, or a scale of the first weights."""
    rates, scales = RATES, (1.0,) * len(RATES)
    if what == "scale":
        rates, scales = (BEST[student],) * len(SCALES), SCALES

    def measure(rng: np.random.Generator, tasks: int) -> Array:
        return train(student, rates, scales, rng, tasks)

    # by name and activation alone: the same tasks and first weights with and without batch norm
    name = f"learning {what} {student.activation}"
    return trial.collect(name, trial.of(4, 40), measure)


def largest(rows: Array) -> Array:
    """log2 of the largest rate that learns, for each repetition; half of the first if none does."""
    powers = np.log2(RATES)
    found: Array = np.where(rows < LEARNT, powers, powers[0] - 1.0).max(axis=1)
    return found


def decades(rows: Array) -> Array:
    """Over how many decades of scales it learns, for each repetition: each stands for a half."""
    found: Array = SCALE_STEP * (rows < LEARNT).sum(axis=1)
    return found


def capped(rows: Array) -> Array:
    """Losses, where one above guessing counts as guessing."""
    return np.minimum(rows, GUESSING)


def rates(trial: Trial) -> Found:
    """The largest rate that learns, and the loss at each."""
    findings: list[Finding] = []
    curve: list[list[Cell]] = []
    means: list[list[Cell]] = []
    for kind in KINDS:
        without, with_norm = (losses(Student(kind, norm), "rate", trial) for norm in (False, True))
        more = repeats.over(largest(with_norm) - largest(without), RATE_STEP)
        words = f"log2 of the largest rate that learns{STAND_IN}, batch norm over none, {kind}"
        findings.append(Finding(words, more, None, Interval(low=0.0), kind))
        for name, rows in (("none", without), ("batch norm", with_norm)):
            words = f"log2 of the largest rate that learns{STAND_IN}, {kind}, {name}"
            findings.append(Finding(words, repeats.over(largest(rows), RATE_STEP)))
            words = f"share of tasks that are learnt at some rate, {kind}, {name}"
            some = repeats.proportion((rows < LEARNT).any(axis=1))
            findings.append(Finding(words, some))
            words = f"loss at the best rate, {kind}, {name}"
            findings.append(Finding(words, repeats.over(rows.min(axis=1))))
            curve.append([f"{kind}, {name}", *_learnt(rows)])
            means.append([f"{kind}, {name}", *repeats.over_first(capped(rows))])
    headings = ("network", *(f"{rate:g}" for rate in RATES))
    title = "Mean loss by learning rate, a loss above guessing counted as guessing"
    share = Curve("Share of runs that learn, by learning rate", headings, curve, "learning rate")
    return Found(findings, [share, Curve(title, headings, means, "learning rate")])


def scales(trial: Trial) -> Found:
    """For how many scales of the first weights it learns, and the loss at each."""
    findings: list[Finding] = []
    curve: list[list[Cell]] = []
    for kind in KINDS:
        without, with_norm = (losses(Student(kind, norm), "scale", trial) for norm in (False, True))
        more = repeats.over(decades(with_norm) - decades(without), SCALE_STEP)
        words = f"decades of first weights that learn, batch norm less none, {kind}"
        findings.append(Finding(words, more, None, Interval(low=0.0), kind))
        for name, rows in (("none", without), ("batch norm", with_norm)):
            words = f"decades of first weights that learn, {kind}, {name}"
            findings.append(Finding(words, repeats.over(decades(rows), SCALE_STEP)))
            rate = BEST[Student(kind, name == "batch norm")]
            curve.append([f"{kind}, {name}", f"{rate:g}", *_learnt(rows)])
    headings = ("network", "rate", *(f"{scale:.3g}" for scale in SCALES))
    title = "Share of runs that learn, by the scale of the first weights"
    return Found(findings, [Curve(title, headings, curve, "scale of the first weights")])


def _learnt(rows: Array) -> Sequence[Cell]:
    return [repeats.proportion(column) for column in (rows < LEARNT).T]


HOW = (
    f"Networks of {HIDDEN} hidden layers of {WIDTH} units, trained for {STEPS} steps of gradient "
    f"descent with {BATCH} new examples each: {INPUTS} normal inputs, two classes that a random "
    "teacher network tells apart, logistic loss. With batch norm, it stands before each "
    f"activation. Learning means: a loss of the last steps below {LEARNT:.2f}, three quarters of "
    "that of guessing. Errors rest on new tasks, the same with and without batch norm."
)

CLAIMS = (
    Claim(
        name="higher-rates",
        part="B",
        words="Batch normalisation allows higher learning rates.",
        source="Ioffe and Szegedy, 2015",
        how=HOW,
        criterion="Rates are powers of 2, so log2 is the number of doublings. The last layer has "
        "no batch norm, and its own largest rate is an end for both. That higher rates are "
        "allowed does not mean a lower loss: see the loss at the best rate. A task "
        f"that no rate learns counts as one whose largest rate is {RATES[0] / 2.0:g}, half of the "
        "smallest tried. Sigmoid without batch norm has many of these, so its mean is no rate that "
        "one would measure: the share of tasks learnt stands beside it.",
        experiment=rates,
    ),
    Claim(
        name="initialisation",
        part="B",
        words="With batch normalisation a network depends less on its first weights.",
        source="Ioffe and Szegedy, 2015",
        how=f"{HOW} The first weights of the hidden layers are Kaiming's for ReLU, Xavier's for "
        "the others, times a scale from 0.01 to 100. Each network learns at "
        "the rate that is best for it at scale 1: of the powers of 2 in higher-rates, the one with "
        "the lowest mean loss, where "
        "a loss above that of guessing counts as guessing.",
        criterion="The output does not depend on the scale of the weights, but the gradient is "
        "divided by it (see scale-invariance): with batch norm small weights become as large as "
        "they have to be at once, large ones learn slowly.",
        experiment=scales,
    ),
)
