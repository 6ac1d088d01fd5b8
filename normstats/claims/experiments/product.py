"""A deep product of weights after one gradient step: its terms of higher order."""

from __future__ import annotations

import math

import numpy as np

from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval
from normstats.claims.trial import Trial
from normstats.values import Array

DEPTHS = (10, 20, 50, 100, 200)
LEVELS = (0.8, 0.9, 1.0, 1.1, 1.2)
RATE, SPREAD = 0.01, 0.05
WILD = 0.6  # spread of log w at which the mean of w is above 1 and that of log w below 0


def log_terms(logs: Array) -> tuple[float, float]:
    """Logs of the first and second order terms of x ∏ (wᵢ − ε gᵢ), for x = 1 and positive w.

    With L = y the gradient gᵢ is P/wᵢ, P = ∏ wᵢ. So the term of order k is εᵏ P² ᵏ⁻¹… : P^(k+1)
    times the elementary symmetric polynomial e_k of 1/wᵢ².
    """
    inverse = np.exp(-2.0 * logs)
    first = float(inverse.sum())
    second = (first**2 - float((inverse**2).sum())) / 2.0
    product = float(logs.sum())
    return (
        math.log(RATE) + 2.0 * product + math.log(first),
        2.0 * math.log(RATE) + 3.0 * product + math.log(second),
    )


def drawn(mean_log: float, spread: float, name: str, trial: Trial) -> Array:
    """Logs of second order terms: a row a repetition, a column a depth."""
    rows = []
    for one in range(trial.of(10, 100)):
        rng = trial.generator(f"product {name}", one)
        logs = mean_log + spread * rng.standard_normal(DEPTHS[-1])
        rows.append([log_terms(logs[:depth])[1] for depth in DEPTHS])
    return np.array(rows)


def terms(trial: Trial) -> Found:
    """The term of second order by depth, for weights below, at and above 1."""
    findings: list[Finding] = []
    rows: list[list[Cell]] = []
    for level in LEVELS:
        found = drawn(math.log(level), SPREAD, f"{level}", trial)
        growth = repeats.slope(DEPTHS, found)
        claimed = None
        if level != 1.0:
            claimed = Interval(low=0.0) if level > 1.0 else Interval(high=0.0)
        words = f"growth of log |second-order term| a layer, wᵢ near {level:g}"
        findings.append(Finding(words, growth, None, claimed, f"all wᵢ near {level:g}"))
        decades = repeats.over_first(found / math.log(10.0))
        rows.append([f"{level:g}", *decades])
    wild = -0.1
    mean = math.exp(wild + WILD**2 / 2.0)
    growth = repeats.slope(DEPTHS, drawn(wild, WILD, "wild", trial))
    words = f"growth of log |second-order term| a layer, mean of w {mean:.3f}, of log w {wild:g}"
    findings.append(Finding(words, growth))  # these are not all above 1: not what is claimed
    headings = ("wᵢ near", *(f"depth {depth}" for depth in DEPTHS))
    title = f"log10 of the second-order term, ε = {RATE:g}"
    return Found(findings, [Curve(title, headings, rows)])


CLAIMS = (
    Claim(
        name="deep-product",
        part="B",
        words="After a gradient step a deep product x ∏ wᵢ has terms of higher order in the step, "
        "which blow up with depth if the wᵢ are above 1.",
        source="notes on Batch Normalization (Ioffe and Szegedy, 2015)",
        how=f"All terms of second order of x ∏ (wᵢ − ε gᵢ), computed exactly, ε = {RATE:g}, for "
        f"log wᵢ normal with std {SPREAD:g} about log of the level, at {DEPTHS[0]} to {DEPTHS[-1]} "
        "layers. Blowing up means: the log of the term grows with depth; for wᵢ below 1 it falls. "
        "Errors rest on draws of the weights.",
        criterion="The term is ε² times about l²/2 terms of size ∏ w³/w⁴, so its log grows by "
        "3 mean log |wᵢ| a layer, and by that of l². What decides is the mean of log |w|, not "
        "that of w: weights above 1 in the mean still make it fall where they spread widely. "
        "The claim is about weights that are all above 1, so that case is no part of the verdict.",
        experiment=terms,
    ),
)
