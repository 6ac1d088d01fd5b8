"""Exact statistics of y = f(x) and dx = dy·f′(x): integrals over the normal distribution of x.

An integral is a sum over panels, each by the Gauss–Legendre rule of 20 points, which is exact to
rounding where the integrand is smooth. Panels end at the kinks of the activation, at distances
that double from 2^−40 on around them and around 0, so that no bend is too narrow or too wide to be
seen, and at whole standard deviations; a panel whose halves do not confirm it is halved again.
This does what ``scipy.integrate.quad`` does between given points, for all powers of f and f′ at
once and in arrays, so that a layer takes milliseconds.

Central moments come from a second pass about the mean: a std far below the mean keeps its digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from normstats.reference.function import Function, Interval
from normstats.reference.normal import cumulative
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

REACH = 38.0  # standard deviations; the density beyond is below the smallest double
FARTHEST = 54.0  # and here its root, which a std is as small as
POINTS = 20  # nodes of a panel
FINE = 1e-15  # a panel is good when its halves agree with it to this part of the whole integral,
FAIR = 1e-13  # or to this part of its own, where f may be no more accurate than that
TARGET = 1e-12  # the integral is given when the panels sum up to no more than this
SMALLEST = 1e-290  # of what is squared and integrated; below it float64 loses digits, then all
ROUNDING = 1e-15  # an integral that is a smaller part of that of the absolute value is 0
PANELS = 20_000  # at which it is given up
FINEST = -40  # smallest distance around a kink, as a power of 2
POWERS = np.array([2.0, 3.0, 4.0])


@dataclass(frozen=True)
class Moments4:
    """Mean, variance, third and fourth central moment; None where an integral is not had."""

    mean: float | None = None
    variance: float | None = None
    third: float | None = None
    fourth: float | None = None


@cache
def _rule() -> tuple[Array, Array]:
    """Nodes on [0, 1] and weights of the Gauss–Legendre rule."""
    nodes, weights = np.polynomial.legendre.leggauss(POINTS)
    return (nodes + 1.0) / 2.0, weights / 2.0


def _ends(kinks: tuple[float, ...], inputs: Inputs) -> Array:
    """Ends of the first panels, in standard deviations from the mean."""
    widest = min(1e300, REACH * inputs.x_std + abs(inputs.x_mean))
    doubling = 2.0 ** np.arange(FINEST, max(0, math.ceil(math.log2(widest))) + 1)
    steps = np.concatenate([-doubling, [0.0], doubling, np.arange(-8.0, 9.0)])
    around = np.concatenate([centre + steps for centre in (0.0, *kinks)])
    with np.errstate(over="ignore"):
        z = (around - inputs.x_mean) / inputs.x_std
    return np.unique(np.concatenate([z[np.abs(z) < REACH], np.arange(-REACH, REACH + 1.0)]))


def _integrate(
    f: Callable[[Array], Array],
    ends: Array,
    inputs: Inputs,
    floor: Callable[[Array], Array] = np.zeros_like,
) -> Array:
    """E f(x) for every row of f(x); nan where it overflows or misses the target.

    ``floor`` gives the error that rounding of f leaves in the integrals, from the integrals of the
    absolute values: nothing below it is asked for.
    """
    nodes, weights = _rule()

    def panels(a: Array, b: Array) -> tuple[Array, Array]:
        """The integrals over each panel, of f and of its absolute value."""
        z = a[:, None] + (b - a)[:, None] * nodes
        weight = np.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi) * weights * (b - a)[:, None]
        values = f((inputs.x_mean + inputs.x_std * z).ravel()).reshape(-1, *z.shape)
        values = np.where(weight > 0.0, values * weight, 0.0)
        return values.sum(axis=2), np.abs(values).sum(axis=2)

    with np.errstate(all="ignore"):
        a, b = ends[:-1], ends[1:]
        whole, sizes = panels(a, b)
        size = sizes.sum(axis=1)
        finite = np.isfinite(size)
        allowed = FINE * size + floor(size)
        # What lies beyond the reach is less than what lies just within it, or the latter is large.
        error = sizes[:, 0] + sizes[:, -1]
        found, count = [], len(a)
        while len(a):
            middle = (a + b) / 2.0
            (left, left_size), (right, right_size) = panels(a, middle), panels(middle, b)
            off = np.abs(left + right - whole)
            enough = np.maximum(allowed[:, None], FAIR * (left_size + right_size))
            poor = (off > enough)[finite].any(axis=0) & (a < middle) & (middle < b)
            count += int(poor.sum())
            if count > PANELS:
                poor[:] = False
            found.append((left + right)[:, ~poor])
            error += off[:, ~poor].sum(axis=1)
            a, b = np.append(a[poor], middle[poor]), np.append(middle[poor], b[poor])
            whole = np.concatenate([left[:, poor], right[:, poor]], axis=1)
        parts = np.concatenate(found, axis=1)
        good = finite & (error <= TARGET * size + 1e3 * floor(size))
    result = np.array(
        [math.fsum(row) if ok else math.nan for row, ok in zip(parts, good, strict=True)]
    )
    result[np.abs(result) < ROUNDING * size] = 0.0
    return result


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _function_moments(function: Function, inputs: Inputs) -> tuple[Moments4, Moments4]:
    """Moments of f(x) and of f′(x)."""
    if inputs.x_std == 0.0:
        with np.errstate(all="ignore"):
            point = [float(v[0]) for v in function.both(np.array([inputs.x_mean]))]
        at_value, at_slope = (
            Moments4(v, 0.0, 0.0, 0.0) if math.isfinite(v) else Moments4() for v in point
        )
        return at_value, at_slope

    def both(x: Array) -> Array:
        # A node beside a kink may round to it; what f is at a single point has no probability.
        for kink in function.kinks:
            x = np.where(x == kink, np.nextafter(kink, math.inf), x)
        return np.stack(function.both(x))

    ends = _ends(function.kinks, inputs)
    means = _integrate(both, ends, inputs)
    centre = np.nan_to_num(means)

    def powers(x: Array) -> Array:
        off = both(x) - centre[:, None]
        square = off * off
        return np.concatenate([square, square * off, square * square])

    def rounding(size: Array) -> Array:
        """Of f − mean: a rounding of f and the mean, times the derivative of the power."""
        std = np.sqrt(np.tile(size[:2], 3))
        power = np.repeat(POWERS, 2)
        bound: Array = 1e-16 * power * std ** (power - 1.0) * (np.abs(np.tile(centre, 3)) + std)
        return np.nan_to_num(bound)

    central = _integrate(powers, ends, inputs, rounding).reshape(3, 2)
    central[:, np.isnan(means)] = math.nan
    # Powers underflow long before f does; only where f is constant they are 0.
    with np.errstate(all="ignore"):
        values = both(inputs.x_mean + inputs.x_std * np.linspace(-FARTHEST, FARTHEST, 3000))
        varies = (values != values[:, :1]).any(axis=1)
    even = central[[0, 2]]
    central[[0, 2]] = np.where(varies & (np.abs(even) < SMALLEST), math.nan, even)
    value, slope = (
        Moments4(_number(means[i]), *(_number(central[p, i]) for p in range(3))) for i in (0, 1)
    )
    return value, slope


def _times_gradient(slope: Moments4, inputs: Inputs) -> Moments4:
    """Moments of dx = dy·g, with g = f′(x) independent of dy.

    With h = g − ḡ and dy = μ + σZ: dx − E dx = μh + σZg; the odd powers of Z drop out.
    """
    mu, square_mu = inputs.dy_mean, inputs.dy_mean * inputs.dy_mean
    square_sigma = inputs.dy_std * inputs.dy_std
    g, m2, m3, m4 = slope.mean, slope.variance, slope.third, slope.fourth
    if g is None:
        return Moments4()
    variance = third = fourth = None
    if m2 is not None:
        variance = square_mu * m2 + square_sigma * (g * g + m2)
        varies = (mu != 0.0 and m2 > 0.0) or (inputs.dy_std > 0.0 and (g != 0.0 or m2 > 0.0))
        if varies and variance < SMALLEST:  # it underflows
            return Moments4(mu * g)
        if m3 is not None:
            third = mu * (square_mu * m3 + 3.0 * square_sigma * (2.0 * g * m2 + m3))
            if m4 is not None:
                square_square = g * g * m2 + 2.0 * g * m3 + m4  # E h²g²
                fourth_power = g * g * (g * g + 6.0 * m2) + 4.0 * g * m3 + m4  # E g⁴
                fourth = (
                    square_mu * square_mu * m4
                    + 6.0 * square_mu * square_sigma * square_square
                    + 3.0 * square_sigma * square_sigma * fourth_power
                )
    return Moments4(mu * g, variance, third, fourth)


def moments4(function: Function, inputs: Inputs) -> tuple[Moments4, Moments4]:
    """Moments of y and of dx: what the standard errors of a simulation of n samples need.

    The standard error of the mean is √(variance/n), that of the standard deviation
    √((fourth − variance²)/(4·variance·n)).
    """
    value, slope = _function_moments(function, inputs)
    return value, _times_gradient(slope, inputs)


def _probability(intervals: tuple[Interval, ...], inputs: Inputs) -> float:
    """P(x in one of the intervals), accurate in both tails."""
    total = 0.0
    for low, high in intervals:
        a, b = (low - inputs.x_mean) / inputs.x_std, (high - inputs.x_mean) / inputs.x_std
        total += cumulative(-a) - cumulative(-b) if a > 0.0 else cumulative(b) - cumulative(a)
    return min(total, 1.0)


# A std that is a smaller share of the mean is mostly rounding: where f saturates, for example.
LEAST_STD = 1e-10


def _exact(moments: Moments4, zeros: float) -> Exact:
    if moments.mean is None or moments.variance is None or math.isinf(moments.variance):
        return Exact(mean=moments.mean, zeros=zeros)
    std = math.sqrt(moments.variance)
    if 0.0 < std < LEAST_STD * abs(moments.mean):
        return Exact(mean=moments.mean, rms=abs(moments.mean), zeros=zeros)
    return Exact(mean=moments.mean, std=std, rms=math.hypot(moments.mean, std), zeros=zeros)


def elementwise(function: Function, inputs: Inputs) -> tuple[Exact, Exact]:
    """Exact mean, std, rms and zero fraction of y = f(x) and of dx = dy·f′(x).

    Accurate to 1e-12, relative to the larger of the mean and the std. A value whose integral
    overflows or does not converge is None, and so is a std that is lost in the mean's rounding.
    With x_std = 0 both f and f′ are those of the one point, by PyTorch's convention if that is a
    kink.
    """
    value, slope = _function_moments(function, inputs)
    if inputs.x_std == 0.0:
        value_zeros, slope_zeros = float(value.mean == 0.0), float(slope.mean == 0.0)
    else:
        value_zeros = _probability(function.zero_value, inputs)
        slope_zeros = _probability(function.zero_slope, inputs)
    if inputs.dy_mean == 0.0 and inputs.dy_std == 0.0:
        slope_zeros = 1.0
    return _exact(value, value_zeros), _exact(_times_gradient(slope, inputs), slope_zeros)
