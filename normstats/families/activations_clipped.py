"""Activations made of straight pieces, with limits, gaps or both.

At a kink the derivative is PyTorch's, which here is that of the flat side: 0 at 0 and 6 for relu6,
at ±3 for hardsigmoid, at both limits of hardtanh, at ±lambd for the shrinks, at the threshold of
threshold, and at 0 for abs. The one with no flat side on the right is hardswish: it takes the
outer pieces at ±3, so 0 at −3 and 1 at 3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.kernels.elementary import magnitude
from normstats.kernels.lanes import Lane, where
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params, Real
from normstats.reference.function import Interval
from normstats.values import Array

_SIXTH = 1.0 / 6.0
_THIRD = 1.0 / 3.0


def hardtanh(x: Lane, c: Any) -> tuple[Lane, Lane]:
    low, high = x <= c[0], x >= c[1]
    y = where(low, c[0], where(high, c[1], x))
    return y, where(low | high, 0.0, 1.0)


def hardtanh_twin(x: Array, params: Params) -> tuple[Array, Array]:
    low, high = params["min_val"], params["max_val"]
    return np.clip(x, low, high), ((x > low) & (x < high)).astype(float)


def ordered(params: Params) -> None:
    """UsageError unless min_val < max_val."""
    if params["min_val"] >= params["max_val"]:
        raise UsageError(
            "`max_val`", params["max_val"], f"must be above `min_val` {params['min_val']:g}"
        )


def zero_limits(params: Params) -> tuple[Interval, ...]:
    """Where a limit of hardtanh is 0: one limit at most, as they differ."""
    low, high = params["min_val"], params["max_val"]
    if low == 0.0:
        return ((-math.inf, low),)
    return ((high, math.inf),) if high == 0.0 else ()


def relu6_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return np.clip(x, 0.0, 6.0), ((x > 0.0) & (x < 6.0)).astype(float)


def hardsigmoid(x: Lane, c: Any) -> tuple[Lane, Lane]:
    low, high = x <= -3.0, x >= 3.0
    y = where(low, 0.0, where(high, 1.0, (x + 3.0) * _SIXTH))
    return y, where(low | high, 0.0, _SIXTH)


def hardsigmoid_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return np.clip(x + 3.0, 0.0, 6.0) / 6.0, (np.abs(x) < 3.0) / 6.0


def hardswish(x: Lane, c: Any) -> tuple[Lane, Lane]:
    low, high = x <= -3.0, x >= 3.0
    y = where(low, 0.0, where(high, x, x * ((x + 3.0) * _SIXTH)))
    return y, where(low, 0.0, where(high, 1.0, x * _THIRD + 0.5))


def hardswish_twin(x: Array, params: Params) -> tuple[Array, Array]:
    inside = np.where(x >= 3.0, 1.0, x / 3.0 + 0.5)
    return x * np.clip(x + 3.0, 0.0, 6.0) / 6.0, np.where(x <= -3.0, 0.0, inside)


def hardshrink(x: Lane, c: Any) -> tuple[Lane, Lane]:
    outside = magnitude(x) > c[0]
    return where(outside, x, 0.0), where(outside, 1.0, 0.0)


def hardshrink_twin(x: Array, params: Params) -> tuple[Array, Array]:
    outside = np.abs(x) > params["lambd"]
    return x * outside, outside.astype(float)


def softshrink(x: Lane, c: Any) -> tuple[Lane, Lane]:
    above, below = x > c[0], x < -c[0]
    y = where(above, x - c[0], where(below, x + c[0], 0.0))
    return y, where(above | below, 1.0, 0.0)


def softshrink_twin(x: Array, params: Params) -> tuple[Array, Array]:
    excess = np.abs(x) - params["lambd"]
    return np.copysign(np.maximum(excess, 0.0), x), (excess > 0.0).astype(float)


def gap(params: Params) -> tuple[Interval, ...]:
    """Where the shrinks are 0; a gap of width 0 has no probability."""
    lambd = params["lambd"]
    return ((-lambd, lambd),) if lambd > 0.0 else ()


def gap_ends(params: Params) -> tuple[float, ...]:
    return (-params["lambd"], params["lambd"])


def threshold(x: Lane, c: Any) -> tuple[Lane, Lane]:
    above = x > c[0]
    return where(above, x, c[1]), where(above, 1.0, 0.0)


def threshold_twin(x: Array, params: Params) -> tuple[Array, Array]:
    above = x > params["threshold"]
    return np.where(above, x, params["value"]), above.astype(float)


def up_to_threshold(params: Params) -> tuple[Interval, ...]:
    return ((-math.inf, params["threshold"]),)


def absolute(x: Lane, c: Any) -> tuple[Lane, Lane]:
    return magnitude(x), where(x > 0.0, 1.0, where(x < 0.0, -1.0, 0.0))


def absolute_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return np.abs(x), np.sign(x)


LAYERS = (
    Elementwise(
        name="relu6",
        formula="y = min(max(x, 0), 6)",
        gradient="dx = dy where 0 < x < 6, else 0",
        torch="torch.nn.ReLU6",
        activation=hardtanh,
        twin=relu6_twin,
        kinks=lambda params: (0.0, 6.0),
        zero_value=lambda params: ((-math.inf, 0.0),),
        zero_slope=lambda params: ((-math.inf, 0.0), (6.0, math.inf)),
        coefficients=lambda params: (0.0, 6.0),
    ),
    Elementwise(
        name="hardtanh",
        formula="y = min(max(x, min_val), max_val)",
        gradient="dx = dy where min_val < x < max_val, else 0",
        torch="torch.nn.Hardtanh",
        aliases=("hard_tanh",),
        params=(
            Real(name="min_val", default=-1.0, help="lower limit"),
            Real(name="max_val", default=1.0, help="upper limit"),
        ),
        check=ordered,
        activation=hardtanh,
        twin=hardtanh_twin,
        kinks=lambda params: (params["min_val"], params["max_val"]),
        zero_value=zero_limits,
        zero_slope=lambda params: (
            (-math.inf, params["min_val"]),
            (params["max_val"], math.inf),
        ),
    ),
    Elementwise(
        name="hardsigmoid",
        formula="y = min(max(x + 3, 0), 6)/6",
        gradient="dx = dy/6 where −3 < x < 3, else 0",
        torch="torch.nn.Hardsigmoid",
        aliases=("hard_sigmoid",),
        note="PyTorch's own derivative has 1/6 in single precision, 5e-9 off.",
        activation=hardsigmoid,
        twin=hardsigmoid_twin,
        kinks=lambda params: (-3.0, 3.0),
        zero_value=lambda params: ((-math.inf, -3.0),),
        zero_slope=lambda params: ((-math.inf, -3.0), (3.0, math.inf)),
    ),
    Elementwise(
        name="hardswish",
        formula="y = x·min(max(x + 3, 0), 6)/6",
        gradient="dx = 0 where x ≤ −3, dy where x ≥ 3, else dy(x/3 + 1/2)",
        torch="torch.nn.Hardswish",
        aliases=("hard_swish", "hardsilu"),
        activation=hardswish,
        twin=hardswish_twin,
        kinks=lambda params: (-3.0, 3.0),
        zero_value=lambda params: ((-math.inf, -3.0),),
        zero_slope=lambda params: ((-math.inf, -3.0),),
    ),
    Elementwise(
        name="hardshrink",
        formula="y = x where |x| > lambd, else 0",
        gradient="dx = dy where |x| > lambd, else 0",
        torch="torch.nn.Hardshrink",
        aliases=("hard_shrink",),
        params=(Real(name="lambd", default=0.5, low=0.0, help="half the width of the gap"),),
        activation=hardshrink,
        twin=hardshrink_twin,
        kinks=gap_ends,
        zero_value=gap,
        zero_slope=gap,
    ),
    Elementwise(
        name="softshrink",
        formula="y = sign(x)·max(|x| − lambd, 0)",
        gradient="dx = dy where |x| > lambd, else 0",
        torch="torch.nn.Softshrink",
        aliases=("soft_shrink",),
        params=(Real(name="lambd", default=0.5, low=0.0, help="half the width of the gap"),),
        activation=softshrink,
        twin=softshrink_twin,
        kinks=gap_ends,
        zero_value=gap,
        zero_slope=gap,
    ),
    Elementwise(
        name="threshold",
        formula="y = x where x > threshold, else value",
        gradient="dx = dy where x > threshold, else 0",
        torch="torch.nn.Threshold",
        params=(
            Real(name="threshold", default=0.0, help="where x is cut off"),
            Real(name="value", default=0.0, help="what replaces it"),
        ),
        note="PyTorch has no defaults for threshold and value.",
        activation=threshold,
        twin=threshold_twin,
        kinks=lambda params: (params["threshold"],),
        zero_value=lambda params: up_to_threshold(params) if params["value"] == 0.0 else (),
        zero_slope=up_to_threshold,
    ),
    Elementwise(
        name="abs",
        formula="y = |x|",
        gradient="dx = dy·sign(x)",
        torch="torch.abs",
        aliases=("absolute",),
        activation=absolute,
        twin=absolute_twin,
        kinks=lambda params: (0.0,),
    ),
)
