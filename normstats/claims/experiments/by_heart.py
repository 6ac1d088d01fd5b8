"""Batch normalisation and learning by heart: whether its noise regularises."""

from __future__ import annotations

import numpy as np

from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval
from normstats.claims.training import BATCH, FEW, HIDDEN, MANY, REPEATED, WIDTH, Student
from normstats.claims.training import learn_by_heart as learn
from normstats.claims.trial import Trial
from normstats.values import Array

KINDS = ("relu", "sigmoid", "tanh")
UNLEARNT = ("sigmoid",)  # nothing is learnt by heart without batch norm: the gap tells nothing
RATE = 0.5


def losses(student: Student, trial: Trial) -> Array:
    """A row a task, a column for the loss of seen and of new examples."""

    def measure(rng: np.random.Generator, tasks: int) -> Array:
        return learn(student, (RATE,), rng, tasks)[:, 0]

    # by activation alone: the same tasks and first weights with and without batch norm
    return trial.collect(f"by heart {student.activation}", trial.of(5, 300), measure)


def regularisation(trial: Trial) -> Found:
    """The gap between new and seen examples."""
    findings: list[Finding] = []
    rows: list[list[Cell]] = []
    for kind in KINDS:
        found = {norm: losses(Student(kind, norm), trial) for norm in (False, True)}
        gaps = {norm: table[:, 1] - table[:, 0] for norm, table in found.items()}
        less = repeats.over(gaps[True] - gaps[False])
        words = f"loss of new examples over that of seen ones, batch norm less none, {kind}"
        claimed = None if kind in UNLEARNT else Interval(high=0.0)
        findings.append(Finding(words, less, None, claimed, kind))
        for norm, name in ((False, "none"), (True, "batch norm")):
            rows.append([f"{kind}, {name}", *repeats.over_first(found[norm])])
    headings = ("network", "seen examples", "new examples")
    return Found(findings, [Curve("Loss after learning by heart", headings, rows)])


CLAIMS = (
    Claim(
        name="regularisation",
        part="B",
        words="Batch normalisation regularises somewhat.",
        source="Ioffe and Szegedy, 2015",
        how=f"Networks of {HIDDEN} hidden layers of {WIDTH} units learn {FEW} examples of a "
        f"teacher's two classes by heart, in {REPEATED} steps with random batches of {BATCH}, rate "
        f"{RATE:g}. Then {MANY} new ones. Regularising means: the loss of the new ones is less far "
        "above that of the seen ones. Errors rest on new tasks, the same with and without it.",
        criterion="The gap is compared after the same steps. ReLU and tanh know the seen "
        "examples by heart with and without batch norm. Sigmoid without it learns too slowly for "
        "that, so it has hardly a gap, and the difference says nothing about regularising: it "
        "has no part in the verdict. New examples are told better with batch norm there, too.",
        experiment=regularisation,
    ),
)
