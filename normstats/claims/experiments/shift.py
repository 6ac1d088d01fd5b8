"""Internal covariate shift: how a small change of the first layer moves the later ones."""

from __future__ import annotations

import math

import numpy as np

from normstats.claims import repeats
from normstats.claims.claim import BELOW_ROUNDING, Cell, Claim, Curve, Finding, Found, Interval
from normstats.claims.meanfield import mean_field
from normstats.claims.network import Design, forward
from normstats.claims.trial import Trial
from normstats.values import Array

WIDTH, EXAMPLES, DEPTH = 64, 64, 30
DELTA = 0.01  # of the weights of the first layer, relative
SHOWN = (1, 2, 5, 10, 20, 30)
FIT = range(3, 12)  # where the growth is read off: later sigmoid has nothing but rounding
GROWS = Interval(low=0.03)
ROUNDING = 1e-14  # of the std: less is that of the arithmetic

NETWORKS: dict[str, tuple[Design, float]] = {
    "tanh, σ_w = 0.9": (Design("tanh"), 0.9),
    "tanh, σ_w = 1.5": (Design("tanh"), 1.5),
    "tanh, σ_w = 2.5": (Design("tanh"), 2.5),
    "sigmoid, σ_w = 1": (Design("sigmoid"), 1.0),
    "relu, σ_w² = 2": (Design("relu"), math.sqrt(2.0)),
    "tanh with batch norm": (Design("tanh", batch_norm=True), 1.0),
    "relu with batch norm": (Design("relu", batch_norm=True), 1.0),
}


def distances(name: str, trial: Trial) -> tuple[Array, Array]:
    """How far the distributions of outputs have moved, and the std of the outputs.

    A row a network, a column a layer. Of each unit's outputs over the examples it takes mean and
    std. The distance of two units is the Wasserstein distance of normal distributions,
    √(Δmean² + Δstd²); that of two layers the rms over units.
    """
    design, scale = NETWORKS[name]

    def measure(rng: np.random.Generator, networks: int) -> Array:
        shape = (networks, WIDTH, WIDTH)
        weights = [scale / math.sqrt(WIDTH) * rng.standard_normal(shape) for _ in range(DEPTH)]
        moved = [weights[0] * (1.0 + DELTA * rng.standard_normal(shape)), *weights[1:]]
        x = rng.standard_normal((networks, EXAMPLES, WIDTH))
        found = []
        pairs = zip(forward(design, weights, x), forward(design, moved, x), strict=True)
        for y, other in list(pairs)[1:]:
            squares = [(a - b) ** 2 for a, b in zip(_moments(y), _moments(other), strict=True)]
            distance = np.sqrt(np.mean(squares[0] + squares[1], axis=-1))
            found.append([distance, y.std(axis=(-2, -1))])
        return np.array(found).transpose(2, 1, 0)

    found = trial.collect(f"shift {name}", trial.of(6, 150), measure)
    return found[:, 0], found[:, 1]


def _moments(y: Array) -> tuple[Array, Array]:
    return y.mean(axis=-2), y.std(axis=-2)


def shift(trial: Trial) -> Found:
    """The distance by depth, in units of the layer's own std, and by itself."""
    findings: list[Finding] = []
    rows: list[list[Cell]] = []
    growths: list[list[Cell]] = []
    for name, (design, scale) in NETWORKS.items():
        distance, std = distances(name, trial)
        relative = np.log(distance / std)[:, FIT.start : FIT.stop]
        alone = np.log(distance)[:, FIT.start : FIT.stop]
        words = f"growth a layer of log distance/std, {name}"
        findings.append(Finding(words, repeats.slope(FIT, relative), None, GROWS, name))
        rows.append([name, *(_cell((distance / std)[:, layer - 1]) for layer in SHOWN)])
        chi = "–" if design.batch_norm else _log_chi(design, scale)
        growths.append([name, repeats.slope(FIT, alone), chi])
    headings = ("network", *(f"layer {layer}" for layer in SHOWN))
    title = "Distance of the distributions of a layer's outputs, in units of their std"
    above = (
        f"Growth of the log of the distance itself a layer, layers {FIT.start + 1} to {FIT.stop}"
    )
    columns = ("network", "growth a layer", "mean of log(χ)/2 there")
    return Found(findings, [Curve(title, headings, rows), Curve(above, columns, growths)])


def _cell(relative: Array) -> Cell:
    found = repeats.over(relative)
    return BELOW_ROUNDING if found.value < ROUNDING else found


def _log_chi(design: Design, scale: float) -> str:
    chis = mean_field(design.activation, scale, depth=FIT.stop)
    return f"{float(np.mean(np.log(chis[FIT.start + 1 :]))) / 2.0:.3f}"


CLAIMS = (
    Claim(
        name="covariate-shift",
        part="B",
        words="A small change of the parameters of an early layer shifts the inputs of later "
        "layers, and the effect grows with depth.",
        source="Ioffe and Szegedy, 2015",
        how=f"Networks of width {WIDTH}, {EXAMPLES} examples; each weight of the first layer is "
        f"changed by {DELTA:.0%} at random. The distance of a layer's outputs before and after: "
        f"rms over units of √(Δmean² + Δstd²), in units of the layer's std. Growing means: by more "
        f"than {GROWS.low:.0%} a layer over layers {FIT.start + 1} to {FIT.stop}. "
        f"A distance below {ROUNDING:g} of the std is nothing but rounding. "
        "Errors rest on networks.",
        criterion="A change is carried by the same slopes as a gradient, so the distance itself "
        "grows about as √χ a layer, χ = σ_w² E f′² (see derivatives-above-1). Where tanh is nearly "
        "linear the std of the outputs shrinks as fast, and the relative distance stays. Batch "
        "norm does not end the shift.",
        experiment=shift,
    ),
)
