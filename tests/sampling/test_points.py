"""Points that are not independent: Sobol's numbers, their scrambles, strata, the inverse normal."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from normstats.engine.arrays import Layout, Rows, columns_for
from normstats.sampling.sobol import (
    DIGITS,
    MOST_COORDINATES,
    OFFSET,
    TABLE,
    directions,
    scrambled_tables,
)
from normstats.sampling.strata import SPREAD, uneven
from tests.sampling import plain
from tests.sampling.probes import Streams, points, quantile, strata

SMALLEST_P = 1e-6


def test_direction_numbers_are_those_of_joe_and_kuo() -> None:
    """All 64 coordinates against SciPy's table of the same authors, which goes in Gray's order."""
    count = 4096
    index = np.arange(count)
    expected = qmc.Sobol(MOST_COORDINATES, scramble=False, bits=DIGITS).random(count)
    for coordinate in range(MOST_COORDINATES):
        point = np.zeros(count, np.uint64)
        for digit, direction in enumerate(directions(coordinate)[:12]):
            point ^= np.where((index ^ index >> 1) >> digit & 1, direction, np.uint64(0))
        assert (point * 2.0**-64 == expected[:, coordinate]).all()


def words_of(table: np.ndarray, index: np.ndarray) -> np.ndarray:
    """The scrambled digits of points, from their table, by the digits of their index."""
    word = np.full(index.shape, table[0])
    for digit in range(DIGITS):
        number = table[1 << digit] ^ table[0] if digit < 3 else table[5 + digit]
        word ^= np.where(index >> digit & 1, number, np.uint64(0))
    return word


def scrambled(coordinates: int, seed: int, number: int, count: int) -> np.ndarray:
    """The first points of one scramble, a column for each coordinate."""
    tables = scrambled_tables(coordinates, seed, 5, 0, number + 1)[number]
    index = np.arange(count)
    words = [words_of(table, index) for table in tables.reshape(coordinates, TABLE)]
    return np.stack(words, axis=1) * 2.0**-64


def test_a_scramble_keeps_the_net() -> None:
    """Of 2^10 points in two dimensions one lies in every elementary box of that volume."""
    digits = 10
    for number in range(4):
        u = scrambled(2, 7, number, 2**digits)
        for first in range(digits + 1):
            boxes = np.floor(u * [2**first, 2 ** (digits - first)]).astype(int)
            assert len(np.unique(boxes @ [2 ** (digits - first), 1])) == 2**digits
    u = scrambled(MOST_COORDINATES, 7, 0, 2**digits)
    for coordinate in range(MOST_COORDINATES):
        assert len(np.unique(np.floor(u[:, coordinate] * 2**digits))) == 2**digits


@pytest.mark.parametrize("samples", [16, 64, 2048, 2**32])
def test_points_are_mirrored_in_their_windows(samples: int) -> None:
    """Against the definition, in fractions; wherever a chunk starts, and no point far away."""
    for seed in range(3):
        table = scrambled_tables(1, seed, 1, 0, 1)[0]
        offset = Fraction(plain.uniform(int(table[OFFSET]))) * 2
        for start in {0, samples // 2, samples - 16}:
            found = points(table, start, 16, samples)
            words = words_of(table, np.arange(start, start + 16))
            for u, word in zip(found.tolist(), words.tolist(), strict=True):
                x = Fraction(plain.uniform(word)) * samples
                low = offset + 2 * math.floor((x - offset) / 2)
                mirrored = max(low, Fraction(0)) + min(low + 2, Fraction(samples)) - x
                assert abs(Fraction(u) - mirrored / samples) <= Fraction(1, 2**50)
                assert abs(mirrored - x) <= 2
                assert 0.0 < u < 1.0


def test_mirrored_points_are_uniform_and_end_their_intervals_anywhere() -> None:
    """Of 16 points one is in each interval of the net; mirrored, a jump at 1/4 shows."""
    tables = scrambled_tables(1, 2, 1, 0, 2000)
    u = np.array([points(table, 0, 16, 16) for table in tables])
    for k in (0, 7, 15):
        assert stats.kstest(u[:, k], "uniform").pvalue > SMALLEST_P
    below = np.sum(u < 0.25, axis=1)
    assert np.mean(below) == pytest.approx(4.0, abs=5 * np.std(below) / math.sqrt(2000))
    assert 0.3 < np.var(below) < 0.8
    words = np.array([words_of(table, np.arange(16)) for table in tables])
    assert (np.sum(words * 2.0**-64 < 0.25, axis=1) == 4).all()


def test_every_point_of_a_scramble_is_uniform_and_any_two_are_as_they_should() -> None:
    """Two points whose first different digit is the k-th: equal before, independent after it."""
    scrambles = 4096
    tables = scrambled_tables(2, 11, 0, 0, scrambles).reshape(scrambles, 2, TABLE)
    first, second = np.uint64(1), np.uint64(6)  # their plain first digits differ
    for coordinate in range(2):
        words = [tables[:, coordinate, int(index)] for index in (first, second)]
        for word in words:
            assert stats.kstest(word * 2.0**-64, "uniform").pvalue > SMALLEST_P
        together = words[0] ^ words[1]
        unscrambled = np.uint64(0)
        for digit in range(3):
            if (1 ^ 6) >> digit & 1:
                unscrambled ^= directions(coordinate)[digit]
        k = 64 - int(unscrambled).bit_length()
        assert (together >> np.uint64(63 - k) == 1).all()
        after = (together << np.uint64(k + 1)).astype(np.float64) * 2.0**-64
        assert stats.kstest(after, "uniform").pvalue > SMALLEST_P
        # bits of the difference say nothing of the bits of a point
        cells = np.histogram2d(after, words[0] * 2.0**-64, 8, ((0, 1), (0, 1)))[0]
        assert stats.chisquare(cells.ravel()).pvalue > SMALLEST_P
    across = [tables[:, coordinate, 0] * 2.0**-64 for coordinate in range(2)]
    cells = np.histogram2d(*across, 8, ((0, 1), (0, 1)))[0]
    assert stats.chisquare(cells.ravel()).pvalue > SMALLEST_P


def test_other_seeds_layers_and_numbers_are_other_scrambles() -> None:
    one = scrambled_tables(3, 1, 2, 0, 2)
    others = [
        one[1],
        *(scrambled_tables(3, *key, 1)[0] for key in ((2, 2, 0), (1, 3, 0), (1, 2, 1))),
    ]
    for other in others:
        assert not (one[0].reshape(3, TABLE)[:, 0] == other.reshape(3, TABLE)[:, 0]).any()
    assert (scrambled_tables(2, 1, 2, 0, 1)[0] == one[0][: 2 * TABLE]).all()


COLUMNS = columns_for(Layout(Rows(), True), 1)


@pytest.mark.parametrize("samples", [12, 13, 16, 17, 63, COLUMNS - 1, COLUMNS, COLUMNS + 1, 3001])
def test_strata_hold_two_mirrored_points_each(samples: int) -> None:
    u = strata(4, 2, samples, COLUMNS)
    streams = Streams(4, 0, 0, 2)
    expected: list[float] = []
    for start in range(0, samples, COLUMNS):
        v = streams.uniforms(COLUMNS)
        left = min(COLUMNS, samples - start)
        first, mirrored = [], []
        for pair in range(-(-left // 2)):
            low = start + 2 * pair
            if low + 1 == samples:
                first.append(low + v[pair])
            else:
                first.append(low + 2.0 * v[pair])
                mirrored.append(low + 2.0 - 2.0 * v[pair])
        expected += [*first, *mirrored]
    assert len(expected) == samples == len(u)
    assert u == pytest.approx(np.array(expected) / samples, rel=1e-15)
    # one point in each stratum of a single point's width, up to the choice within a pair
    counts = np.bincount(np.floor(np.array(expected) / 2.0).astype(int))
    assert (counts[:-1] == 2).all()


def test_strata_are_uniform_over_blocks() -> None:
    u = np.array([strata(9, block, 21, COLUMNS) for block in range(600)])
    for k in (0, 5, 10, 20):
        low, width = (2 * k, 2) if k < 10 else (20, 1) if k == 10 else (2 * (k - 11), 2)
        v = (u[:, k] * 21 - low) / width
        assert stats.kstest(v, "uniform").pvalue > SMALLEST_P


def test_sizes_of_sequences_differ_and_have_the_wanted_mean() -> None:
    for points_each in (16, 17, 1000, 2**32):
        sizes = np.array(uneven(points_each, 128, 3, 4))
        assert sizes.sum() == 128 * points_each
        assert np.abs(sizes - points_each).max() <= SPREAD * points_each
        assert len(np.unique(sizes)) >= 9
        assert sizes.std() > 0.5 * SPREAD * points_each
    assert uneven(1000, 128, 3, 4) != uneven(1000, 128, 3, 5)
    assert uneven(1000, 128, 3, 4) != uneven(1000, 128, 4, 4)


def test_the_inverse_normal_is_right_to_1e_12() -> None:
    rng = np.random.default_rng(6)
    small = np.exp2(-rng.uniform(1, 51.9, 300))
    u = np.concatenate([rng.random(300), small, 1.0 - small, [2.0**-52, 1.0 - 2.0**-52, 0.5]])
    u = np.concatenate([u, 0.5 + np.array([0.425, -0.425]), np.nextafter(0.925, [0, 1])])
    z = quantile(u)
    with mpmath.workdps(40):
        for value, found in zip(u.tolist(), z.tolist(), strict=True):
            exact = mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(value) - 1)
            assert abs(found - exact) <= 1e-12 * max(abs(exact), 0.1)
    assert quantile(np.array([0.5]))[0] == 0.0
    assert quantile(u[:300]) == pytest.approx(-quantile(1.0 - u[:300]), rel=1e-9, abs=1e-12)
    assert math.isclose(quantile(np.array([2.0**-52]))[0], -8.1258906647, rel_tol=1e-9)
