"""How a published number that is off may have come about: each recipe gives the number it predicts.

Nothing here judges. A recipe is found by trying, and says what would explain a number: beside the
exact value, never in its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from normstats.published.closed_forms import Truth, erf_fit_of_sigmoid, overlap_counts
from normstats.result import Estimate


def predict(formula: str, arguments: Mapping[str, Any], truth: Truth) -> Estimate:
    """What the recipe of this name gives for a number of which this is true."""
    if formula not in RECIPES:
        raise ValueError(f"no recipe is called {formula}")
    return RECIPES[formula](truth, **arguments)


def row_bias(row: int) -> float:
    """Factor on 1/std from the biased variance over rows of n: E of it is (n − 1)/n of the true."""
    return 1.0 / math.sqrt(1.0 - 1.0 / row)


def biased_rows(truth: Truth, row: int, samples: int) -> Estimate:
    """1/√(mean of the biased variances of rows of normals), so many samples in all."""
    if truth.exact is None or truth.unit_se is None:
        raise ValueError("biased_rows needs an exact value and its noise")
    return Estimate(truth.exact * row_bias(row), truth.unit_se / math.sqrt(samples))


def erf_fit_on_points(_: Truth, low: float, high: float, points: int) -> Estimate:
    """a that minimises the sum of (erf(x/a)/2 + 1/2 − sigmoid(x))² over equidistant points."""
    return Estimate(erf_fit_of_sigmoid(low, high, points), None)


def equal_gradients(_: Truth, kernel_size: int, stride: int, norm: float) -> Estimate:
    """rms of the overlap counts: the std of dx if all dy that reach a pixel are equal."""
    counts = np.array(overlap_counts(kernel_size, stride).matrix)
    return Estimate(math.sqrt(float(np.mean(np.square(counts)))) / norm, None)


def cut_without_its_probability(_: Truth, radius: float) -> Estimate:
    """√ of the integral of |z|² up to |z| = r, not divided by the probability of lying there."""
    cut = radius**2
    return Estimate(math.sqrt(1.0 - (1.0 + cut) * math.exp(-cut)), None)


RECIPES: Mapping[str, Callable[..., Estimate]] = {
    recipe.__name__: recipe
    for recipe in (biased_rows, erf_fit_on_points, equal_gradients, cut_without_its_probability)
}
