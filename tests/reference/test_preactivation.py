"""Expectations of functions of a gate's sum, against plain integrals over few terms."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from normstats.reference.preactivation import Preactivation
from normstats.values import Array

NODES, WEIGHTS = np.polynomial.legendre.leggauss(160)
U, CHANCE = NODES, WEIGHTS / 2.0  # uniform between ±1
FEW, FEW_WEIGHTS = np.polynomial.legendre.leggauss(24)


def normals(mean: float, std: float) -> tuple[Array, Array]:
    z = 10.0 * NODES
    weights = 10.0 * WEIGHTS * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return mean + std * z, weights


def sech_square(g: Array) -> Array:
    return 1.0 / np.cosh(g) ** 2


@pytest.mark.parametrize("biases", [0, 1])
@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.7, 0.4), (-1.0, 0.0), (0.0, 0.02)])
@pytest.mark.parametrize("bound", [0.3, 1.0])
def test_one_term(biases: int, mean: float, std: float, bound: float) -> None:
    """g = w·x + b, integrated over all three."""
    x, chances = normals(mean, std)
    w = bound * U
    b, others = (bound * FEW, FEW_WEIGHTS / 2.0) if biases else (np.zeros(1), np.ones(1))
    g = w[:, None, None] * x[:, None] + b
    weights = CHANCE[:, None, None] * chances[:, None] * others
    s = sech_square(g)
    law = Preactivation(1, biases, bound, mean, std)
    expected = {
        "tanh_square": np.tanh(g) ** 2,
        "half_tanh_square": np.tanh(g / 2.0) ** 2,
        "slope": s,
        "slope_square": s * s,
        "slope_times_input": s * x[:, None],
        "slope_square_times_input_square": (s * x[:, None]) ** 2,
        "slope_square_times_weight_square": (s * w[:, None, None]) ** 2,
    }
    for name, values in expected.items():
        wanted = float((values * weights).sum())
        assert getattr(law, name)() == pytest.approx(wanted, rel=1e-12, abs=1e-17), name
    mean_of = np.einsum("wxb,w,b->x", np.tanh(g) ** 2, CHANCE, others)
    half = np.einsum("wxb,w,b->x", np.tanh(g / 2.0) ** 2, CHANCE, others)
    assert law.pair() == pytest.approx(float(chances @ (mean_of * half)), rel=1e-12)


@pytest.mark.parametrize("terms", [8, 9, 20])
def test_the_magnitude_of_a_sum_of_uniforms(terms: int) -> None:
    """All x are 1: E|Σ wⱼ| is a sum of powers (of Irwin and Hall's distribution)."""
    half = Fraction(terms, 2)
    total = sum(
        (-1) ** j * math.comb(terms, j) * (half - j) ** (terms + 1) for j in range(terms // 2 + 1)
    )
    expected = float(4 * total / math.factorial(terms + 1)) * 0.25
    assert Preactivation(terms, 0, 0.25, 1.0, 0.0).magnitude() == pytest.approx(expected, rel=1e-12)
    biased = Preactivation(terms - 2, 2, 0.25, 1.0, 0.0).magnitude()
    assert biased == pytest.approx(expected, rel=1e-12)


def test_many_terms_are_nearly_normal() -> None:
    law = Preactivation(40_000, 2, 0.01, 0.0, 1.0)
    assert law.magnitude() == pytest.approx(math.sqrt(2.0 / math.pi * law.variance), rel=1e-4)
    g, weights = normals(0.0, math.sqrt(law.variance))
    assert law.tanh_square() == pytest.approx(float(weights @ np.tanh(g) ** 2), rel=1e-4)


def test_a_narrow_sum_keeps_its_digits() -> None:
    """E tanh² g is E g² then, which 1 − E sech² g would not tell."""
    law = Preactivation(5, 2, 1e-8, 0.0, 1.0)
    assert law.tanh_square() == pytest.approx(law.variance, rel=1e-12)
    assert law.half_tanh_square() == pytest.approx(law.variance / 4.0, rel=1e-12)


def test_where_there_is_none() -> None:
    assert Preactivation(2, 0, 1.0, 0.0, 1.0).magnitude() is None
    assert Preactivation(10, 2, 1.0, 0.0, 100.0).is_wide
    assert not Preactivation(10, 2, 1.0, 0.0, 5.0).has_pairs
