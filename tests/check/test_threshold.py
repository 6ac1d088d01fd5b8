"""Thresholds against SciPy's distributions, and what they are for: few false alarms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from normstats.check.comparison import Comparison
from normstats.check.judgement import whole
from normstats.check.noise import Noise
from normstats.check.threshold import (
    chi_square_between,
    normal_score,
    quantile,
    share,
    widened,
)

CHANCES = [0.05, 1e-3, 1e-6, 3e-10, 1e-15]


@pytest.mark.parametrize("chance", CHANCES)
def test_quantiles_are_two_sided(chance: float) -> None:
    assert quantile(chance) == pytest.approx(stats.norm.isf(chance / 2), rel=1e-12)
    for freedom in (1.0, 31.0, 63.5, 1e4):
        expected = stats.t.isf(chance / 2, freedom)
        assert quantile(chance, freedom) == pytest.approx(expected, rel=1e-9)


def test_all_together_have_the_chance_that_is_stated() -> None:
    for n in (1, 7, 4000):
        assert n * share(1e-6, n) == pytest.approx(1e-6)
    assert share(1e-6, 0) == 1e-6


@given(st.floats(1.0, 10.0), st.floats(0.0, 1e6))
def test_widened_solves_bernsteins_inequality(q: float, largest: float) -> None:
    t = widened(q, largest)
    assert t >= q
    assert t * t / (2.0 + 2.0 * largest * t / 3.0) == pytest.approx(q * q / 2.0, rel=1e-9)


def test_widened_bounds_the_tail_of_a_sum_that_is_not_normal() -> None:
    """Counts of a rare event: 40 expected; the normal quantile is exceeded far too often."""
    n, p, chance = 10**6, 4e-5, 1e-7
    se = math.sqrt(p * (1.0 - p) / n)
    q = quantile(chance)
    beyond_normal = stats.binom.sf(n * (p + q * se), n, p)
    beyond = stats.binom.sf(n * (p + widened(q, (1.0 - p) / (n * se)) * se), n, p)
    assert beyond_normal > 5.0 * chance
    assert beyond < chance


@pytest.mark.parametrize("terms", [1, 5, 74])
def test_chi_square(terms: int) -> None:
    low, high = chi_square_between(terms, 1e-7)
    assert stats.chi2.cdf(low, terms) == pytest.approx(1e-7, rel=1e-6)
    assert stats.chi2.sf(high, terms) == pytest.approx(1e-7, rel=1e-6)


def test_normal_scores() -> None:
    assert normal_score(3.0) == 3.0
    for z in (-7.0, -0.5, 0.3, 6.0):
        score = normal_score(z, 40.0)
        expected = stats.norm.isf(stats.t.sf(abs(z), 40.0))
        assert score == pytest.approx(math.copysign(expected, z), rel=1e-9)


def test_z_as_a_whole_is_neither_too_small_nor_too_large() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        assert whole("forward.std", rng.standard_normal(60).tolist(), 1e-6).passed
    for factor, word in ((0.4, "too small"), (2.0, "too large")):
        result = whole("forward.std", (factor * rng.standard_normal(60)).tolist(), 1e-6)
        assert not result.passed
        assert word in result.message
        assert "60" in result.message


def test_a_number_without_noise_is_compared_by_its_precision() -> None:
    equal = Comparison(1.0 + 1e-13, 1.0, precision=1e-12)
    assert not equal.is_random
    assert equal.z is None
    assert equal.threshold(1e-9) is None
    assert equal.passes(1e-9)
    assert equal.drift(1e-9) == 1e-12
    assert not Comparison(1.0 + 1e-11, 1.0, Noise(1e-13), 1, precision=1e-12).passes(1e-9)
    assert not Comparison(math.nan, 1.0, Noise(0.1), 1).passes(1e-9)
    assert not Comparison(math.inf, 1.0, Noise(0.1), 1).passes(1e-9)


def test_the_drift_is_the_border() -> None:
    chance = 1e-9
    c = Comparison(0.0, 0.0, Noise(2.0, largest=50.0), 10_000)
    assert c.se == pytest.approx(0.02)
    for factor, passes in ((0.999, True), (1.001, False)):
        moved = Comparison(factor * c.drift(chance), 0.0, Noise(2.0, largest=50.0), 10_000)
        assert moved.passes(chance) is passes


def test_two_measurements_add_their_variances() -> None:
    c = Comparison(1.0, 2.0, Noise(3.0, freedom=0.5), 900, 400)
    assert c.se == pytest.approx(math.hypot(0.1, 0.15))
    assert c.freedom == 200.0
    assert c.z == pytest.approx(-1.0 / c.se)
