"""Moments of softmax and logsumexp against sums in all dimensions, mpmath, and limits."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

from normstats.reference.softmax import WIDE_LOG, WIDE_SQUARE, WIDEST, Softmax, softmax

FIELDS = ("square", "excess", "cube", "squares", "log_mean", "log_variance")


def brute(n: int, std: float, step: float) -> Softmax:
    """By the trapezoidal rule over the whole space across (1, …, 1), along which y is constant."""
    z = step * np.arange(-math.ceil(9.5 / step), math.ceil(9.5 / step) + 1)
    weight = np.exp(-z * z / 2.0) * step / math.sqrt(2.0 * math.pi)
    across = np.linalg.svd(np.ones((1, n)))[2][1:]
    grid = np.stack(np.meshgrid(*[z] * (n - 1), indexing="ij"), axis=-1).reshape(-1, n - 1)
    weights = np.stack(np.meshgrid(*[weight] * (n - 1), indexing="ij")).prod(axis=0).ravel()
    x = std * grid @ across
    top = x.max(axis=1)
    powers = np.exp(x - top[:, None])
    total = powers.sum(axis=1)
    y, log = powers / total[:, None], top + np.log(total)
    q = (y * y).sum(axis=1)

    def mean(values: np.ndarray) -> float:
        return float(values @ weights)

    return Softmax(
        square=mean(q),
        excess=mean(((y - 1.0 / n) ** 2).sum(axis=1)),
        cube=mean((y**3).sum(axis=1)),
        squares=mean(q * q),
        log_mean=mean(log),
        log_variance=mean((log - mean(log)) ** 2) + std * std / n,
    )


@pytest.mark.parametrize(
    ("n", "std", "step"),
    [
        (2, 1.0, 0.2),
        (3, 1.0, 0.2),
        (4, 1.0, 0.25),
        (4, 1.3, 0.25),
        (3, 0.501, 0.25),
        (3, 0.499, 0.25),
        (3, 0.1, 0.25),
        (4, 1e-3, 0.4),
        (3, 2.5, 0.08),
        (2, 5.0, 0.02),
        (2, 30.0, 0.003),
    ],
)
def test_sums_in_all_dimensions(n: int, std: float, step: float) -> None:
    found, expected = softmax(n, std), brute(n, std, step)
    assert found is not None
    for name in FIELDS:
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-12), name


def test_two_logits_by_mpmath() -> None:
    """y is the logistic function of the difference d, and L = mean + log(2 cosh(d/2))."""
    found = softmax(2, 1.3)
    assert found is not None
    with mp.workdps(25):
        std = mp.mpf(1.3)

        def mean(f: object) -> mp.mpf:
            return mp.quad(
                lambda z: f(z * std * mp.sqrt(2)) * mp.npdf(z),  # type: ignore[operator]
                mp.linspace(-14, 14, 15),
            )

        y = lambda d: 1 / (1 + mp.exp(-d))  # noqa: E731
        log = lambda d: mp.log(2 * mp.cosh(d / 2))  # noqa: E731
        centre = mean(log)
        for name, value in (
            ("square", mean(lambda d: y(d) ** 2 + y(-d) ** 2)),
            ("excess", mean(lambda d: 2 * (y(d) - mp.mpf(1) / 2) ** 2)),
            ("cube", mean(lambda d: y(d) ** 3 + y(-d) ** 3)),
            ("squares", mean(lambda d: (y(d) ** 2 + y(-d) ** 2) ** 2)),
            ("log_mean", centre),
            ("log_variance", mean(lambda d: (log(d) - centre) ** 2) + std**2 / 2),
        ):
            assert getattr(found, name) == pytest.approx(float(value), rel=1e-13), name


@pytest.mark.parametrize(("n", "printed"), [(4, 0.09799), (10, 0.01947)])
def test_the_formula_by_mpmath(n: int, printed: float) -> None:
    """E y² = ∫ t E[e^2x e^(−t e^x)] (E e^(−t e^x))^(n−1) dt, as it is written."""
    with mp.workdps(18):
        nodes = [(mp.mpf(k) / 5, mp.npdf(mp.mpf(k) / 5) / 5) for k in range(-45, 46)]
        powers = [(mp.exp(z), weight) for z, weight in nodes]

        def integrand(u: mp.mpf) -> mp.mpf:
            t = mp.exp(u)
            terms = [(e, weight * mp.exp(-t * e)) for e, weight in powers]
            first = mp.fsum(e * e * w for e, w in terms)
            return t * t * first * mp.fsum(w for _, w in terms) ** (n - 1)

        value = float(mp.fsum(integrand(mp.mpf(k) / 5) for k in range(-120, 60)) / 5)
    found = softmax(n, 1.0)
    assert found is not None
    assert found.square / n == pytest.approx(value, rel=1e-12)
    assert round(found.square / n, 5) == printed


def test_many_logits_come_to_their_limits() -> None:
    """n y is e^x/√e then, and S is n√e: of relative size 1/n each."""
    n = 60_000
    found = softmax(n, 1.0)
    assert found is not None
    assert n * found.square == pytest.approx(math.e, rel=10.0 / n)
    assert n * n * found.cube == pytest.approx(math.exp(3.0), rel=100.0 / n)
    assert found.squares == pytest.approx(found.square**2, rel=1e3 / n)
    assert found.log_mean == pytest.approx(math.log(n) + 0.5, rel=1.0 / n)
    assert n * found.log_variance == pytest.approx(math.e - 1.0, rel=20.0 / n)


@pytest.mark.parametrize("n", [2, 10, 1000])
def test_narrow_logits(n: int) -> None:
    """The first order in v, where every difference would be rounding."""
    v = 1e-12
    found = softmax(n, math.sqrt(v))
    assert found is not None
    assert found.excess == pytest.approx(v * (1.0 - 1.0 / n) / n, rel=1e-11)
    assert found.log_variance == pytest.approx(v / n, rel=1e-11)
    still = softmax(n, 0.0)
    assert still is not None
    assert (still.excess, still.log_variance) == (0.0, 0.0)
    assert still.square == pytest.approx(1.0 / n, rel=1e-14)
    assert still.log_mean == pytest.approx(math.log(n), rel=1e-14)


@pytest.mark.parametrize("n", [2, 10, 65536])
@pytest.mark.parametrize("edge", [WIDE_SQUARE, WIDE_LOG])
def test_both_ways_agree_where_they_meet(n: int, edge: float) -> None:
    """An integral over v below, a difference above; derivatives by v are at most 1."""
    below, above = softmax(n, edge), softmax(n, math.nextafter(edge, 9.0))
    assert below is not None
    assert above is not None
    for name in ("excess", "log_variance"):
        assert getattr(above, name) == pytest.approx(getattr(below, name), rel=3e-12), name


def test_wide_logits_are_left_out() -> None:
    assert softmax(3, WIDEST) is not None
    assert softmax(3, WIDEST * 1.01) is None
