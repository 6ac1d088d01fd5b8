"""Batch normalisation takes the scale of the weights away, and divides their gradient by it."""

from __future__ import annotations

import numpy as np

from normstats import api
from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval
from normstats.claims.trial import Trial
from normstats.values import Array

BATCH, FEATURES, OUTPUTS = 64, 20, 10
FACTORS = (0.01, 0.1, 10.0, 100.0)
USUAL = 1e-5
NEAR = 1e-9


def through(w: Array, u: Array, dy: Array, eps: float) -> tuple[Array, Array]:
    """y = BN(W·u), and the gradient of W: one feature after the other."""
    call = f"batch_norm(batch_size={BATCH}, eps={eps})"
    x = (u @ w.T).T  # a row a feature
    y, dx = api.apply(call, x, dy.T)
    return y.T, dx @ u


def scale(trial: Trial) -> Found:
    """W and aW, with eps of 0 and of 1e-5."""
    findings: list[Finding] = []
    rows: list[list[Cell]] = []
    for eps in (0.0, USUAL):
        for a in FACTORS:
            moved, products = [], []
            for one in range(trial.of(5, 20)):
                rng = trial.generator("scale", one)
                w = rng.standard_normal((OUTPUTS, FEATURES))
                u, dy = (
                    rng.standard_normal((BATCH, FEATURES)),
                    rng.standard_normal((BATCH, OUTPUTS)),
                )
                (y, dw), (ya, dwa) = (through(factor * w, u, dy, eps) for factor in (1.0, a))
                moved.append(float(np.abs(ya - y).max()))
                products.append(a * float(np.linalg.norm(dwa) / np.linalg.norm(dw)))
            if eps == 0.0:
                words = f"a = {a:g}, eps = 0: largest |BN(aWu) − BN(Wu)|"
                same = repeats.largest(moved)
                findings.append(Finding(words, same, 0.0, Interval(high=NEAR)))
                off = repeats.largest(np.abs(np.array(products) - 1.0))
                words = f"a = {a:g}, eps = 0: |a·(gradient of aW)/(gradient of W) − 1|, largest"
                findings.append(Finding(words, off, 0.0, Interval(high=NEAR)))
            else:
                rows.append([f"{a:g}", repeats.over(moved), repeats.over(products)])
    headings = ("a", "largest difference of y", "a · ratio of the gradients")
    title = f"With eps = {USUAL:g}, which matters where a²·var(Wu) is not far above it"
    return Found(findings, [Curve(title, headings, rows)])


CLAIMS = (
    Claim(
        name="scale-invariance",
        part="B",
        words="BN(aWu) = BN(Wu), and the gradient of aW is that of W divided by a.",
        source="Ioffe and Szegedy, 2015",
        how=f"batch_norm behind W·u, {BATCH} examples of {FEATURES} features, {OUTPUTS} outputs. "
        f"Equal means: to {NEAR:g}.",
        commands=("normstats batch_norm --x-mean 5 --x-std 2",),
        experiment=scale,
    ),
)
