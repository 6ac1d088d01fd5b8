"""Statistics of the numbers themselves. Seeds are fixed, so these pass or fail for good.

For a perfect generator each limit of five standard errors is broken with a probability of 6e-7,
each p-value below 1e-6 with 1e-6: some 1e-4 for the whole file, at the first choice of the seed.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from scipy import stats

from normstats.sampling.bits import STREAMS
from tests.sampling.probes import Streams

LIMIT = 5.0
SMALLEST_P = 1e-6
LENGTH = 2**15  # of a row
BLOCKS = 64


@cache
def sample() -> tuple[np.ndarray, np.ndarray]:
    """Both rows of 64 blocks, one block a row: 2^21 pairs."""
    pairs = [Streams(20, 24, 0, block).normals(LENGTH) for block in range(BLOCKS)]
    return np.array([x for x, _ in pairs]), np.array([y for _, y in pairs])


def double_factorial(k: int) -> int:
    return math.prod(range(k, 0, -2))


def normal_moment(k: int) -> int:
    """E z^k."""
    return 0 if k % 2 else double_factorial(k - 1)


def assert_uncorrelated(a: np.ndarray, b: np.ndarray) -> None:
    """Of the numbers themselves, of their squares, and one of each."""
    a, b = a.ravel(), b.ravel()
    powers = {"1": (a, b), "2": (a * a - 1, b * b - 1), "12": (a, b * b - 1), "21": (a * a - 1, b)}
    for name, (u, v) in powers.items():
        z = np.mean(u * v) / math.sqrt(np.mean(u * u) * np.mean(v * v)) * math.sqrt(u.size)
        assert abs(z) < LIMIT, (name, z)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("power", range(1, 9))
def test_moments(power: int, which: int) -> None:
    z = sample()[which]
    variance = normal_moment(2 * power) - normal_moment(power) ** 2
    off = np.mean(z**power) - normal_moment(power)
    assert abs(off) < LIMIT * math.sqrt(variance / z.size)


@pytest.mark.parametrize("which", [0, 1])
def test_distribution_by_kolmogorov_and_smirnov(which: int) -> None:
    assert stats.kstest(sample()[which][:32].ravel(), "norm").pvalue > SMALLEST_P


@pytest.mark.parametrize("which", [0, 1])
def test_distribution_by_chi_square_in_1024_cells(which: int) -> None:
    z = sample()[which].ravel()
    counts = np.histogram(stats.norm.cdf(z), 1024, (0.0, 1.0))[0]
    assert stats.chisquare(counts).pvalue > SMALLEST_P


def test_pairs_by_chi_square_in_64_times_64_cells() -> None:
    """x and y of a pair together, which correlations alone would not tell."""
    cells = [stats.norm.cdf(z.ravel()) for z in sample()]
    counts = np.histogram2d(*cells, 64, ((0.0, 1.0), (0.0, 1.0)))[0]
    assert stats.chisquare(counts.ravel()).pvalue > SMALLEST_P


@pytest.mark.parametrize("edge", [3.0, 4.0, 4.5, 5.0])
def test_tails(edge: float) -> None:
    x, y = sample()
    for side in (1.0, -1.0):
        beyond = int(np.sum(side * x > edge) + np.sum(side * y > edge))
        expected = stats.norm.sf(edge) * (x.size + y.size)
        tails = stats.poisson(expected)
        assert min(tails.cdf(beyond), tails.sf(beyond - 1)) > SMALLEST_P


def test_both_of_a_pair_are_uncorrelated() -> None:
    assert_uncorrelated(*sample())


@pytest.mark.parametrize("distance", [1, 2, 7, 8, STREAMS, 2 * STREAMS, 512])
def test_neighbours_in_a_row_are_uncorrelated(distance: int) -> None:
    """Distances below STREAMS are other generators, its multiples later words of the same one."""
    x, y = sample()
    assert_uncorrelated(x[:, :-distance], x[:, distance:])
    assert_uncorrelated(x[:, :-distance], y[:, distance:])


@pytest.mark.parametrize("distance", [1, 2, 32])
def test_neighbouring_blocks_are_uncorrelated(distance: int) -> None:
    x, y = sample()
    assert_uncorrelated(x[:-distance], x[distance:])
    assert_uncorrelated(x[:-distance], y[distance:])


@pytest.mark.parametrize("other", [(21, 24, 0), (20, 25, 0), (20, 24, 1), (20 + 2**63, 24, 0)])
def test_other_seeds_streams_and_purposes_are_uncorrelated(other: tuple[int, int, int]) -> None:
    x, y = Streams(*other, 0).normals(2**17)
    u, v = Streams(20, 24, 0, 0).normals(2**17)
    assert_uncorrelated(x, u)
    assert_uncorrelated(y, v)


def test_uniforms() -> None:
    u = np.concatenate([Streams(7, 0, 0, block).uniforms(2**17) for block in range(8)])
    assert 0.0 < u.min() < u.max() < 1.0
    assert stats.kstest(u, "uniform").pvalue > SMALLEST_P
    assert stats.chisquare(np.histogram(u, 4096, (0.0, 1.0))[0]).pvalue > SMALLEST_P
    for power in range(1, 9):
        off = np.mean((2 * u - 1) ** power) - (1 - power % 2) / (power + 1)
        variance = 1 / (2 * power + 1) - ((1 - power % 2) / (power + 1)) ** 2
        assert abs(off) < LIMIT * math.sqrt(variance / u.size)
