"""Expectations of functions of g = Σ wⱼxⱼ + Σ bᵢ: what stands before tanh in a recurrent cell.

w and b are uniform between ±k, x ~ N(μ, σ²), all independent. No term is normal, and few terms are
not nearly so; but the characteristic function is a product,

    φ(t) = A(t)ⁿ sinc(kt)ᵐ,   A(t) = E sinc(k·t·x),   sinc(a) = sin(a)/a,

and with the Fourier transform F of a function f, E f(g) = (1/2π) ∫ F(t) φ(t) dt:

    sech²(g):   F = πt/sinh(πt/2),
    sech⁴(g):   F = (4 + t²)/6 times that,
    sech²(g/2): F = 4πt/sinh(πt).

These fall off exponentially, and φ is smooth, so sums over a regular grid do (the trapezoidal
rule); a factor wⱼ², xⱼ or xⱼ² changes one of the n factors. Of tanh² = 1 − sech² it is 1 − φ that
is summed up, so that it keeps its digits where g is small. |g| has a corner, and an integral of its
own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from normstats.values import Array

WIDEST = 30.0  # std of g; sums over wider ones would take seconds
WIDEST_PAIR = 8.0  # and those over pairs
TAIL = 60.0  # e^−TAIL/2 of sech²(g/2) is nothing
REACH = 9.5  # standard deviations of x
HEAVIEST = 1.8  # tails of w·x are at most those of a normal so much wider: √3
FALLEN = 41.0  # e^−41 of φ is nothing
POINTS, MOST_PANELS = 20, 1000  # of the sums for E|g|
LARGEST_T = 26.0  # e^(−π/2 · 26) is nothing


def _missing(a: Array) -> Array:
    """1 − sin(a)/a."""
    small = np.abs(a) < 0.5
    with np.errstate(invalid="ignore", divide="ignore"):
        direct = 1.0 - np.sin(a) / a
    s = np.where(small, a, 0.0) ** 2
    series = s / 6.0 * (1.0 - s / 20.0 * (1.0 - s / 42.0 * (1.0 - s / 72.0 * (1.0 - s / 110.0))))
    result: Array = np.where(small, series, direct)
    return result


def _squared(a: Array) -> Array:
    """E u² cos(a·u) for u uniform on (0, 1): sin a/a + 2 cos a/a² − 2 sin a/a³."""
    small = np.abs(a) < 1.0
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        direct = np.sin(a) / a + 2.0 * np.cos(a) / a**2 - 2.0 * np.sin(a) / a**3
    s = np.where(small, a, 0.0) ** 2
    series = sum((-1.0) ** j * s**j / (math.factorial(2 * j) * (2 * j + 3)) for j in range(10))
    result: Array = np.where(small, series, direct)
    return result


def _log_kept(lost: Array) -> Array:
    """log |1 − lost|; accurate where little is lost."""
    small = np.abs(lost) < 0.5
    with np.errstate(divide="ignore"):
        far = np.log(np.abs(1.0 - lost))
    result: Array = np.where(small, np.log1p(-np.where(small, lost, 0.0)), far)
    return result


def _one_less(log: Array, sign: Array) -> Array:
    """1 − φ from log |φ| and the sign of φ."""
    result: Array = np.where(sign > 0.0, -np.expm1(log), 1.0 - sign * np.exp(log))
    return result


@dataclass(frozen=True)
class Preactivation:
    """g of ``terms`` products and ``biases`` single weights, uniform between ±``bound``."""

    terms: int
    biases: int
    bound: float
    mean: float
    std: float

    @property
    def variance(self) -> float:
        """Of g."""
        square = self.mean**2 + self.std**2
        return (self.terms * square + self.biases) * self.bound**2 / 3.0

    @property
    def is_wide(self) -> bool:
        """Whether g is too wide for these sums."""
        return self.variance > WIDEST**2

    @property
    def has_pairs(self) -> bool:
        """Whether g is narrow enough for sums over pairs of rows."""
        return self.variance <= WIDEST_PAIR**2

    @cached_property
    def _t(self) -> Array:
        """A grid of t, whose step is as fine as g is wide."""
        step = 2.0 * math.pi / (TAIL + 2.0 * REACH * HEAVIEST * math.sqrt(self.variance))
        result: Array = step * np.arange(math.ceil(LARGEST_T / step) + 1, dtype=np.float64)
        return result

    def _inputs(self, largest: float) -> tuple[Array, Array]:
        """A grid of x with its weights, as fine as sinc(k·t·x) turns for t up to the largest."""
        turns = self.bound * largest * self.std
        step = 2.0 * math.pi / (2.0 * turns + 2.0 * REACH)
        half = math.ceil(REACH / step)
        z = step * np.arange(-half, half + 1, dtype=np.float64)
        weights: Array = np.exp(-0.5 * z * z)
        weights /= weights.sum()
        return self.mean + self.std * z, weights

    @cached_property
    def _x(self) -> tuple[Array, Array]:
        return self._inputs(LARGEST_T)

    @cached_property
    def _factors(self) -> Array:
        """1 − sinc(k·t·x), a row for each t."""
        return _missing(self.bound * self._t[:, None] * self._x[0])

    @cached_property
    def _one(self) -> Array:
        """1 − A."""
        result: Array = self._factors @ self._x[1]
        return result

    def _logs(self, t: Array, one: Array) -> tuple[Array, Array]:
        """log |φ| and its sign, from 1 − A."""
        own = _missing(self.bound * t)
        parts = (one, self.terms), (own, self.biases)
        logs = [power * _log_kept(lost) for lost, power in parts if power]
        signs = [np.sign(1.0 - lost) ** power for lost, power in parts]
        log: Array = np.sum(logs, axis=0)
        return log, signs[0] * signs[1]

    @cached_property
    def _log(self) -> tuple[Array, Array]:
        return self._logs(self._t, self._one)

    @property
    def _phi(self) -> Array:
        log, sign = self._log
        result: Array = sign * np.exp(log)
        return result

    @property
    def _lost(self) -> Array:
        """1 − φ."""
        return _one_less(*self._log)

    def _with(self, factor: Array) -> Array:
        """φ with one factor A replaced."""
        own = 1.0 - _missing(self.bound * self._t)
        result: Array = factor * (1.0 - self._one) ** (self.terms - 1) * own**self.biases
        return result

    def _transform(self, half: bool = False) -> Array:
        """Of sech²(g), or of sech²(g/2), with the weights of the sum."""
        t = self._t * (2.0 if half else 1.0)
        with np.errstate(invalid="ignore", over="ignore"):
            f = np.where(t > 0.0, math.pi * t / np.sinh(0.5 * math.pi * t), 2.0)
        weights = np.full(len(t), self._t[1] / math.pi)
        weights[0] *= 0.5
        result: Array = f * weights * (2.0 if half else 1.0)
        return result

    @property
    def _fourth(self) -> Array:
        """The transform of sech⁴(g)."""
        return self._transform() * (4.0 + self._t**2) / 6.0

    def tanh_square(self) -> float:
        """E tanh²(g)."""
        return math.fsum(self._transform() * self._lost)

    def half_tanh_square(self) -> float:
        """E tanh²(g/2)."""
        return math.fsum(self._transform(half=True) * self._lost)

    def slope(self) -> float:
        """E sech²(g), the derivative of tanh."""
        return math.fsum(self._transform() * self._phi)

    def slope_square(self) -> float:
        """E sech⁴(g)."""
        return math.fsum(self._fourth * self._phi)

    def slope_times_input(self) -> float:
        """E xⱼ sech²(g)."""
        x, weights = self._x
        return math.fsum(self._transform() * self._with((1.0 - self._factors) @ (weights * x)))

    def slope_square_times_input_square(self) -> float:
        """E xⱼ² sech⁴(g)."""
        x, weights = self._x
        return math.fsum(self._fourth * self._with((1.0 - self._factors) @ (weights * x * x)))

    def slope_square_times_weight_square(self) -> float:
        """E wⱼ² sech⁴(g)."""
        x, weights = self._x
        factor = _squared(self.bound * self._t[:, None] * x) @ weights
        return self.bound**2 * math.fsum(self._fourth * self._with(factor))

    def _end(self) -> float | None:
        """A t beyond which |φ| is nothing, as |A| is at most what it is for μ = 0."""
        from scipy.special import erf

        t = 1.0 / math.sqrt(self.variance)
        for _ in range(60):
            c = self.bound * self.std * t
            most = math.sqrt(math.pi / 2.0) * float(erf(c / math.sqrt(2.0))) / c if c else 1.0
            if self.std == 0.0:
                most = min(1.0, 1.0 / (self.bound * abs(self.mean) * t)) if self.mean else 1.0
            log = self.terms * math.log(most) + self.biases * math.log(
                min(1.0, 1 / (self.bound * t))
            )
            if log < -FALLEN:
                return t
            t *= 1.25
        return None

    def magnitude(self) -> float | None:
        """E|g| = (2/π) ∫₀^∞ (1 − φ(t))/t² dt; None where φ falls off too slowly for a sum.

        By the Gauss–Legendre rule, up to where φ is nothing; beyond, 1/t² is left.
        """
        end = self._end()
        if end is None:
            return None
        turn = self.bound * max(self.std, abs(self.mean), float(self.biases > 0))
        panels = math.ceil(end * max(0.5 * turn, 0.5 * math.sqrt(self.variance)))
        if panels > MOST_PANELS:
            return None
        nodes, weights = np.polynomial.legendre.leggauss(POINTS)
        x, chances = self._inputs(end)
        width = end / panels
        sums = []
        for panel in range(panels):
            t = width * (panel + (nodes + 1.0) / 2.0)
            one = _missing(self.bound * t[:, None] * x) @ chances
            sums += (0.5 * width * weights * _one_less(*self._logs(t, one)) / t**2).tolist()
        return 2.0 / math.pi * (math.fsum(sums) + 1.0 / end)

    def pair(self) -> float:
        """E tanh²(g/2) tanh²(g′), for two rows of weights and the same x.

        1 − φ₁ − φ₂ + φ₁₂ = (1 − φ₁)(1 − φ₂) + φ₁φ₂((B/A₁A₂)ⁿ − 1), where B/A₁A₂ − 1 is the
        covariance of their factors given x, over A₁A₂: nothing cancels.
        """
        _, weights = self._x
        off = self._factors - self._one[:, None]
        covariance = (off * weights) @ off.T
        kept = 1.0 - self._one
        product = np.multiply.outer(kept, kept)
        both = np.multiply.outer(self._phi, self._phi)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            more = both * np.expm1(self.terms * np.log1p(covariance / product))
        own = (1.0 - _missing(self.bound * self._t)) ** self.biases
        biases = np.multiply.outer(own, own)
        direct = (product + covariance) ** self.terms * biases - both
        safe = np.isfinite(more) & (np.abs(product) > 1e-3)
        first, second = self._transform(half=True), self._transform()
        together = first @ np.where(safe, more, direct) @ second
        return float(first @ self._lost) * float(second @ self._lost) + float(together)
