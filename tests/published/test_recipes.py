"""Recipes that explain published numbers: what they predict, against independent computation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from normstats.published.catalogue import catalogue
from normstats.published.closed_forms import Truth
from normstats.published.evaluate import truth
from normstats.published.recipes import predict, row_bias
from normstats.published.verdict import Kind, judge


@dataclass(frozen=True)
class RowFit:
    """How well rows of one length explain many published 1/std.

    ``t`` is Student's t of the residuals in units of one sample's standard error, 0 if the rows
    explain the mean; ``samples`` is the size at which their mean square would be 1.
    """

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
    return RowFit(float(residuals.mean()) / scatter, 1.0 / float(np.mean(residuals**2)))


mpmath: Any = pytest.importorskip("mpmath")
BY_ID = {constant.id: constant for constant in catalogue()}
NFNETS = [constant for constant in catalogue() if constant.source.key == "nfnets"]


def measured_fit(row: int) -> Any:
    """All fifteen numbers of NFNets against rows of this length; glu halves a row."""
    values = []
    for constant in NFNETS:
        found = truth(constant)
        assert constant.value is not None
        assert found.exact is not None
        assert found.unit_se is not None
        values.append((constant.value, found.exact, found.unit_se, int(constant.layer == "glu")))
    assert len(values) == 15
    return fit_rows(values, row)


@pytest.mark.parametrize(("row", "t"), [(256, -11.0), (512, -7.5), (1024, 0.56), (2048, 3.3)])
def test_rows_of_1024_fit_nfnets_best(row: int, t: float) -> None:
    """The figures that the page gives."""
    found = measured_fit(row)
    assert found.t == pytest.approx(t, abs=0.5 * 10 ** (-1 if abs(t) > 1 else -2))
    (page,) = {constant.recipe["arguments"]["samples"] for constant in NFNETS if constant.recipe}
    if row == 1024:
        assert found.samples == pytest.approx(page, rel=0.01)
    else:
        assert found.samples < 0.5 * page


def test_the_fit_recognises_rows() -> None:
    """Simulated numbers: t is that of Student for the true rows alone, and the size is found."""
    rng = np.random.default_rng(5)
    exact, noise, n = 1.7, 1.8, 10**6
    halves = [0] * 180 + [1] * 20
    scatter = noise / math.sqrt(n) * rng.standard_normal(len(halves))
    values = [
        (exact * row_bias(256 // 2**halved) + error, exact, noise, halved)
        for halved, error in zip(halves, scatter.tolist(), strict=True)
    ]
    right = fit_rows(values, 256)
    assert abs(right.t) < 3.4
    assert right.samples == pytest.approx(n, rel=0.35)  # 3.5 times 1/√(200/2)
    assert fit_rows(values, 128).t < -5.0
    assert fit_rows(values, 512).t > 5.0


def test_biased_rows_against_a_simulation() -> None:
    """1/√(mean of biased row variances) of relu, 500 times 100 rows of 16."""
    y = np.maximum(np.random.default_rng(9).standard_normal((500, 100, 16)), 0.0)
    gains = y.var(axis=2).mean(axis=1) ** -0.5
    relu = truth(BY_ID["nfnets-relu"])
    arguments = {"row": 16, "samples": 1600}
    found = predict("biased_rows", arguments, relu)
    assert found.se is not None
    # Beyond the bias of rows, 1/√ of a mean is biased by a share of 3/2 (SE)², 0.0009.
    assert gains.mean() == pytest.approx(found.value, abs=4 * found.se / math.sqrt(500) + 3e-3)
    assert gains.std(ddof=1) == pytest.approx(found.se, rel=0.15)
    unbiased = (y.var(axis=2, ddof=1).mean(axis=1) ** -0.5).mean()
    assert unbiased == pytest.approx(relu.exact, abs=4 * found.se / math.sqrt(500) + 3e-3)


def test_neural_tangents_is_the_minimum_over_1000_points() -> None:
    """All published digits, with 30 digits: the slope of the sum of squares changes sign there."""
    constant = BY_ID["nt-sigmoid-like"]
    mpmath.mp.dps = 30
    points = [mpmath.mpf(-5) + mpmath.mpf(10) * i / 999 for i in range(1000)]

    def slope(a: Any) -> Any:
        return mpmath.fsum(
            (mpmath.erf(x / a) / 2 + 0.5 - 1 / (1 + mpmath.exp(-x)))
            * x
            * mpmath.exp(-((x / a) ** 2))
            for x in points
        )

    published = mpmath.mpf(constant.text)
    half = mpmath.mpf("0.5e-16")
    assert mpmath.sign(slope(published - half)) != mpmath.sign(slope(published + half))
    verdict = judge(constant, truth(constant))
    assert verdict.kind is Kind.FIT
    assert verdict.predicted == pytest.approx(float(published), rel=1e-14)
    assert "1000 equidistant points from -5 to 5 gives exactly that" in verdict.sentence
    mpmath.mp.dps = 15


def test_deep_kernel_shaping_is_low_by_one_error() -> None:
    """Three output scales against 30 digits: the same relative error, that of one quadrature."""
    mpmath.mp.dps = 30
    root = mpmath.sqrt(2 / mpmath.pi)
    functions = {
        "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
        "tanh": mpmath.tanh,
        "gelu": lambda x: x / 2 * (1 + mpmath.tanh(root * (x + mpmath.mpf("0.044715") * x**3))),
    }
    for name, f in functions.items():
        constant = BY_ID[f"dks-test-{name}-DKS"]
        a, b, c = (
            mpmath.mpf(constant.arguments[key])
            for key in ("input_scale", "input_shift", "output_shift")
        )
        square = mpmath.quad(
            lambda z, f=f, a=a, b=b, c=c: mpmath.npdf(z) * (f(a * z + b) + c) ** 2,
            [-30, -10, -5, -2, 0, 2, 5, 10, 30],
        )
        relative = float(constant.value * mpmath.sqrt(square) - 1)
        assert relative == pytest.approx(-6.7656e-12, abs=5e-16)
        verdict = judge(constant, truth(constant))
        assert verdict.kind is Kind.OWN_NUMERICS
        assert verdict.relative == pytest.approx(relative, abs=1e-14)
    mpmath.mp.dps = 15


def test_equal_gradients() -> None:
    """Counts 4 2 / 2 1: 5/2 as published, where independent dy give 3/2."""
    arguments = {"kernel_size": 3, "stride": 2, "norm": 1.0}
    assert predict("equal_gradients", arguments, Truth()).value == 2.5
    assert truth(BY_ID["wang3-conv-stride-bwd-std"]).exact == 1.5


def test_the_complex_cut() -> None:
    """∫ |z|² over |z| < 2 of a complex normal of variance 1, with and without its probability."""
    inside = mpmath.quad(lambda r: 2 * r**3 * mpmath.exp(-(r**2)), [0, 2])
    found = truth(BY_ID["truncnorm-complex-std"])
    assert found.predicted is not None
    assert found.predicted.value == pytest.approx(float(mpmath.sqrt(inside)), rel=1e-14)
    weight = mpmath.quad(lambda r: 2 * r * mpmath.exp(-(r**2)), [0, 2])
    assert found.exact == pytest.approx(float(mpmath.sqrt(inside / weight)), rel=1e-14)


def test_unknown_recipes_are_named() -> None:
    with pytest.raises(ValueError, match="no recipe is called nothing"):
        predict("nothing", {}, Truth(1.0, 1.0))
    with pytest.raises(ValueError, match="needs an exact value"):
        predict("biased_rows", {"row": 8, "samples": 9}, Truth(1.0))
