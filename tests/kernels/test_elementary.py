"""The elementary functions against mpmath: errors in ulp, fits of the polynomials, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from normstats.kernels import elementary as el

Array = Any
N = 250
RNG = np.random.default_rng(20160328)


def spread(*ranges: tuple[float, float], smallest: float = 1e-18) -> Array:
    """Points all over the ranges, and of every size down to the smallest, of both signs."""
    sizes = 10.0 ** RNG.uniform(np.log10(smallest), 0.0, N) * RNG.choice([-1.0, 1.0], N)
    return np.concatenate([*(RNG.uniform(low, high, N) for low, high in ranges), sizes])


def unit() -> Array:
    return np.concatenate([RNG.uniform(0.0, 1.0, N), 10.0 ** RNG.uniform(-300, 0, N), [0.0, 1.0]])


def sigma(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def tail(x: Any) -> Any:
    return mp.erfc(x / mp.sqrt(2)) / 2


QUADRANTS = np.pi / 2 * RNG.integers(-600_000, 600_000, N)
WAVES = np.concatenate([spread((-10, 10), (-1e6, 1e6)), QUADRANTS])

FUNCTIONS: list[tuple[str, Callable[[Array], Array], Callable[[Any], Any], Array, float]] = [
    ("exp_within", el.exp_within, mp.exp, spread((-708, 709), (-2, 2)), 1.0),
    ("exp", el.exp, mp.exp, spread((-708, 709.7), (-2, 2)), 3.0),
    ("expm1", el.expm1, mp.expm1, spread((-40, 708), (-2, 2)), 2.0),
    ("log1p_unit", el.log1p_unit, mp.log1p, unit(), 3.0),
    ("log1p", el.log1p, mp.log1p, np.concatenate([unit(), 10.0 ** RNG.uniform(0, 15, N)]), 3.0),
    ("exp_negative", el.exp_negative, mp.exp, -np.abs(spread((-708, 0), (-2, 0))), 1.0),
    ("logistic", lambda x: el.logistic(x)[0], sigma, spread((-700, 700), (-9, 9)), 4.0),
    ("1 - logistic", lambda x: el.logistic(x)[1], lambda x: sigma(-x), spread((-700, 700)), 4.0),
    (
        "softplus",
        lambda x: el.softplus(x)[0],
        lambda x: mp.log1p(mp.exp(x)),
        spread((-700, 700), (-9, 9)),
        4.0,
    ),
    ("softplus'", lambda x: el.softplus(x)[1], sigma, spread((-700, 700), (-9, 9)), 4.0),
    ("tanh", lambda x: el.tanh(x)[0], mp.tanh, spread((-340, 340), (-2, 2)), 4.0),
    (
        "tanh'",
        lambda x: el.tanh(x)[1],
        lambda x: mp.sech(x) ** 2,
        spread((-340, 340), (-9, 9)),
        4.0,
    ),
    ("normal", lambda x: el.normal(x)[0], lambda x: tail(-x), spread((-37.4, 9), (-4, 4)), 5.0),
    ("normal'", lambda x: el.normal(x)[1], mp.npdf, spread((-37.4, 37.4), (-4, 4)), 5.0),
    ("erf", lambda x: el.erf(x)[0], mp.erf, spread((-26, 26), (-3, 3)), 4.0),
    (
        "erf'",
        lambda x: el.erf(x)[1],
        lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
        spread((-26, 26), (-3, 3)),
        4.0,
    ),
    ("sin", lambda x: el.sin_cos(x)[0], mp.sin, WAVES, 4.0),
    ("cos", lambda x: el.sin_cos(x)[1], mp.cos, WAVES, 4.0),
]


@pytest.mark.parametrize(
    ("name", "f", "true", "x", "bound"), FUNCTIONS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_error_in_ulp(name: str, f: Any, true: Any, x: Array, bound: float) -> None:
    with mp.workdps(50):
        for point, got in zip(x, f(x), strict=True):
            want = true(mp.mpf(float(point)))
            unit_in_last_place = mp.mpf(float(np.spacing(abs(float(want)))))
            error = abs(mp.mpf(float(got)) - want) / unit_in_last_place
            assert error <= bound, f"{name}({point!r}) is {mp.nstr(error, 4)} ulp off"


def polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    return sum(mp.mpf(c) * x**k for k, c in enumerate(coefficients))


def exp_fit(r: Any) -> Any:
    return (r + r**2 * polynomial(el._EXP, r)) / mp.expm1(r) - 1


def atanh_fit(z: Any) -> Any:
    return z * (2 + z**2 * polynomial(el._ATANH, z**2)) / (2 * mp.atanh(z)) - 1


def tail_fit(a: Any) -> Any:
    ratio = polynomial(el._TAIL_ABOVE, a) / polynomial(el._TAIL_BELOW, a)
    return ratio / (tail(a) * mp.exp(a**2 / 2)) - 1


def erf_fit(x: Any) -> Any:
    return x * polynomial(el._ERF, x**2) / mp.erf(x) - 1


def sin_fit(r: Any) -> Any:
    return (r + r**3 * polynomial(el._SIN, r**2)) / mp.sin(r) - 1


def cos_fit(r: Any) -> Any:
    return (1 - r**2 / 2 + r**4 * polynomial(el._COS, r**2)) / mp.cos(r) - 1


# The rounding of the coefficients to double comes on top of the stated error of the fit.
@pytest.mark.parametrize(
    ("fit", "low", "high", "bound"),
    [
        (exp_fit, -mp.log(2) / 2, mp.log(2) / 2, 5e-17),
        (atanh_fit, mp.mpf(0), mp.mpf(1) / 3, 8e-17),
        (tail_fit, mp.mpf(0), mp.mpf("37.6"), 2.2e-16),
        (erf_fit, mp.mpf(0), mp.mpf("0.5"), 1.2e-16),
        (sin_fit, -mp.pi / 4, mp.pi / 4, 5e-17),
        (cos_fit, -mp.pi / 4, mp.pi / 4, 2e-16),
    ],
)
def test_fits(fit: Any, low: Any, high: Any, bound: float) -> None:
    with mp.workdps(40):
        points = [low + (high - low) * (i + mp.mpf("0.37")) / 300 for i in range(300)]
        assert max(abs(fit(x)) for x in points) < bound


FAR = np.array([-np.inf, -1e300, -1e15, -1e3, 1e3, 1e15, 1e300, np.inf])


@pytest.mark.parametrize(
    ("f", "low", "high"),
    [
        (el.exp, 0.0, np.inf),
        (el.expm1, -1.0, None),
        (lambda x: el.logistic(x)[0], 0.0, 1.0),
        (lambda x: el.logistic(x)[1], 1.0, 0.0),
        (lambda x: el.softplus(x)[0] - np.where(x > 0, x, 0.0), 0.0, None),
        (lambda x: el.softplus(x)[1], 0.0, 1.0),
        (lambda x: el.tanh(x)[0], -1.0, 1.0),
        (lambda x: el.tanh(x)[1], 0.0, 0.0),
        (lambda x: el.normal(x)[0], 0.0, 1.0),
        (lambda x: el.normal(x)[1], 0.0, 0.0),
        (lambda x: el.erf(x)[0], -1.0, 1.0),
        (lambda x: el.erf(x)[1], 0.0, 0.0),
    ],
)
def test_limits(f: Any, low: float | None, high: float | None) -> None:
    """Reached within 1e-300 at ±1e3 and beyond, and never an exact zero before infinity."""
    with np.errstate(all="ignore"):
        y = f(FAR)
    if low is not None:
        np.testing.assert_allclose(y[:4], low, rtol=0, atol=1e-300)
    if high is not None:
        np.testing.assert_allclose(y[4:], high, rtol=0, atol=1e-300)


@pytest.mark.parametrize(
    "f",
    [
        el.exp,
        lambda x: el.logistic(x)[0],
        lambda x: el.softplus(x)[0],
        lambda x: el.tanh(x)[1],
        lambda x: el.normal(x)[0],
        lambda x: el.normal(x)[1],
        lambda x: el.erf(x)[1],
    ],
)
def test_tails_do_not_become_zero(f: Any) -> None:
    assert (f(np.array([-800.0, -1e3, -1e15, -1e300])) > 0.0).all()


def test_exp_overflows_where_double_does() -> None:
    with np.errstate(over="ignore"):
        y = el.exp(np.array([709.78, 709.79, 1e3]))
    assert np.isfinite(y[0])
    assert np.isinf(y[1:]).all()


@pytest.mark.parametrize(
    "f",
    [
        el.exp,
        el.expm1,
        lambda x: el.logistic(x)[0],
        lambda x: el.softplus(x)[0],
        lambda x: el.tanh(x)[0],
        lambda x: el.normal(x)[0],
        lambda x: el.erf(x)[0],
    ],
)
def test_rising(f: Any) -> None:
    """Steps of 1e-3 show: no seam where two formulas meet is above the rounding error."""
    y = f(np.arange(-37.0, 37.0, 1e-3))
    assert (np.diff(y) >= -4.0 * np.spacing(np.abs(y[1:]))).all()


def test_sin_cos_stay_bounded() -> None:
    x = np.array([1e9, -1e9, 1e12, 1e15, 1e100, -1e300])
    s, c = el.sin_cos(x)
    np.testing.assert_allclose(s**2 + c**2, 1.0, rtol=1e-12)
    np.testing.assert_allclose(s[:2], np.sin(x[:2]), atol=2e-15)
    np.testing.assert_allclose(c[:2], np.cos(x[:2]), atol=2e-15)


def test_kinds_of_zero() -> None:
    zero = np.array([0.0, -0.0])
    assert el.exp(zero).tolist() == [1.0, 1.0]
    assert el.expm1(zero).tolist() == [0.0, 0.0]
    assert el.log1p_unit(zero).tolist() == [0.0, 0.0]
    assert el.tanh(zero)[0].tolist() == [0.0, 0.0]
    assert el.erf(zero)[0].tolist() == [0.0, 0.0]
    assert el.normal(zero)[0].tolist() == [0.5, 0.5]
    assert [v.tolist() for v in el.sin_cos(zero)] == [[0.0, 0.0], [1.0, 1.0]]
