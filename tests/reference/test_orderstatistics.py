"""Mean and variance of the largest of n normals: closed forms, and 25-digit quadrature."""

from __future__ import annotations

import functools
import math

import mpmath
import pytest

from normstats.reference.orderstatistics import maximum

ROOT_PI = math.sqrt(math.pi)
MEAN_4 = 6 / (math.pi * ROOT_PI) * math.atan(math.sqrt(2))
# Jones (1948), Godwin (1949): all that are known in closed form.
CLOSED = {
    1: (0.0, 1.0),
    2: (1 / ROOT_PI, 1 - 1 / math.pi),
    3: (3 / (2 * ROOT_PI), 1 + math.sqrt(3) / (2 * math.pi) - 9 / (4 * math.pi)),
    4: (MEAN_4, 1 + math.sqrt(3) / math.pi - MEAN_4**2),
    5: (
        5 / (4 * ROOT_PI) * (1 + 6 / math.pi * math.asin(1 / 3)),
        None,
    ),
}


@pytest.mark.parametrize("n", CLOSED)
def test_closed_forms(n: int) -> None:
    mean, variance = maximum(n)
    assert mean == pytest.approx(CLOSED[n][0], abs=1e-13)
    if CLOSED[n][1] is not None:
        assert variance == pytest.approx(CLOSED[n][1], abs=1e-13)


@pytest.mark.parametrize("n", [*range(2, 7), 9, 16, 25, 100, 1000, 65536])
def test_quadrature_with_25_digits(n: int) -> None:
    with mpmath.workdps(25):
        centre = -mpmath.sqrt(2) * mpmath.erfinv(
            1 - mpmath.mpf(2) * mpmath.mpf(0.5) ** (1 / mpmath.mpf(n))
        )
        knots = [-12, *(float(centre) + step for step in (-4, -2, 0, 2, 4)), 14]
        knots = sorted({max(-12.0, min(14.0, float(knot))) for knot in knots})

        @functools.cache
        def density(z: mpmath.mpf) -> mpmath.mpf:
            return n * mpmath.npdf(z) * mpmath.ncdf(z) ** (n - 1)

        def moment(power: int) -> mpmath.mpf:
            return mpmath.quad(lambda z: z**power * density(z), knots, maxdegree=7)

        assert abs(moment(0) - 1) < 1e-16
        first = moment(1)
        second = moment(2)
        mean, variance = maximum(n)
        assert abs(mean - first) < 1e-12
        assert abs(variance - (second - first**2)) < 1e-12
