"""Exact values of published quantities in closed form; most of them no layer of this package has.

Each function is one formula; the catalogue names it with its arguments. x, dy and weights are
independent standard normals unless it says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isfunction
from typing import Any

import numpy as np

from normstats.layer.params import Params
from normstats.published.catalogue import Matrix
from normstats.published.moment_map import activation, expect, solve_sigma
from normstats.result import Estimate
from normstats.runs.call import NO_PARAMS
from normstats.values import Array


@dataclass(frozen=True)
class Truth:
    """What a published number ought to be: a value or a matrix.

    ``unit_se`` is the standard error of a simulation of n samples times √n. ``predicted`` is what
    the constant's recipe gives. All are None where they are not known.
    """

    exact: float | None = None
    unit_se: float | None = None
    matrix: Matrix | None = None
    predicted: Estimate | None = None


def evaluate(formula: str, arguments: Mapping[str, Any]) -> Truth:
    """The exact value of a formula by its name."""
    if formula not in FORMULAS:
        raise ValueError(f"no formula is called {formula}")
    found = FORMULAS[formula](**arguments)
    return found if isinstance(found, Truth) else Truth(found)


def sum_gain(features: int) -> float:
    """1/std of a sum of N unit normals."""
    return 1.0 / math.sqrt(features)


def sum_backward_gain() -> float:
    """A sum hands dy on unchanged."""
    return 1.0


def weight_gradient_std(rows: int) -> float:
    """std of a gradient summed over B rows of products of unit variance."""
    return math.sqrt(rows)


def layer_norm_gain() -> float:
    """Each row is divided by its own std (eps = 0)."""
    return 1.0


def layer_norm_backward_gain(features: int) -> float:
    """N s² ~ χ²(N−1) gives Var dx = (N−2)/(N−3)."""
    return math.sqrt((features - 3) / (features - 2))


def row_shift_gain() -> Truth:
    """log_softmax shifts each row, so the variance within a row is that of x."""
    return Truth(1.0, math.sqrt(0.5))


def cross_entropy_backward_gain(classes: int) -> float:
    """softmax − onehot at equal logits: 1/V − 1 once, 1/V elsewhere, V to a row."""
    return classes / math.sqrt(classes - 1)


def mse_backward_gain() -> float:
    """2(x − t) has variance 8."""
    return 1.0 / math.sqrt(8.0)


def sum_of_two_gain() -> float:
    """1/std of a + b."""
    return math.sqrt(0.5)


def lerp_std(t: float) -> float:
    """std of (1−t) a + t b."""
    return math.hypot(1.0 - t, t)


def softmax_limit(features: int) -> float:
    """std of e^z / Σ e^z as n grows: the std of e^z / √e, over n."""
    return math.sqrt(math.expm1(1.0)) / features


def softmax_backward_limit(features: int) -> float:
    """std of y (dy − ⟨y, dy⟩) as n grows: the rms of e^z / √e, over n."""
    return math.sqrt(math.e) / features


def gated_gain(layer: str) -> Truth:
    """1/std of x f(g) is 1/rms of f; the fourth moment of x f(g) is 3 E f⁴."""
    f = activation(layer)
    second, fourth = f.moment(2), 3.0 * f.moment(4)
    unit_se = math.sqrt(fourth - second**2) / (2.0 * second**1.5)
    return Truth(1.0 / math.sqrt(second), unit_se)


def geometric_mean_gain(layer: str) -> Truth:
    """√(1/std of y · 1/std of dx) from the layer's own exact values.

    Its noise counts that both come from the same x: a quarter of the scatter of
    (y − E y)²/Var y + dx²/Var dx, relative to the gain.
    """
    from normstats import registry

    forward, backward, *_ = registry.exact(registry.parse_call(layer))
    if not forward.std or not backward.std or forward.mean is None:
        raise ValueError(f"{layer} has no exact std")
    mean, v, w = forward.mean, forward.std**2, backward.std**2

    def square(y: Array, slope: Array, _: Array) -> Array:
        """E u² + 2 E[u f′²]/w + 3 E f′⁴/w², with u = (y − m)²/v and dx = dy f′(x)."""
        u, ratio = (y - mean) ** 2 / v, slope**2 / w
        return u**2 + 2.0 * u * ratio + 3.0 * ratio**2

    gain = 1.0 / math.sqrt(forward.std * backward.std)
    return Truth(gain, gain * math.sqrt(activation(layer).expect(square) - 4.0) / 4.0)


def slope_ratio(upper: str, lower: str) -> float:
    """f′(0) of one activation over that of another."""
    return activation(upper).at_zero()[1] / activation(lower).at_zero()[1]


def critical_linear_gain(width: int) -> float:
    """The g at which log|x| of a chain x ← g W x, W ~ N(0, 1/N), has no drift.

    |W x|²/|x|² is χ²_N / N, whose mean logarithm is ψ(N/2) − log(N/2): g is about 1 + 1/(2N).
    """
    from scipy.special import digamma

    return math.exp((math.log(width / 2.0) - float(digamma(width / 2.0))) / 2.0)


def first_order_gain(layer: str) -> float:
    """1 / (f′(0) √(1 + f(0)²)), S. K. Kumar 2017."""
    value, slope = activation(layer).at_zero()
    return 1.0 / (slope * math.hypot(1.0, value))


def half_range_chi(layer: str, limit: float) -> float:
    """d log Var f(σz) / d log σ² where Var f(σz) is half of its limit."""
    f = activation(layer)

    def variance(sigma: float) -> float:
        return f.moment(2, sigma) - f.moment(1, sigma) ** 2

    sigma = solve_sigma(variance, limit / 2.0)
    if sigma is None:
        raise ValueError(f"the variance of {layer} does not reach {limit / 2.0:g}")
    slope = f.log_slope(2, sigma) - 2.0 * f.moment(1, sigma) * f.log_slope(1, sigma)
    return slope / variance(sigma)


def deep_std(layer: str, gain: float, depth: int) -> float:
    """std after so many wide layers: q ← E[f(gain √q z)²], from q = 1, for odd f."""
    q = 1.0
    for _ in range(depth):
        q = activation(layer).moment(2, gain * math.sqrt(q))
    return math.sqrt(q)


def monte_carlo_error(layer: str, samples: int) -> float:
    """Relative standard error of the mean of y."""
    f = activation(layer)
    mean = f.moment(1)
    return math.sqrt((f.moment(2) - mean**2) / samples) / abs(mean)


def random_phase_gain() -> float:
    """1/rms of the cosine of a uniform phase."""
    return math.sqrt(2.0)


def relu_max_pool_second_moment(variance: float, window: int) -> float:
    """E[max(0, M)²] for the maximum M of n normals."""
    from scipy.special import ndtr

    def integrand(z: Array) -> Array:
        density: Array = np.maximum(z, 0.0) ** 2 * window * ndtr(z) ** (window - 1)
        return density

    return variance * expect(integrand, (0.0,))


def relu_c_map_slope() -> float:
    """E[f′²] / Var f of relu."""
    return 1.0 / (1.0 - 1.0 / math.pi)


def normalising_scale(
    layer: str,
    params: Params = NO_PARAMS,
    input_scale: float = 1.0,
    input_shift: float = 0.0,
    output_shift: float = 0.0,
) -> float:
    """1/rms of f(a z + b) + c."""
    f = activation(layer, params)
    square = f.expect(lambda y, *_: (y + output_shift) ** 2, input_scale, input_shift)
    return 1.0 / math.sqrt(square)


def linear_relu_mean(fan_in: int, outputs: int) -> Truth:
    """Mean of relu(Wx), W ~ N(0, 2/fan_in); one sample draws x, W and has so many outputs.

    Given x the outputs are independent relu of N(0, 2r), r = |x|²/fan_in.
    """
    root = math.exp(math.lgamma((fan_in + 1) / 2) - math.lgamma(fan_in / 2)) * math.sqrt(2 / fan_in)
    mean = root / math.sqrt(math.pi)
    given_x = (1.0 - 1.0 / math.pi) / outputs
    return Truth(mean, math.sqrt(given_x + (1.0 - root**2) / math.pi))


def linear_relu_rms(fan_in: int, outputs: int) -> Truth:
    """rms of relu(Wx), W ~ N(0, 2/fan_in): E y² = 1, and E y⁴ = 6 r² given x."""
    second = 1.0 + 2.0 / fan_in
    return Truth(1.0, 0.5 * math.sqrt(5.0 * second / outputs + 2.0 / fan_in))


def selu_alpha(mean: float, variance: float) -> float:
    """α of the self-normalising fixed point at this mean and variance."""
    return _selu_constants(mean, variance)[0]


def selu_lambda(mean: float, variance: float) -> float:
    """λ of the self-normalising fixed point at this mean and variance."""
    return _selu_constants(mean, variance)[1]


def _selu_constants(mean: float, variance: float) -> tuple[float, float]:
    """α and λ with E f = mean and E f² = variance + mean², f = λ(x⁺ + α(e^{x⁻} − 1)).

    With the partial moments P1 = E x⁺, P2 = E (x⁺)², N1 = E(e^{x⁻} − 1), N2 = E(e^{x⁻} − 1)²:
    (P1 + α N1)² (variance + mean²) = mean² (P2 + α² N2), which has one positive α if mean ≤ 0.
    """
    sigma = math.sqrt(variance)
    cut = (-mean / sigma,)

    def partial(g: Callable[[Array], Array]) -> float:
        return expect(lambda z: g(mean + sigma * z), cut)

    p1 = partial(lambda x: np.maximum(x, 0.0))
    p2 = partial(lambda x: np.maximum(x, 0.0) ** 2)
    n1 = partial(lambda x: np.expm1(np.minimum(x, 0.0)))
    n2 = partial(lambda x: np.expm1(np.minimum(x, 0.0)) ** 2)
    # With k = mean/√(variance + mean²): P1 + α N1 = k √(P2 + α² N2), and N1 < 0.
    k = mean / math.sqrt(variance + mean**2)
    a, b, c = n1**2 - k**2 * n2, 2.0 * p1 * n1, p1**2 - k**2 * p2
    root = math.sqrt(max(b * b - 4.0 * a * c, 0.0))
    candidates = [(-b - root) / (2.0 * a), (-b + root) / (2.0 * a)]
    alpha = min(
        (value for value in candidates if value > 0.0),
        key=lambda value: abs(p1 + value * n1 - k * math.sqrt(p2 + value**2 * n2)),
    )
    return alpha, math.sqrt((variance + mean**2) / (p2 + alpha**2 * n2))


def alpha_dropout_value() -> float:
    """−λα, the limit of selu at −∞."""
    alpha, scale = _selu_constants(0.0, 1.0)
    return -alpha * scale


def truncated_normal_std(low: float, high: float) -> float:
    """std of N(0, 1) between two cuts."""
    from scipy.special import ndtr

    def density(z: float) -> float:
        return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)

    inside = float(ndtr(high) - ndtr(low))
    mean = (density(low) - density(high)) / inside
    return math.sqrt(1.0 + (low * density(low) - high * density(high)) / inside - mean**2)


def truncated_complex_normal_std(radius: float) -> float:
    """std of a complex normal, E|z|² = 1, with |z| < r: |z|² is exponential, cut at r²."""
    cut = radius**2
    return math.sqrt(1.0 - cut * math.exp(-cut) / -math.expm1(-cut))


def erf_fit_of_sigmoid(low: float, high: float, points: int = 0) -> float:
    """a that minimises the integral of (erf(x/a)/2 + 1/2 − sigmoid(x))², or a sum over points."""
    from scipy.optimize import brentq
    from scipy.special import erf, expit

    if points:
        x, weights = np.linspace(low, high, points), np.ones(points)
    else:
        nodes, weights = np.polynomial.legendre.leggauss(200)
        x = (low + high) / 2.0 + (high - low) / 2.0 * nodes

    def slope(a: float) -> float:
        difference = erf(x / a) / 2.0 + 0.5 - expit(x)
        return math.fsum(weights * difference * x * np.exp(-((x / a) ** 2)))

    return float(brentq(slope, 1.0, 5.0, xtol=1e-15))


def overlap_counts(kernel_size: int, stride: int, phase: int = 0) -> Truth:
    """How many windows cover each position of one stride × stride cell."""
    line = [(kernel_size - 1 - (i + phase) % stride) // stride + 1 for i in range(stride)]
    return Truth(matrix=tuple(tuple(float(a * b) for b in line) for a in line))


def tap_factor_counts(kernels: Sequence[Sequence[int]], factors: Sequence[int]) -> Truth:
    """How many taps of w × w kernels with stride s have the factor 1/f; kernels are pairs (w, s).

    A tap's factor is one over the number of windows that cover its position.
    """
    rows = []
    for kernel_size, stride in kernels:
        line = [len(range(tap % stride, kernel_size, stride)) for tap in range(kernel_size)]
        counts = [a * b for a in line for b in line]
        rows.append(tuple(float(counts.count(factor)) for factor in factors))
    return Truth(matrix=tuple(rows))


def overlapping_backward_std(kernel_size: int, stride: int, norm: float) -> float:
    """std of dx of a flat square kernel of ones / norm: the root of the mean overlap count.

    The mean count is (kernel_size/stride)², so the std is kernel_size / (stride · norm).
    """
    return kernel_size / (stride * norm)


# Those of infinitely many elements, which nothing that is measured is compared with.
LIMITS = ("softmax_limit", "softmax_backward_limit", "deep_std")

# Every public function of this module but ``evaluate``.
FORMULAS: Mapping[str, Callable[..., float | Truth]] = {
    name: function
    for name, function in list(globals().items())
    if isfunction(function) and function.__module__ == __name__ and name[0] != "_"
    if function is not evaluate
}
