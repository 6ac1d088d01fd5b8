"""Averages over attention weights, against plain two-dimensional integrals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from normstats.reference.attention import Averages, _rows, averages, lengths
from normstats.reference.softmax import softmax
from normstats.values import Array

STEP = 0.02
NAMES = ("square", "jacobian", "along", "longer")


def nodes(low: float, high: float, count: int = 200) -> tuple[Array, Array]:
    """Nodes and weights of the Gauss–Legendre rule."""
    x, weights = np.polynomial.legendre.leggauss(count)
    return low + (high - low) * (x + 1.0) / 2.0, weights * (high - low) / 2.0


def of_two(r: Array, chance: Array, width: float) -> Averages:
    """Of two logits, whose difference d is N(0, 2): p = σ(s·d), and J = p(1 − p)[[1, −1], [−1, 1]].

    ``chance`` are weights of r.
    """
    d = STEP * np.arange(-700, 701)  # a regular grid: the integrand is analytic about it
    weights = STEP * np.exp(-d * d / 4.0) / math.sqrt(4.0 * math.pi)
    off = 1.0 / (2.0 + 2.0 * np.cosh(np.multiply.outer(width * r, d)))  # p(1 − p)
    columns = (1.0 - 2.0 * off, 4.0 * off**2, 2.0 * off**2 * d * d)
    square, jacobian, along = (column @ weights for column in columns)
    values = (square, jacobian, along, r * r * jacobian)
    return Averages(*(float(chance @ value) for value in values))


@pytest.mark.parametrize("size", [1, 2, 64])
@pytest.mark.parametrize("width", [0.6, 2.0])
def test_two_keys(size: int, width: float) -> None:
    r, weights = nodes(0.0, math.sqrt(size) + 10.0)
    own = of_two(r, weights * stats.chi(size).pdf(r), width / math.sqrt(size))
    got = averages(2, False, size, 0.0, width / math.sqrt(size))
    for name in NAMES:
        assert getattr(got, name) == pytest.approx(getattr(own, name), rel=2e-12), name


@pytest.mark.parametrize("mean", [0.3, 2.0])
def test_queries_with_a_mean(mean: float) -> None:
    """Of size 1 they are normal numbers."""
    q, weights = nodes(mean - 10.0, mean + 10.0)
    weights = weights * np.exp(-0.5 * (q - mean) ** 2) / math.sqrt(2.0 * math.pi)
    own, got = of_two(np.abs(q), weights, 0.7), averages(2, False, 1, mean**2, 0.7)
    for name in NAMES:
        assert getattr(got, name) == pytest.approx(getattr(own, name), rel=1e-11), name


@pytest.mark.parametrize("size", [1, 3, 32, 4096])
@pytest.mark.parametrize("drift", [0.0, 0.5, 40.0, 1e5])
def test_the_length_of_a_query(size: int, drift: float) -> None:
    """E r² and E r⁴ of the noncentral chi distribution."""
    r, weights = lengths(size, drift)
    assert weights @ r**2 == pytest.approx(size + drift, rel=1e-11)
    fourth = (size + drift) ** 2 + 2.0 * (size + 2.0 * drift)
    assert weights @ r**4 == pytest.approx(fourth, rel=1e-11)


@pytest.mark.parametrize("n", [2, 7, 300])
@pytest.mark.parametrize("std", [0.1, 0.5, 0.7, 1.0, 3.0, 20.0])
def test_softmax_alone(n: int, std: float) -> None:
    """The sums that softmax has as well; and where grids and centres change, nothing jumps."""
    square, jacobian, along = _rows(np.array([float(n)]), std)
    known = softmax(n, std)
    assert known is not None
    assert square == pytest.approx(known.square, rel=1e-13)
    expected = known.square - 2.0 * known.cube + known.squares
    assert jacobian == pytest.approx(expected, rel=1e-12)
    beside = _rows(np.array([float(n)]), std * (1.0 + 1e-9))[2]
    assert along == pytest.approx(beside, rel=1e-8)


def test_hardly_any_width() -> None:
    """p = 1/n, so that Σ p² = 1/n, tr J² = (n − 1)/n² and E|J z|² the same."""
    for width in (0.0, 1e-9):
        got = averages(5, False, 3, 0.0, width)
        assert got is not None
        assert got.square == pytest.approx(0.2, rel=1e-12)
        assert got.jacobian == pytest.approx(0.16, rel=1e-12)
        assert got.along == pytest.approx(0.16, rel=1e-12)
        assert got.longer == pytest.approx(0.16 * 3, rel=1e-12)


def test_a_causal_row_has_as_many_keys_as_its_number() -> None:
    whole = averages(6, True, 40, 0.0, 0.2)
    rows = [averages(n, False, 40, 0.0, 0.2) for n in range(1, 7)]
    for name in NAMES:
        mean = sum(getattr(row, name) for row in rows) / 6.0
        assert getattr(whole, name) == pytest.approx(mean, rel=1e-12)
    assert rows[0] == Averages(pytest.approx(1.0), 0.0, 0.0, 0.0)


def test_where_there_is_none() -> None:
    assert averages(4, False, 2, 0.0, 10.0) is None
    assert averages(4, False, 2, 1e7, 0.1) is None
