"""Exact moments of an activation as a function of the width of its input: E[f(σz)²], χ, σ*.

χ and σ* are those of AnyInit (docs/reference.md): σ* solves E[f(σz)²] = 1 for z ~ N(0, 1), and
χ = d log E[f(σz)²] / d log σ² there. Integrals are Gauss-Legendre panels between the kinks of f,
through the layer's readable twin; derivatives by σ act on the density, so f may have jumps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from normstats import registry
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params
from normstats.published.quantity import Moments
from normstats.reference.function import Function
from normstats.runs.call import NO_PARAMS
from normstats.values import Array

# Beyond 14 standard deviations the density is below 1e-43.
REACH = 14.0
NODES = 40

# Whole standard deviations, and powers of two down to 1/256 around 0: what varies on the scale of
# 1 in f varies on that of 1/σ in f(σz).
_PANELS = frozenset(
    {float(edge) for edge in range(-int(REACH), int(REACH) + 1)}
    | {sign * 2.0**-k for k in range(1, 9) for sign in (-1.0, 1.0)}
)


def expect(g: Callable[[Array], Array], breaks: tuple[float, ...] = ()) -> float:
    """E[g(z)] for z ~ N(0, 1), g smooth between the breaks."""
    inside = {float(b) for b in breaks if -REACH < b < REACH}
    edges = np.array(sorted(inside | _PANELS))
    nodes, weights = _legendre(NODES)
    half = np.diff(edges)[:, None] / 2.0
    z = (edges[:-1, None] + half) + half * nodes
    density = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return math.fsum((half * weights * density * g(z)).ravel())


@cache
def _legendre(n: int) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return nodes, weights


@dataclass(frozen=True)
class Activation:
    """The moments of an activation for z ~ N(0, 1)."""

    function: Function

    def expect(
        self, g: Callable[[Array, Array, Array], Array], width: float = 1.0, shift: float = 0.0
    ) -> float:
        """E[g(f(x), f′(x), z)] for x = width · z + shift."""
        breaks = tuple((kink - shift) / width for kink in self.function.kinks)
        return expect(lambda z: g(*self.function.both(width * z + shift), z), breaks)

    def at_zero(self) -> tuple[float, float]:
        """f(0) and f′(0)."""
        value, slope = self.function.both(np.zeros(1))
        return float(value[0]), float(slope[0])

    def moment(self, power: int, sigma: float = 1.0) -> float:
        """E[f(σz)^power]."""
        return self.expect(lambda y, _, z: y**power, sigma)

    def log_slope(self, power: int, sigma: float = 1.0) -> float:
        """The same derived by log σ²: d E[g(σz)] / d log σ² = E[g(σz) (z² − 1)] / 2."""
        return self.expect(lambda y, _, z: y**power * (z * z - 1.0), sigma) / 2.0

    def sigma_star(self, target: float = 1.0) -> float | None:
        """The σ with E[f(σz)²] = target; None where it is out of reach."""
        return solve_sigma(lambda sigma: self.moment(2, sigma), target)

    def chi(self) -> float | None:
        """d log E[f(σz)²] / d log σ² at σ*; None where there is no σ*."""
        sigma = self.sigma_star()
        return None if sigma is None else self.log_slope(2, sigma) / self.moment(2, sigma)

    def ratio_unit_se(self) -> float:
        """Standard error of std(x)/std(y) from n samples, times √n.

        Delta method: √n SE of the logarithm of the ratio is ½ √E[(x² − (y − m)²/v)²].
        """
        mean = self.moment(1)
        variance = self.expect(lambda y, _, z: (y - mean) ** 2)
        square = self.expect(lambda y, _, z: (z * z - (y - mean) ** 2 / variance) ** 2)
        return 0.5 * math.sqrt(square / variance)


def activation(layer: str, params: Params = NO_PARAMS) -> Activation:
    """The activation of this name; ValueError for another layer."""
    found = registry.get(layer)
    if not isinstance(found, Elementwise):
        raise ValueError(f"{layer} is not an elementwise activation")
    return Activation(found.function(found.parse(params)))


def solve_sigma(function: Callable[[float], float], target: float) -> float | None:
    """The σ from 1/256 to 256, nearest to 1, where the function passes the target."""
    from scipy.optimize import brentq

    def gap(log_sigma: float) -> float:
        return function(math.exp(log_sigma)) - target

    step = math.log(2.0)
    for k in range(1, 9):
        for sign in (1.0, -1.0):
            near, far = sign * (k - 1) * step, sign * k * step
            if gap(near) * gap(far) <= 0.0:
                root: float = brentq(gap, near, far, xtol=1e-15)
                return math.exp(root)
    return None


def maximum_moments(n: int) -> Moments:
    """The first four moments of the largest of n standard normals."""
    from scipy.special import ndtr

    def central(k: int, about: float) -> float:
        return expect(lambda z: (z - about) ** k * n * ndtr(z) ** (n - 1))

    mean = central(1, 0.0)
    return Moments(mean, central(2, mean), central(3, mean), central(4, mean))
