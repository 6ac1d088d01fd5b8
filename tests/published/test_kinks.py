"""The moment map at widths other than 1: kinks lie where x has them, not where z has."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath as mp
import pytest

from normstats.published import closed_forms
from normstats.published.moment_map import activation

WIDTHS = (0.3, 0.7, 1.9, 4.3, 30.0)
FLOAT = Callable[[mp.mpf], mp.mpf]


def inside(limit: mp.mpf) -> mp.mpf:
    """E[z²; |z| < limit]."""
    return mp.erf(limit / mp.sqrt(2)) - 2 * limit * mp.npdf(limit)


def clipped(width: mp.mpf) -> mp.mpf:
    """E of hardtanh(σz)²."""
    limit = 1 / width
    return width**2 * inside(limit) + mp.erfc(limit / mp.sqrt(2))


def shrunk(width: mp.mpf) -> mp.mpf:
    """E of hardshrink(σz)², which has a jump: x where |x| > 1/2, else 0."""
    return width**2 * (1 - inside(mp.mpf(0.5) / width))


def capped(width: mp.mpf) -> mp.mpf:
    """E of relu6(σz)²."""
    limit = 6 / width
    return (width**2 * inside(limit) + 36 * mp.erfc(limit / mp.sqrt(2))) / 2


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("layer", "square"), [("hardtanh", clipped), ("hardshrink", shrunk), ("relu6", capped)]
)
def test_second_moments(layer: str, square: FLOAT, width: float) -> None:
    with mp.workdps(30):
        wanted, slope = square(mp.mpf(width)), mp.diff(square, mp.mpf(width)) * mp.mpf(width) / 2
    found = activation(layer).moment(2, width)
    assert found == pytest.approx(float(wanted), rel=1e-12, abs=0.0)
    found = activation(layer).log_slope(2, width)
    assert found == pytest.approx(float(slope), rel=1e-11, abs=1e-13)


def test_the_width_at_which_the_mean_square_is_one() -> None:
    """Of hardshrink, whose jumps lie anywhere: σ* and χ by mpmath's own root and derivative."""
    with mp.workdps(30):
        star = mp.findroot(lambda s: shrunk(s) - 1, 1.0)
        chi = star / 2 * mp.diff(shrunk, star) / shrunk(star)
    assert activation("hardshrink").sigma_star() == pytest.approx(float(star), rel=1e-12)
    assert activation("hardshrink").chi() == pytest.approx(float(chi), rel=1e-11)


def test_a_kink_of_a_moved_and_scaled_input() -> None:
    """hardtanh(a z + b) + c is 1/rms of its own: from the same pieces, one after the other."""
    a, b, c = 0.7, 0.45, -0.2
    with mp.workdps(30):
        low, high = (-1 - mp.mpf(b)) / a, (1 - mp.mpf(b)) / a
        square = mp.quad(lambda z: (a * z + b + c) ** 2 * mp.npdf(z), [low, 0, high])
        square += (c - 1) ** 2 * mp.ncdf(low) + (c + 1) ** 2 * mp.ncdf(-high)
    found = closed_forms.normalising_scale("hardtanh", {}, a, b, c)
    assert found == pytest.approx(1.0 / math.sqrt(square), rel=1e-12)
