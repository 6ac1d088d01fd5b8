"""An exact value is right to 1e-12 or it is None; and zeros far out in a tail keep their digits."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

from normstats.layer.elementwise import Elementwise
from normstats.reference.quadrature import elementwise, moments4
from normstats.registry import get
from normstats.result import Exact
from normstats.runs.inputs import Inputs


def exact(name: str, inputs: Inputs, **given: float) -> tuple[Exact, Exact]:
    layer = get(name)
    assert isinstance(layer, Elementwise)
    return elementwise(layer.function(layer.parse(given)), inputs)


def exp_of(mean: float, std: float) -> tuple[float, float, float]:
    """Mean, std and rms of e^x, with 30 digits on the way."""
    with mp.workdps(30):
        m, v = mp.mpf(mean), mp.mpf(std) ** 2
        first, second = mp.exp(m + v / 2), mp.exp(2 * m + 2 * v)
        return float(first), float(mp.sqrt(second - first**2)), float(mp.sqrt(second))


@pytest.mark.parametrize("std", [0.5, 5.0, 9.0, 12.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 30.0])
def test_the_moments_of_exp_are_right_or_none(std: float) -> None:
    """The bulk of e^2x lies 2·std standard deviations out: beyond some 30 there is too little."""
    for mean in (0.0, -std * std / 2.0, -20.0 * std, -32.0 * std):
        forward, _ = exact("exp", Inputs(mean, std))
        first, width, rms = exp_of(mean, std)
        for found, wanted in ((forward.mean, first), (forward.std, width), (forward.rms, rms)):
            # Below 1e-290 numbers lose their digits.
            assert (
                found is None
                or wanted < 1e-290
                or found == pytest.approx(wanted, rel=1e-11, abs=0.0)
            ), (mean, std)


def test_what_lies_beyond_the_reach_is_refused() -> None:
    """With std 20 and far below 0 nothing overflows, yet the bulk of e^2x is at 40 std."""
    forward, backward = exact("exp", Inputs(-700.0, 20.0))
    assert forward.mean == pytest.approx(math.exp(-500.0), rel=1e-11, abs=0.0)
    assert (forward.std, forward.rms) == (None, None)
    assert (backward.mean, backward.std, backward.rms) == (0.0, None, None)
    assert exact("exp", Inputs(-400.0, 14.0))[0].std is not None


def test_waves_are_right_or_none() -> None:
    """Ever more of them within a standard deviation, up to where 20000 panels see too few."""
    found = {}
    for k in (2, 4, 8, 12, 14, 15, 16, 18, 28):
        width = 10.0 ** (k / 4.0)
        forward, backward = exact("sin", Inputs(0.3, width))
        found[k] = forward.mean
        damped = math.exp(-width * width / 2.0)
        square = (1.0 - math.cos(0.6) * damped**4) / 2.0
        for one, wanted in (
            (forward.mean, math.sin(0.3) * damped),
            (forward.rms, math.sqrt(square)),
            (forward.std, math.sqrt(square - (math.sin(0.3) * damped) ** 2)),
            (backward.rms, math.sqrt(1.0 - square)),
        ):
            assert one is None or one == pytest.approx(wanted, rel=0.0, abs=1e-12), width
    assert all(found[k] is not None for k in (2, 4, 8, 12)), "up to 1000 they are known"
    assert found[28] is None, "with 1e7 waves nothing can be known"


@pytest.mark.parametrize("height", [1.0, 1e-10])
def test_a_function_with_noise_is_refused(height: float) -> None:
    """The last bits of x: no rule can integrate them, and a guess would look like a value."""

    def twin(x: np.ndarray, params: object) -> tuple[np.ndarray, np.ndarray]:
        noise = height * np.modf(np.abs(x) * 1e9)[0]
        return x + noise, 1.0 + noise

    layer = Elementwise(
        name="noise", formula="", gradient="", activation=lambda x, c: (x, x), twin=twin
    )
    forward, backward = elementwise(layer.function({}), Inputs())
    assert forward.mean is None or forward.mean == pytest.approx(height / 2.0, abs=1e-12)
    assert (forward.std, forward.rms, backward.std, backward.rms) == (None,) * 4
    value, slope = moments4(layer.function({}), Inputs())
    assert (value.variance, value.fourth, slope.variance, slope.fourth) == (None,) * 4


@pytest.mark.parametrize("distance", [3.0, 8.0, 20.0, 30.0, 37.0])
def test_zeros_keep_their_digits_in_both_tails(distance: float) -> None:
    with mp.workdps(30):
        tail = float(mp.ncdf(-mp.mpf(distance)))
        shrunk = float(mp.ncdf(-mp.mpf(distance) + 0.5) - mp.ncdf(-mp.mpf(distance) - 0.5))
    below, _ = exact("relu", Inputs(distance, 1.0))
    above, _ = exact("hardtanh", Inputs(-distance, 1.0), min_val=-1.0, max_val=0.0)
    assert below.zeros == pytest.approx(tail, rel=1e-12, abs=0.0)
    assert above.zeros == pytest.approx(tail, rel=1e-12, abs=0.0)
    for mean in (distance, -distance):  # an interval in the tail, which hardshrink makes 0
        for side in exact("hardshrink", Inputs(mean, 1.0)):
            assert side.zeros == pytest.approx(shrunk, rel=1e-12, abs=0.0)
    _, flat = exact("hardsigmoid", Inputs(distance * 2.0, 2.0))  # flat beyond ±3
    with mp.workdps(30):
        wanted = float(mp.ncdf(-mp.mpf(distance) - 1.5) + mp.ncdf(mp.mpf(distance) - 1.5))
    assert flat.zeros == pytest.approx(wanted, rel=1e-12, abs=0.0)


@pytest.mark.parametrize("inputs", [Inputs(), Inputs(1.0, 0.3), Inputs(-2.0, 40.0)], ids=str)
def test_what_is_narrow_is_seen_at_a_kink(inputs: Inputs) -> None:
    """A bump 1e-3 wide, far from 0: panels of its size are where x has the kink, scaled to z."""
    at, width = 1.7, 1e-3

    def twin(x: np.ndarray, params: object) -> tuple[np.ndarray, np.ndarray]:
        off = (x - at) / width
        bump = np.exp(-off * off)
        return bump, -2.0 * off * bump

    def mean_of_bump(width: float) -> float:
        square = width**2 + 2.0 * inputs.x_std**2
        return width * math.exp(-((at - inputs.x_mean) ** 2) / square) / math.sqrt(square)

    layer = Elementwise(
        name="bump", formula="", gradient="", activation=lambda x, c: (x, x), twin=twin,
        kinks=lambda params: (at,),
    )  # fmt: skip
    forward, backward = elementwise(layer.function({}), inputs)
    assert forward.mean == pytest.approx(mean_of_bump(width), rel=1e-11, abs=0.0)
    rms = math.sqrt(mean_of_bump(width / math.sqrt(2.0)))
    assert forward.rms == pytest.approx(rms, rel=1e-11, abs=0.0)
    # ∫ 4t² e^−2t² = ∫ e^−2t²; the density hardly changes over the bump.
    assert backward.rms == pytest.approx(rms, rel=1e-4, abs=0.0)
