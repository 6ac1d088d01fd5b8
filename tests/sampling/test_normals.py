"""Normal and uniform numbers: the plain twin, true Box–Muller, bounds, extreme words."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from normstats.kernels.run import load
from normstats.sampling import normals
from normstats.sampling.bits import STREAMS
from tests.sampling import plain
from tests.sampling.probes import FROM_WORDS, Streams

EXTREME = [0, 1, 2, 3, 0xFFF, 0x1000, 0x1FFF, 1 << 11, 1 << 12, 1 << 52, 1 << 62, 1 << 63]
EXTREME += [plain.WORD ^ word for word in EXTREME]


def rows(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    out = np.empty((5, radius.size))
    load(FROM_WORDS)(radius, angle, out, radius.size)
    return out


def every_pair(words: list[int]) -> tuple[np.ndarray, np.ndarray]:
    radius, angle = np.meshgrid(np.array(words, np.uint64), np.array(words, np.uint64))
    return radius.ravel().copy(), angle.ravel().copy()


def some_words(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    radius, angle = rng.integers(0, 2**64, (2, count), np.uint64, endpoint=False)
    # Every size of the uniform, not only the large ones.
    return radius >> rng.integers(0, 64, count, np.uint64), angle


@pytest.mark.parametrize("words", [every_pair(EXTREME), some_words(800)], ids=["extreme", "random"])
def test_compiled_numbers_equal_the_plain_twin_to_the_last_bit(
    words: tuple[np.ndarray, np.ndarray],
) -> None:
    first, second, uniform, fine, log = rows(*words)
    for k, (radius, angle) in enumerate(zip(*(w.tolist() for w in words), strict=True)):
        assert (first[k], second[k]) == plain.normal_pair(radius, angle)
        assert uniform[k] == plain.uniform(radius)
        assert fine[k] == plain.fine_uniform(radius)
        assert log[k] == plain.minus_log(plain.fine_uniform(radius))


def test_normals_are_those_of_box_and_muller() -> None:
    """Within 3e-13 of the radius, which is what the polynomials leave; see normals.py."""
    radius, angle = some_words(400)
    first, second, *_ = rows(radius, angle)
    with mpmath.workdps(40):
        for k, (a, b) in enumerate(zip(radius.tolist(), angle.tolist(), strict=True)):
            u = mpmath.mpf(a | 1) / 2**64
            r = mpmath.sqrt(-2 * mpmath.log(u))
            # The angle is π/4 + t or its mirror images; t from the upper 52 bits.
            t = (mpmath.mpf(b >> 12 | 1) / 2**52 - 0.5) * mpmath.pi / 2
            x = r * mpmath.cos(mpmath.pi / 4 + t) * (-1 if b & 1 else 1)
            y = r * mpmath.sin(mpmath.pi / 4 + t) * (-1 if b & 2 else 1)
            assert abs(first[k] - x) <= 3e-13 * r
            assert abs(second[k] - y) <= 3e-13 * r


def worst(c: str, function: Callable[[mpmath.mpf], mpmath.mpf], end: float) -> float:
    """The largest relative error of a polynomial with its coefficients as they are."""
    coefficients = [mpmath.mpf(getattr(normals, f"{c}{i}")) for i in range(6)]
    with mpmath.workdps(40):
        errors = []
        for k in range(1, 1001):
            z = mpmath.mpf(end) * k / 1000
            value = sum(c * z**power for power, c in enumerate(coefficients))
            errors.append(abs(value / function(mpmath.sqrt(z)) - 1))
        return float(max(errors))


@pytest.mark.parametrize(
    ("c", "function", "end", "bound"),
    [
        ("L", lambda s: 2 * mpmath.atanh(s) / s, (math.sqrt(2) - 1) ** 4, 3e-14),
        ("S", lambda t: mpmath.sin(t) / t, (math.pi / 4) ** 2, 5e-15),
        ("C", mpmath.cos, (math.pi / 4) ** 2, 8e-14),
    ],
)
def test_polynomials_keep_the_stated_bounds(
    c: str, function: Callable[[mpmath.mpf], mpmath.mpf], end: float, bound: float
) -> None:
    error = worst(c, function, end)
    assert 0.0 < error <= bound


def test_extreme_words_give_finite_numbers_and_the_stated_ranges() -> None:
    first, second, uniform, fine, log = rows(*every_pair(EXTREME))
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()
    assert uniform.min() == 2.0**-52
    assert uniform.max() == 1.0 - 2.0**-52
    assert fine.min() == 2.0**-64
    assert fine.max() == 1.0
    assert log.min() == 0.0
    assert log.max() == pytest.approx(64 * math.log(2.0), rel=1e-14)


def test_tails_reach_9_sigma() -> None:
    """The smallest uniform, 2^−64, is a radius of √(128 ln 2) = 9.42."""
    radius = np.zeros(8, np.uint64)
    angle = np.array([1 << 12, plain.WORD >> 2, plain.WORD, 1 << 13, 1 << 40, 5, 9, 3], np.uint64)
    first, second, *_ = rows(radius, angle)
    largest = np.maximum(abs(first), abs(second))
    assert largest.max() > 9.4
    assert largest.max() <= math.sqrt(128 * math.log(2.0)) * (1 + 1e-12)
    # And what lies between: words with some zero bits on top.
    tops = [(1 << k) - 1 for k in range(1, 64)] * 8
    x, y, *_ = rows(np.array(tops, np.uint64), np.full(len(tops), 1 << 63, np.uint64))
    expected = [math.sqrt(2 * (64 * math.log(2.0) - math.log(top))) for top in tops]
    assert np.hypot(x, y) == pytest.approx(expected, rel=1e-12)


def test_a_row_of_normals_is_the_twins() -> None:
    length = 2 * STREAMS
    first, second = Streams(3, 14, 1, 59).normals(length)
    twin = plain.normals(3, 14, 1, 59, 2, STREAMS)
    assert [*first, *second] == twin


def test_means_and_standard_deviations_are_put_in_by_one_rounding() -> None:
    x, y = Streams(1, 1, 0, 0).normals(STREAMS)
    u, v = Streams(1, 1, 0, 0).normals(STREAMS, (0.7, 1.3), (-4.0, 1e-3))
    assert u.tolist() == [plain.fma(value, 1.3, 0.7) for value in x.tolist()]
    assert v.tolist() == [plain.fma(value, 1e-3, -4.0) for value in y.tolist()]


def test_a_row_of_uniforms_is_the_twins() -> None:
    got = Streams(3, 14, 0, 59).uniforms(STREAMS).tolist()
    states = [plain.start(3, 14, 0, 59, number) for number in range(STREAMS)]
    assert got == [plain.uniform(plain.xoshiro(state)) for state in states]
