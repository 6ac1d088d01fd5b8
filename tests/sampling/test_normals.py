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
    """Within 8e-12 of the radius, which is what the polynomials leave; see normals.py."""
    radius, angle = some_words(400)
    first, second, *_ = rows(radius, angle)
    with mpmath.workdps(40):
        for k, (a, b) in enumerate(zip(radius.tolist(), angle.tolist(), strict=True)):
            u = mpmath.mpf(2 * (a >> 12) + 1) / 2**53
            r = mpmath.sqrt(-2 * mpmath.log(u))
            # The angle is π/4 + t or its mirror images; t from the upper 52 bits.
            t = (mpmath.mpf(b >> 12 | 1) / 2**52 - 0.5) * mpmath.pi / 2
            x = r * mpmath.cos(mpmath.pi / 4 + t) * (-1 if b & 1 else 1)
            y = r * mpmath.sin(mpmath.pi / 4 + t) * (-1 if b & 2 else 1)
            assert abs(first[k] - x) <= 8e-12 * r
            assert abs(second[k] - y) <= 8e-12 * r


POLYNOMIALS = [
    ("L", 5, lambda s: 2 * mpmath.atanh(s) / s, (math.sqrt(2) - 1) ** 4, 5e-12),
    ("S", 5, lambda t: mpmath.sin(t * mpmath.pi / 2) / t, 0.25, 5e-12),
    ("C", 6, lambda t: mpmath.cos(t * mpmath.pi / 2), 0.25, 8e-14),
]


def coefficients(c: str, count: int) -> list[float]:
    return [getattr(normals, f"{c}{i}") for i in range(count)]


@pytest.mark.parametrize(("c", "count", "function", "end", "bound"), POLYNOMIALS)
def test_polynomials_keep_the_stated_bounds(
    c: str, count: int, function: Callable[[mpmath.mpf], mpmath.mpf], end: float, bound: float
) -> None:
    """The largest relative error of a polynomial with its coefficients as they are."""
    exactly = [mpmath.mpf(value) for value in coefficients(c, count)]
    with mpmath.workdps(40):
        errors = []
        for k in range(1, 1001):
            z = mpmath.mpf(end) * k / 1000
            value = sum(c * z**power for power, c in enumerate(exactly))
            errors.append(abs(value / function(mpmath.sqrt(z)) - 1))
        assert 0.0 < max(errors) <= bound


@pytest.mark.parametrize("k", [2, 4, 6, 8])
def test_the_polynomials_leave_the_moments_unbiased(k: int) -> None:
    """E[rᵏ] and E[cosᵏ] of the polynomials, by quadrature, to 4e-13 of what they should be."""
    nodes, weights = np.polynomial.legendre.leggauss(60)

    def integral(f: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> float:
        half = (high - low) / 2.0
        return half * math.fsum(weights * f(low + half * (nodes + 1.0)))

    polynomial = {c: np.polynomial.Polynomial(coefficients(c, n)) for c, n, *_ in POLYNOMIALS}

    def powered(e: int) -> Callable[[np.ndarray], np.ndarray]:
        def f(m: np.ndarray) -> np.ndarray:
            s = (m - 1.0) / (m + 1.0)
            return (2.0 * (e * math.log(2.0) - s * polynomial["L"](s * s))) ** (k // 2)

        return f

    root = math.sqrt(0.5)  # u = 2^−e m
    radius = [integral(powered(0), root, 1.0)]
    radius += [2.0**-e * integral(powered(e), root, 2.0 * root) for e in range(1, 120)]
    assert math.fsum(radius) == pytest.approx(2 ** (k // 2) * math.factorial(k // 2), rel=4e-13)

    def cosine(t: np.ndarray) -> np.ndarray:
        value: np.ndarray = polynomial["C"](t * t) - t * polynomial["S"](t * t)
        return (value / math.sqrt(2.0)) ** k

    expected = math.prod(range(1, k, 2)) / math.prod(range(2, k + 1, 2))  # E[cosᵏ]
    assert integral(cosine, -0.5, 0.5) == pytest.approx(expected, rel=4e-13)


def test_extreme_words_give_finite_numbers_and_the_stated_ranges() -> None:
    first, second, uniform, fine, log = rows(*every_pair(EXTREME))
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()
    assert uniform.min() == 2.0**-52
    assert uniform.max() == 1.0 - 2.0**-52
    assert fine.min() == 2.0**-53
    assert fine.max() == 1.0 - 2.0**-53
    assert log.min() == pytest.approx(2.0**-53, rel=5e-12)
    assert log.max() == pytest.approx(53 * math.log(2.0), rel=1e-14)


def test_tails_reach_8_and_a_half_sigma() -> None:
    """The smallest uniform, 2^−53, is a radius of √(106 ln 2) = 8.57."""
    radius = np.zeros(8, np.uint64)
    angle = np.array([1 << 12, plain.WORD >> 2, plain.WORD, 1 << 13, 1 << 40, 5, 9, 3], np.uint64)
    first, second, *_ = rows(radius, angle)
    largest = np.maximum(abs(first), abs(second))
    assert largest.max() > 8.57
    assert largest.max() <= math.sqrt(106 * math.log(2.0)) * (1 + 1e-11)
    # And what lies between: words with some zero bits on top.
    tops = [(1 << k) - 1 for k in range(14, 64)] * 8
    x, y, *_ = rows(np.array(tops, np.uint64), np.full(len(tops), 1 << 63, np.uint64))
    u = [(2 * (top >> 12) + 1) * 2.0**-53 for top in tops]
    assert np.hypot(x, y) == pytest.approx([math.sqrt(-2 * math.log(v)) for v in u], rel=1e-11)


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
    assert got == [plain.uniform(plain.sfc64(state)) for state in states]
