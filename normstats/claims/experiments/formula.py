"""The gradient of a weight as a product, factor by factor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval
from normstats.claims.network import ACTIVATIONS
from normstats.claims.trial import Trial
from normstats.values import Array

DEPTH, WIDTH = 6, 8
KINDS = ("identity", "relu", "tanh", "sigmoid")
STEP = 1e-5
CLOSE, NEAR, FAR = 1e-9, 1e-6, 0.01
FACTORS = {
    "loss": "the gradient of the loss",
    "weights": "the later weights",
    "slopes": "the derivatives of the activations",
    "value": "the activated value in front",
}


def values(kind: str, weights: Sequence[Array], x: Array) -> tuple[list[Array], list[Array]]:
    """Activated values before every layer and after the last, and the slopes of all layers."""
    hidden, slopes = [x], []
    for w in weights:
        y, slope = ACTIVATIONS[kind](w @ hidden[-1])
        hidden.append(y)
        slopes.append(slope)
    return hidden, slopes


def product(
    kind: str, weights: Sequence[Array], x: Array, loss: Array, without: str
) -> list[Array]:
    """dL/dW of every layer by the formula: D_l W'(l+1) D(l+1) … W'_L D_L · dLoss · value'.

    All factors are written out as matrices, with no result of one layer used for another. One
    kind of factor may be left out: replaced by ones.
    """
    hidden, slopes = values(kind, weights, x)
    found = []
    for place in range(len(weights)):
        factor = np.eye(WIDTH)
        for later in range(place, len(weights)):
            if later > place and without != "weights":
                factor = factor @ weights[later].T
            if without != "slopes":
                factor = factor @ np.diag(slopes[later])
        at_loss = np.ones(WIDTH) if without == "loss" else loss
        value = np.ones(WIDTH) if without == "value" else hidden[place]
        found.append(np.outer(factor @ at_loss, value))
    return found


def propagated(kind: str, weights: Sequence[Array], x: Array, loss: Array) -> list[Array]:
    """The same by back-propagation: each layer hands its gradient to the one before."""
    hidden, slopes = values(kind, weights, x)
    found, gradient = [], loss
    for place in range(len(weights) - 1, -1, -1):
        at_sum = slopes[place] * gradient
        found.append(np.outer(at_sum, hidden[place]))
        gradient = weights[place].T @ at_sum
    return found[::-1]


def differences(kind: str, weights: Sequence[Array], x: Array, loss: Array) -> list[Array]:
    """The same by central differences of loss·y, one weight after the other."""
    found = []
    for place, w in enumerate(weights):
        slope = np.zeros_like(w)
        for index in np.ndindex(*w.shape):
            ends = []
            for sign in (1.0, -1.0):
                moved = [one.copy() for one in weights]
                moved[place][index] += sign * STEP
                ends.append(float(loss @ values(kind, moved, x)[0][-1]))
            slope[index] = (ends[0] - ends[1]) / (2.0 * STEP)
        found.append(slope)
    return found


def distance(some: Sequence[Array], others: Sequence[Array]) -> float:
    """The largest relative distance of a layer."""
    return max(
        float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in zip(some, others, strict=True)
    )


def formula(trial: Trial) -> Found:
    """The formula against back-propagation and finite differences, and without each factor."""
    findings = []
    apart: dict[str, list[float]] = {name: [] for name in FACTORS}
    for kind in KINDS:
        propagation, finite = [], []
        for one in range(trial.of(2, 10)):
            rng = trial.generator(f"formula {kind}", one)
            # twice the usual scale: no gradient is so small that differences cannot see it
            weights = 2.0 * rng.standard_normal((DEPTH, WIDTH, WIDTH)) / np.sqrt(WIDTH)
            x, loss = rng.standard_normal((2, WIDTH))
            whole = product(kind, weights, x, loss, "")
            true = propagated(kind, weights, x, loss)
            propagation.append(distance(whole, true))
            finite.append(distance(differences(kind, weights, x, loss), whole))
            if kind == "tanh":
                for name, found in apart.items():
                    found.append(distance(product(kind, weights, x, loss, name), true))
        for words, found, bound in (
            ("back-propagation", propagation, CLOSE),
            ("finite differences", finite, NEAR),
        ):
            words = f"{kind}: relative distance of the formula from {words}, largest"
            findings.append(Finding(words, repeats.largest(found), 0.0, Interval(high=bound)))
    rows: list[list[Cell]] = [[FACTORS[name], repeats.over(found)] for name, found in apart.items()]
    title = "Relative distance from back-propagation if a factor is left out, tanh, worst layer"
    return Found(findings, [Curve(title, ("without", "distance"), rows)])


CLAIMS = (
    Claim(
        name="product-formula",
        part="C",
        words="The gradient of W of layer l is the product of the gradient of the loss, all later "
        "W, the derivatives of all activations from l on, and the activated value in front of l.",
        source="Billy, 2018",
        how=f"Chains of {DEPTH} layers of width {WIDTH}, every factor written out as a matrix, for "
        f"every W. Equal means: to {CLOSE:g} of back-propagation, to {NEAR:g} of finite "
        "differences.",
        criterion="In more than one dimension the factors are matrices, so their order counts: "
        "dL/dW_l = (D_l W'_{l+1} D_{l+1} … W'_L D_L dLoss) h', with D the slopes on a diagonal, ' "
        "the transposed, and h the activated value.",
        experiment=formula,
    ),
)
