"""Powers of 1/(u + eps) against mpmath, the gamma function, and themselves in other units."""

from __future__ import annotations

import math

import numpy as np
import pytest

from normstats.reference.normalised import Squares

mpmath = pytest.importorskip("mpmath")


@pytest.mark.parametrize("k", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("dof", [5, 31, 4096, 65535])
def test_without_eps(dof: int, k: float) -> None:
    """E u^−k = (2a)^−k Γ(ν/2 − k)/Γ(ν/2), a = s·σ²."""
    a = 1.3**2 / (dof + 1)
    expected = math.exp(math.lgamma(dof / 2 - k) - math.lgamma(dof / 2)) * (2 * a) ** -k
    # Differences of the logarithm of Γ lose digits that grow with it.
    precision = 1e-15 * max(math.lgamma(dof / 2), 100.0)
    found = Squares(dof, 1 / (dof + 1), 0.0, 1.3).expectation(k, 0.0)
    assert found == pytest.approx(expected, rel=precision)


@pytest.mark.parametrize("eps", [1e-12, 1e-5, 0.7])
@pytest.mark.parametrize("dof", [1, 2, 3, 31])
@pytest.mark.parametrize("k", [0.5, 1.0, 3.0])
def test_with_eps(dof: int, k: float, eps: float) -> None:
    """eps^(ν/2 − k)(2a)^(−ν/2) U(ν/2, ν/2 − k + 1, eps/2a), with Tricomi's function U."""
    a, half = 1.3**2 / (dof + 1), dof / 2
    with mpmath.workdps(40):
        u = mpmath.hyperu(half, half - k + 1, mpmath.mpf(eps) / (2 * mpmath.mpf(a)))
        expected = float(mpmath.mpf(eps) ** (half - k) * (2 * mpmath.mpf(a)) ** -half * u)
    found = Squares(dof, 1 / (dof + 1), 0.0, 1.3).expectation(k, eps)
    assert found == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("mean", [0.5, 30.0, 1e6])
def test_with_a_mean(mean: float) -> None:
    """As the mixture of central ones that it is: of ν + 2j degrees with Poisson weights."""
    dof, eps = 7, 0.3
    found = Squares(dof, 1 / dof, mean, 1.0)
    if mean > 100:  # a number, up to corrections of its relative variance
        assert found.expectation(1.0, eps) == pytest.approx(mean**-2.0, rel=10 / mean**2)
        return
    half = dof * mean**2 / 2
    total = 0.0
    for j in range(math.ceil(half + 12 * math.sqrt(half)) + 40):
        weight = math.exp(-half + j * math.log(half) - math.lgamma(j + 1))
        total += weight * Squares(dof + 2 * j, 1 / dof, 0.0, 1.0).expectation(1.0, eps)
    assert found.expectation(1.0, eps) == pytest.approx(total, rel=1e-11)


def test_units_do_not_matter() -> None:
    """From the smallest std that inputs may have to the largest."""
    standard = Squares(3, 0.25, 0.4, 1.0)
    for std in (1e-60, 1e-3, 1e20):
        other, eps = Squares(3, 0.25, 0.4 * std, std), 1e-5 * std * std
        assert other.expectation(1.0, eps) * std * std == pytest.approx(
            standard.expectation(1.0, 1e-5), rel=1e-12
        )
        assert other.expectation(3.0, eps, times=2.0) * std * std == pytest.approx(
            standard.expectation(3.0, 1e-5, times=2.0), rel=1e-12
        )


def test_what_is_infinite() -> None:
    assert Squares(2, 1.0, 0.0, 1.0).expectation(1.0, 0.0) == math.inf
    assert math.isfinite(Squares(3, 1.0, 0.0, 1.0).expectation(1.0, 0.0))
    # E u/u = 1 is finite though E 1/u is not.
    assert Squares(2, 1.0, 0.0, 1.0).expectation(1.0, 0.0, lambda d: 2.0 / d) == pytest.approx(1.0)
    assert Squares(2, 1.0, 0.0, 0.0).expectation(0.5, 0.25) == pytest.approx(2.0)


def test_polynomials() -> None:
    """E x/√(mean square + eps) of x ~ N(μ, 1), by a sum over a fine grid."""
    mean, eps = 0.7, 0.1
    z, step = np.linspace(-12, 12, 200_001, retstep=True)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * step
    expected = float(np.sum(density * (mean + z) / np.sqrt((mean + z) ** 2 + eps)))
    found = Squares(1, 1.0, mean, 1.0).expectation(0.5, eps, lambda d: mean / d)
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_share_below_a_bound() -> None:
    assert Squares(2, 0.5, 0.0, 1.0).below(0.3) == pytest.approx(1 - math.exp(-0.3))
    assert Squares(1, 1.0, 0.5, 1.0).below(1.0) == pytest.approx(
        0.5 * (math.erf(0.5 / math.sqrt(2)) + math.erf(1.5 / math.sqrt(2)))
    )
    assert Squares(3, 1.0, 2.0, 0.0).below(12.0) == 1.0
