"""Full whitening: what it does that batch normalisation does not, and what it costs."""

from __future__ import annotations

import math

import numpy as np

from normstats import api
from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.trial import Trial
from normstats.values import Array

SIZES = (8, 16, 32, 64)
ROWS = 4  # times the features: examples in the batch
MUCH = 10.0  # times as many operations are costly
COUPLING = 0.5  # correlation of neighbouring features


def norm_cost(rows: int, features: int) -> int:
    """Multiplications and additions of batch normalisation, forward and backward.

    A number: 4 for mean and variance, 2 for x̂; backward 4 for the two sums, 5 for dx.
    """
    return 15 * rows * features


def whitening_cost(rows: int, features: int) -> int:
    """The same of whitening, with eigenvectors by the symmetric QR method.

    Products of rows × features by features × features: the covariance and y, forward; XᵀdY, dy by
    Σ^(−1/2) and x by the inner matrix, backward: 2md² each. Products of d × d matrices: one for
    Σ^(−1/2), four for the inner matrix: 2d³ each. Eigenvectors: 9d³ (Golub and Van Loan, Matrix
    Computations, section 8.3). Means: 4 a number.
    """
    return 10 * rows * features**2 + 19 * features**3 + 4 * rows * features


def correlated(features: int, rng: np.random.Generator) -> Array:
    """A batch whose neighbouring features are correlated."""
    z = rng.standard_normal((ROWS * features, features))
    x = z.copy()
    for place in range(1, features):
        x[:, place] = COUPLING * x[:, place - 1] + math.sqrt(1.0 - COUPLING**2) * z[:, place]
    return x


def correlation(y: Array) -> float:
    """The largest correlation between two features of a batch."""
    found = np.abs(np.corrcoef(y.T))
    np.fill_diagonal(found, 0.0)
    return float(found.max())


def cost(trial: Trial) -> Found:
    """Operations by the number of features, and the correlations that are left."""
    ratios = [whitening_cost(ROWS * size, size) / norm_cost(ROWS * size, size) for size in SIZES]
    findings = [
        Finding(
            f"operations of whitening over batch norm, {size} features, {ROWS * size} examples",
            Measured(ratio),
            claimed=Interval(low=MUCH),
            under=f"{size} features",
        )
        for size, ratio in zip(SIZES, ratios, strict=True)
    ]
    power = math.log(ratios[-1] / ratios[0]) / math.log(SIZES[-1] / SIZES[0])
    words = f"power of the number of features that this grows with, {SIZES[0]} to {SIZES[-1]}"
    findings.append(Finding(words, Measured(power)))
    left: dict[str, list[float]] = {"batch_norm": [], "zca": []}
    features = SIZES[1]
    for one in range(trial.of(5, 20)):
        x = correlated(features, trial.generator("whitening", one))
        dy = np.zeros_like(x)
        y, _ = api.apply(f"zca(batch_size={len(x)}, num_features={features})", x, dy)
        left["zca"].append(correlation(y))
        y, _ = api.apply(f"batch_norm(batch_size={len(x)})", x.T, dy.T)
        left["batch_norm"].append(correlation(y.T))
    words = f"largest correlation left between {features} features, "
    findings.append(Finding(words + "batch_norm", repeats.over(left["batch_norm"])))
    findings.append(Finding(words + "zca", repeats.largest(left["zca"]), 0.0))
    rows: list[list[Cell]] = [
        [
            str(size),
            f"{norm_cost(ROWS * size, size):,}",
            f"{whitening_cost(ROWS * size, size):,}",
            f"{ratio:.0f}",
        ]
        for size, ratio in zip(SIZES, ratios, strict=True)
    ]
    headings = ("features", "batch norm", "whitening", "ratio")
    title = f"Operations of one batch of {ROWS} examples a feature, forward and backward"
    return Found(findings, [Curve(title, headings, rows)])


CLAIMS = (
    Claim(
        name="whitening-cost",
        part="B",
        words="Full whitening is costly: it takes the covariance, its inverse square root, and "
        "their gradients.",
        source="Ioffe and Szegedy, 2015",
        how="Multiplications and additions counted, of the formulas of zca and batch_norm, forward "
        "and backward. Costly means: more than ten times as many. The correlations that are left "
        "are measured.",
        criterion="It costs more in proportion to the number of features. Measured times are on "
        "the page on batch normalisation.",
        commands=("normstats zca --num-features 16 --batch-size 64",),
        experiment=cost,
    ),
)
