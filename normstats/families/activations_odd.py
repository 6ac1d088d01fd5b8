"""Odd functions and waves: lecun_tanh, tanhshrink, erf, sin, cos."""

from __future__ import annotations

from typing import Any

import numpy as np

from normstats.errors import UsageError
from normstats.kernels.elementary import FURTHEST, magnitude, sin_cos
from normstats.kernels.elementary import erf as lane_erf
from normstats.kernels.elementary import tanh as lane_tanh
from normstats.kernels.lanes import Lane, fma, where
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Params
from normstats.runs.inputs import Inputs
from normstats.values import Array

LECUN_SCALE = 1.7159
_TWO_THIRDS = 2.0 / 3.0
_LECUN_SLOPE = LECUN_SCALE * _TWO_THIRDS
_THIRD = 1.0 / 3.0
_TWO_FIFTEENTHS = 2.0 / 15.0
# (x − tanh(x))/x³ in powers of x².
_TANHSHRINK_SERIES = (
    1 / 3,
    -2 / 15,
    17 / 315,
    -62 / 2835,
    1382 / 155925,
    -21844 / 6081075,
    929569 / 638512875,
)


def lecun_tanh(x: Lane, c: Any) -> tuple[Lane, Lane]:
    y, slope = lane_tanh(_TWO_THIRDS * x)
    return LECUN_SCALE * y, _LECUN_SLOPE * slope


def lecun_tanh_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import expit

    z = 2.0 * x / 3.0
    slope = 4.0 * expit(2.0 * z) * expit(-2.0 * z)
    return LECUN_SCALE * np.tanh(z), LECUN_SCALE * 2.0 / 3.0 * slope


def tanhshrink(x: Lane, c: Any) -> tuple[Lane, Lane]:
    t, _ = lane_tanh(x)
    # x − t would be an exact 0 near 0, where y is x³/3: a zero that the function does not have.
    w = x * x
    near = (x * w) * fma(w, -_TWO_FIFTEENTHS, _THIRD)
    return where(magnitude(x) < 1e-3, near, x - t), t * t


def tanhshrink_twin(x: Array, params: Params) -> tuple[Array, Array]:
    # Near 0 the difference has lost its digits; the series is good to 1e-16 of itself there.
    w = np.minimum(x**2, 0.01)
    near = x * w * np.polynomial.polynomial.polyval(w, _TANHSHRINK_SERIES)
    return np.where(np.abs(x) < 0.1, near, x - np.tanh(x)), np.tanh(x) ** 2


def erf(x: Lane, c: Any) -> tuple[Lane, Lane]:
    return lane_erf(x)


def erf_twin(x: Array, params: Params) -> tuple[Array, Array]:
    from scipy.special import erf as special_erf

    return special_erf(x), 2.0 / np.sqrt(np.pi) * np.exp(-(x**2))


def sin(x: Lane, c: Any) -> tuple[Lane, Lane]:
    return sin_cos(x)


def sin_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return np.sin(x), np.cos(x)


def refuse_far(inputs: Inputs) -> None:
    """Beyond ``FURTHEST`` the kernel clamps x; no sample lies 9 standard deviations away."""
    if abs(inputs.x_mean) + 9.0 * inputs.x_std > FURTHEST:
        name, value = "`x_std`", inputs.x_std
        if 9.0 * value <= FURTHEST / 2.0:
            name, value = "`x_mean`", inputs.x_mean
        allowed = f"for sin and cos |x-mean| + 9·x-std must be at most {FURTHEST:g}"
        raise UsageError(name, value, allowed)


def cos(x: Lane, c: Any) -> tuple[Lane, Lane]:
    s, y = sin_cos(x)
    return y, -s


def cos_twin(x: Array, params: Params) -> tuple[Array, Array]:
    return np.cos(x), -np.sin(x)


LAYERS = (
    Elementwise(
        name="lecun_tanh",
        formula="y = 1.7159 tanh(2x/3)",
        gradient="dx = dy·1.7159·(2/3)/cosh²(2x/3)",
        note="LeCun 1998.",
        activation=lecun_tanh,
        twin=lecun_tanh_twin,
    ),
    Elementwise(
        name="tanhshrink",
        formula="y = x − tanh(x)",
        gradient="dx = dy·tanh²(x)",
        torch="torch.nn.Tanhshrink",
        aliases=("tanh_shrink",),
        activation=tanhshrink,
        twin=tanhshrink_twin,
    ),
    Elementwise(
        name="erf",
        formula="y = erf(x)",
        gradient="dx = dy·(2/√π)·e^(−x²)",
        torch="torch.erf",
        activation=erf,
        twin=erf_twin,
    ),
    Elementwise(
        name="sin",
        formula="y = sin(x)",
        gradient="dx = dy·cos(x)",
        torch="torch.sin",
        aliases=("sine",),
        activation=sin,
        twin=sin_twin,
        refuse=refuse_far,
    ),
    Elementwise(
        name="cos",
        formula="y = cos(x)",
        gradient="dx = −dy·sin(x)",
        torch="torch.cos",
        aliases=("cosine",),
        activation=cos,
        twin=cos_twin,
        refuse=refuse_far,
    ),
)
