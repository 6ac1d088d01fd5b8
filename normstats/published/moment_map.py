"""Exact moments of an activation as a function of the width of its input: E[f(σz)²], χ, σ*.

χ and σ* are those of AnyInit (docs/reference.md): σ* solves E[f(σz)²] = 1 for z ~ N(0, 1), and
χ = d log E[f(σz)²] / d log σ² there. Integrals are Gauss-Legendre panels between the kinks of f,
through the layer's readable twin; derivatives by σ act on the density, so f may have jumps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from normstats import registry
from normstats.layer.elementwise import Elementwise
from normstats.published.quantity import Moments
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

Function = Callable[[Array], Array]


def expect(g: Function, breaks: tuple[float, ...] = ()) -> float:
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


def activation(layer: str, params: Mapping[str, Any]) -> tuple[Function, tuple[float, ...]]:
    """f of an elementwise layer and its kinks; ValueError for another layer."""
    return _part_of_twin(layer, params, 0)


def moments(layer: str, params: Mapping[str, Any]) -> tuple[Moments, Moments]:
    """The first four moments of y and of dx = dy f'(x), for x and dy ~ N(0, 1)."""
    f, kinks = activation(layer, params)
    gradient, _ = slope_function(layer, params)
    mean = expect(f, kinks)

    def central(k: int) -> float:
        return expect(lambda z: (f(z) - mean) ** k, kinks)

    def slope(k: int) -> float:
        return expect(lambda z: gradient(z) ** k, kinks)

    forward = Moments(mean, central(2), central(3), central(4))
    return forward, Moments(0.0, slope(2), 0.0, 3.0 * slope(4))


def maximum_moments(n: int) -> Moments:
    """The first four moments of the largest of n standard normals."""
    from scipy.special import ndtr

    def central(k: int, about: float) -> float:
        return expect(lambda z: (z - about) ** k * n * ndtr(z) ** (n - 1))

    mean = central(1, 0.0)
    return Moments(mean, central(2, mean), central(3, mean), central(4, mean))


def slope_function(layer: str, params: Mapping[str, Any]) -> tuple[Function, tuple[float, ...]]:
    """f' of an elementwise layer and its kinks."""
    return _part_of_twin(layer, params, 1)


def _part_of_twin(
    layer: str, params: Mapping[str, Any], part: int
) -> tuple[Function, tuple[float, ...]]:
    found = registry.get(layer)
    if not isinstance(found, Elementwise):
        raise ValueError(f"{layer} is not an elementwise activation")
    values = found.parse(params)
    return lambda x: found.twin(x, values)[part], tuple(found.kinks(values))


def at_zero(layer: str, params: Mapping[str, Any]) -> tuple[float, float]:
    """f(0) and f'(0)."""
    (f, _), (slope, _) = activation(layer, params), slope_function(layer, params)
    origin = np.zeros(1)
    return float(f(origin)[0]), float(slope(origin)[0])


def moment(
    layer: str, params: Mapping[str, Any], power: int, sigma: float = 1.0, log_slope: bool = False
) -> float:
    """E[f(σz)^power], or its derivative by log σ²."""
    f, kinks = activation(layer, params)
    breaks = tuple(kink / sigma for kink in kinks)
    if not log_slope:
        return expect(lambda z: f(sigma * z) ** power, breaks)
    # d/dσ of the density of σz: d E[g(σz)] / d log σ² = E[g(σz) (z² - 1)] / 2
    return expect(lambda z: f(sigma * z) ** power * (z * z - 1.0), breaks) / 2.0


def second_moment(layer: str, params: Mapping[str, Any], sigma: float = 1.0) -> float:
    """E[f(σz)²]."""
    return moment(layer, params, 2, sigma)


def sigma_star(layer: str, params: Mapping[str, Any], target: float = 1.0) -> float | None:
    """The σ with E[f(σz)²] = target; None where it is out of reach."""
    return solve_sigma(lambda sigma: second_moment(layer, params, sigma), target)


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


def chi(layer: str, params: Mapping[str, Any]) -> float | None:
    """d log E[f(σz)²] / d log σ² at σ*; None where there is no σ*."""
    sigma = sigma_star(layer, params)
    if sigma is None:
        return None
    slope = moment(layer, params, 2, sigma, log_slope=True)
    return slope / second_moment(layer, params, sigma)


def ratio_unit_se(layer: str, params: Mapping[str, Any]) -> float:
    """Standard error of std(x)/std(y) from n samples, times √n.

    Delta method: √n SE of the logarithm of the ratio is ½ √E[(x² − (y − m)²/v)²].
    """
    f, kinks = activation(layer, params)
    mean = expect(f, kinks)
    variance = expect(lambda z: (f(z) - mean) ** 2, kinks)
    square = expect(lambda z: (z * z - (f(z) - mean) ** 2 / variance) ** 2, kinks)
    return 0.5 * math.sqrt(square / variance)
