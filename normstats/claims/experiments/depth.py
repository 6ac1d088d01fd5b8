"""What makes gradients grow or shrink with depth: weights, derivatives, activated values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.meanfield import mean_field
from normstats.claims.network import Design, run
from normstats.claims.trial import Trial
from normstats.values import Array

WIDTH, DEPTH = 100, 50
LEAST = 0.01  # growth or loss a layer that counts: e-fold in a hundred layers
EXPLODES, VANISHES = Interval(low=LEAST), Interval(high=-LEAST)
SCALES = (0.8, 1.0, 1.5, 2.0)
VALUES = (0.1, 10.0)


@dataclass(frozen=True)
class Chain:
    """Layers that are alike; entries of W have this std, times 1/√width where it is wide."""

    design: Design
    scale: float
    width: int = WIDTH
    depth: int = DEPTH

    def logs(
        self, name: str, trial: Trial, x_scale: float = 1.0, signs: bool = False
    ) -> tuple[Array, Array]:
        """Logs of the gradient at every place and of that of every W: a row a network.

        ``signs``: all weights are ± the scale.
        """

        def measure(rng: np.random.Generator, networks: int) -> Array:
            shape = (networks, self.width, self.width)
            weights = []
            for _ in range(self.depth):
                z = rng.standard_normal(shape)
                weights.append(self.scale * (np.sign(z) if signs else z / math.sqrt(self.width)))
            x, dy = rng.standard_normal((2, networks, 1, self.width))
            done = run(self.design, weights, x_scale * x, dy)
            return np.concatenate([done.log_gradient, done.log_weight]).T

        found = trial.collect(f"depth {name}", trial.of(6, 100), measure)
        return found[:, : self.depth + 1], found[:, self.depth + 1 :]

    def growth(self, name: str, trial: Trial, signs: bool = False) -> Measured:
        """Of the log of the gradient, a layer, backward."""
        gradient, _ = self.logs(name, trial, signs=signs)
        return repeats.over((gradient[:, 0] - gradient[:, -1]) / self.depth)


def linear_growth(scale: float, width: int) -> float:
    """The exact mean growth with normal weights: that of log |W·v| for one vector v."""
    from scipy.special import digamma

    return math.log(scale) + 0.5 * (float(digamma(width / 2.0)) + math.log(2.0 / width))


def weights(trial: Trial) -> Found:
    """Linear chains, so that nothing but the weights counts."""
    linear = Design("identity")
    findings = []
    for w, claimed in ((1.1, EXPLODES), (0.9, VANISHES)):
        growth = Chain(linear, w, width=1).growth(f"one {w}", trial, signs=True)
        words = f"width 1, all weights ±{w:g}"
        findings.append(_grows(words, growth, math.log(w), claimed, "width 1"))
    growth = Chain(linear, 1.1).growth("all large", trial, signs=True)
    words = f"width {WIDTH}, all weights ±1.1"
    findings.append(_grows(words, growth, None, EXPLODES, words))
    for scale, claimed in ((0.9, VANISHES), (1.5, VANISHES)):
        chain = Chain(linear, scale)
        growth = chain.growth(f"wide {scale}", trial)
        std = scale / math.sqrt(WIDTH)
        words = f"width {WIDTH}, all weights below 1 (N(0, {std:g}²)), σ_w = {scale:g}"
        exact = linear_growth(scale, WIDTH)
        findings.append(_grows(words, growth, exact, claimed, f"width {WIDTH}, σ_w = {scale:g}"))
    return Found(findings)


def slopes(trial: Trial) -> Found:
    """Weights with σ_w = 1 and slopes on both sides of 1, then the criterion."""
    findings = []
    for factor, claimed in ((1.1, EXPLODES), (0.9, VANISHES)):
        growth = Chain(Design("identity", factor=factor), 1.0).growth(f"slope {factor}", trial)
        words = f"all slopes {factor:g}"
        findings.append(_grows(words, growth, linear_growth(factor, WIDTH), claimed, words))
    for factor, scale, words in (
        (1.6, 1.0, "slopes 1.6 or 0, as often: 0.8 in the mean (1.6·relu)"),
        (1.0, math.sqrt(2.5), "no slope above 1 (relu), σ_w² = 2.5"),
    ):
        growth = Chain(Design("relu", factor=factor), scale).growth(words, trial)
        findings.append(_grows(words, growth, None, VANISHES, words))
    rows: list[list[Cell]] = []
    for kind, factor, scale in (
        ("relu", 1.6, 1.0),
        ("relu", 1.0, math.sqrt(2.0)),
        ("relu", 1.0, math.sqrt(2.5)),
        *(("tanh", 1.0, scale) for scale in SCALES),
        ("sigmoid", 1.0, 1.0),
        ("sigmoid", 1.0, 4.0),
    ):
        name = f"{kind} {factor} {scale}"
        growth = Chain(Design(kind, factor=factor), scale).growth(name, trial)
        chis = mean_field(kind, scale, factor, DEPTH)
        label = kind if factor == 1.0 else f"{factor:g}·{kind}"
        mean = float(np.mean(np.log(chis))) / 2.0
        rows.append([label, f"{scale * scale:.4g}", f"{chis[-1]:.4f}", f"{mean:.4f}", growth])
    headings = ("activation", "σ_w²", "χ, last layer", "mean of log(χ)/2", "growth a layer")
    return Found(findings, [Curve("The criterion, measured", headings, rows)])


def activated(trial: Trial) -> Found:
    """Linear layers with σ_w = 1, whose values stay at the size of x."""
    findings: list[Finding] = []
    chain = Chain(Design("identity"), 1.0)
    _, usual = chain.logs("values", trial)
    for size in VALUES:
        _, products = chain.logs("values", trial, x_scale=size)
        growth = repeats.slope(range(DEPTH), products[:, ::-1])
        above = size > 1.0
        words = f"activated values of rms {size:g}, growth of the gradient of W"
        where = "a layer: the gradients of W grow or shrink with depth"
        claimed = EXPLODES if above else VANISHES
        findings.append(_grows(words, growth, None, claimed, where))
        ratio = repeats.geometric(products[:, 0] - usual[:, 0])
        words = f"gradient of the first W, values of rms {size:g} over values of rms 1"
        claimed = Interval(low=1.0) if above else Interval(high=1.0)
        findings.append(Finding(words, ratio, size, claimed, "once: the gradient of each W"))
    return Found(findings)


def _grows(
    words: str, growth: Measured, exact: float | None, claimed: Interval, under: str
) -> Finding:
    return Finding(f"growth of log |gradient| a layer, {words}", growth, exact, claimed, under)


HOW = (
    f"Chains of {DEPTH} layers. Exploding means: the log of the gradient grows by more than "
    f"{LEAST:g} a layer, backward; vanishing: it falls by as much. Errors rest on networks."
)

CLAIMS = (
    Claim(
        name="weights-above-1",
        part="C",
        words="Gradients explode if the weights are larger than 1, and vanish if they are smaller.",
        source="Billy, 2018",
        how=f"{HOW} The layers are linear.",
        criterion="Of a wide layer the sum counts, not the single weight: σ_w² = width · "
        "variance of a weight, and the gradient grows by the factor σ_w (for normal weights of "
        "finite width a little less; see exact). Weights of 0.15 explode at width 100.",
        commands=("normstats linear --in-features 100 --out-features 100 --init lecun_normal",),
        experiment=weights,
    ),
    Claim(
        name="derivatives-above-1",
        part="C",
        words="Gradients explode if the derivatives of the activations are larger than 1, and "
        "vanish if they are smaller.",
        source="Billy, 2018",
        how=f"{HOW} Width {WIDTH}.",
        criterion="χ = σ_w² E f′² counts: the mean square of the slope, not the slope, together "
        "with the weights. χ above 1 explodes, below 1 vanishes. It is that of infinite width; at "
        f"width {WIDTH} the growth is smaller by about 1/(2·width) or more.",
        commands=("normstats constants tanh --get backward.rms", "normstats constants relu"),
        experiment=slopes,
    ),
    Claim(
        name="values-above-1",
        part="C",
        words="Gradients explode if the activated values are larger than 1, and vanish if they are "
        "smaller.",
        source="Billy, 2018",
        how=f"{HOW} Linear layers with σ_w = 1, width {WIDTH}, so that the values keep their size "
        "through all layers.",
        criterion="One activated value is in the product, not one for each layer: the gradient of "
        "W is larger by the size of the values, once, and does not change with depth by it.",
        experiment=activated,
    ),
)
