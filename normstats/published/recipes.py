"""How a published number that is off may have come about: each recipe gives the number it predicts.

Nothing here judges. A recipe is found by trying, and says what would explain a number: beside the
exact value, never in its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from normstats.published.closed_forms import overlap_counts


@dataclass(frozen=True)
class Predicted:
    """What a recipe gives, and its standard error if it is random."""

    value: float
    se: float | None = None


def predict(
    formula: str, arguments: Mapping[str, Any], exact: float | None, unit_se: float | None
) -> Predicted:
    """What the recipe of this name gives for a number with this exact value and noise."""
    if formula not in RECIPES:
        raise ValueError(f"no recipe is called {formula}")
    return RECIPES[formula](exact, unit_se, **arguments)


def row_bias(row: int) -> float:
    """Factor on 1/std from the biased variance over rows of n: E of it is (n − 1)/n of the true."""
    return 1.0 / math.sqrt(1.0 - 1.0 / row)


def biased_rows(exact: float | None, unit_se: float | None, row: int, samples: int) -> Predicted:
    """1/√(mean of the biased variances of rows of normals), so many samples in all."""
    if exact is None or unit_se is None:
        raise ValueError("biased_rows needs an exact value and its noise")
    return Predicted(exact * row_bias(row), unit_se / math.sqrt(samples))


@dataclass(frozen=True)
class RowFit:
    """How well rows of one length explain many published 1/std.

    ``t`` is Student's t of the residuals in units of one sample's standard error, 0 if the rows
    explain the mean; ``samples`` is the size at which their mean square would be 1.
    """

    row: int
    t: float
    samples: float


def fit_rows(values: Sequence[tuple[float, float, float, int]], row: int) -> RowFit:
    """Published 1/std, each with its exact value, its unit_se, and how often it halves a row.

    A residual is log(published / exact) less that of ``row_bias``, over unit_se / exact.
    """
    residuals = np.array(
        [
            (math.log(published / exact) - math.log(row_bias(row // 2**halved))) * exact / unit_se
            for published, exact, unit_se, halved in values
        ]
    )
    scatter = float(residuals.std(ddof=1)) / math.sqrt(len(residuals))
    return RowFit(row, float(residuals.mean()) / scatter, 1.0 / float(np.mean(residuals**2)))


def erf_fit_on_points(
    exact: float | None, unit_se: float | None, low: float, high: float, points: int
) -> Predicted:
    """a that minimises the sum of (erf(x/a)/2 + 1/2 − sigmoid(x))² over equidistant points."""
    from scipy.optimize import brentq
    from scipy.special import erf, expit

    x = np.linspace(low, high, points)

    def slope(a: float) -> float:
        difference = erf(x / a) / 2.0 + 0.5 - expit(x)
        return math.fsum(difference * x * np.exp(-((x / a) ** 2)))

    return Predicted(float(brentq(slope, 1.0, 5.0, xtol=1e-15)))


def equal_gradients(
    exact: float | None, unit_se: float | None, kernel_size: int, stride: int, norm: float
) -> Predicted:
    """rms of the overlap counts: the std of dx if all dy that reach a pixel are equal."""
    matrix = overlap_counts(kernel_size, stride).matrix
    assert matrix is not None
    return Predicted(math.sqrt(float(np.mean(np.square(matrix)))) / norm)


def cut_without_its_probability(
    exact: float | None, unit_se: float | None, radius: float
) -> Predicted:
    """√ of the integral of |z|² up to |z| = r, not divided by the probability of lying there."""
    cut = radius**2
    return Predicted(math.sqrt(1.0 - (1.0 + cut) * math.exp(-cut)))


RECIPES: Mapping[str, Callable[..., Predicted]] = {
    function.__name__: function
    for function in (
        biased_rows,
        erf_fit_on_points,
        equal_gradients,
        cut_without_its_probability,
    )
}
