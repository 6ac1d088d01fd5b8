"""Numbers near the ends of float64, and beyond: measured, added up, and put in words."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import normstats
from normstats.networks.estimates import Estimated, Estimates
from normstats.networks.given import propagate
from normstats.networks.layout import layout
from normstats.networks.measured import measured
from normstats.networks.result import Number
from normstats.networks.signal import Row
from normstats.networks.sums import NetworkSums
from normstats.networks.verdict import verdict
from normstats.networks.written import chain_of
from normstats.reports import of_chain
from normstats.reports.model import Table


@pytest.mark.parametrize("octaves", [-1021, -600, -300, 300, 600, 1020])
def test_spread_is_that_of_the_numbers_times_a_power_of_two(octaves: int) -> None:
    """Of the first 11 of 16 in a row: what follows is not looked at."""
    values = np.random.default_rng(0).normal(1.0, 0.5, (5, 16))
    held = values[:, :11]
    far = np.ldexp(values, octaves)
    far[:, 11:] = math.nan
    found = measured(far, 11, 7)
    one = math.ldexp(1.0, found.exponent - octaves - 7)
    assert found.mean * one == pytest.approx(held.mean(), rel=1e-12)
    assert found.variance * one * one == pytest.approx(held.var(), rel=1e-12)


@pytest.mark.parametrize("text", ["tanh", "silu"])
def test_signals_that_become_0_are_no_error(text: str) -> None:
    """Through subnormal numbers down to 0, while the gradient goes on."""
    result = normstats.chain(
        f"linear(8, init=normal, init_std=0.001), {text}", repeat=160, networks=2, batch_size=3
    )
    found = [layer.forward_std for layer in result.layers]
    assert any(one.log10 is not None and one.log10 < -310.0 for one in found)
    assert found[-1].value == 0.0
    assert result.verdict == {"forward": "vanishing", "backward": "vanishing"}
    assert (result.layers[0].gradient_std.log10 or 0.0) < -390.0


@pytest.mark.parametrize(("std", "repeat"), [(0.001, 90), (1e3, 85)])
def test_std_where_squares_are_no_numbers(std: float, repeat: int) -> None:
    """Of one network, from its arrays; of several, with an error at every layer."""
    text = f"linear(16, init=normal, init_std={std}), gelu"
    chain = chain_of(text, repeat=repeat, batch_size=5)
    result = normstats.chain(text, repeat=repeat, batch_size=5, networks=1)
    trace = propagate(chain)
    for layer in result.layers:
        y = trace.y[layer.number]
        largest = np.abs(y).max()
        assert layer.forward_std.log10 == pytest.approx(
            math.log10(largest) + math.log10((y / largest).std()), abs=1e-9
        )
    assert abs(result.layers[-1].forward_std.log10 or 0.0) > 200.0
    several = normstats.chain(text, repeat=repeat, batch_size=5, networks=3)
    assert all(layer.forward_std.log10_se for layer in several.layers)


@pytest.mark.parametrize("scales", [(0, -900, 5), (-900, 0, 900), (None, -1500, -1490)])
def test_sums_of_networks_of_very_different_size(scales: tuple[int | None, ...]) -> None:
    """The largest decides, whichever comes first; None is a network of nothing but 0."""
    own = layout(chain_of("relu", size=3, batch_size=2))
    size = own.size
    rng = np.random.default_rng(1)
    rows = []
    for scale in scales:
        mean, variance = rng.normal(size=size), rng.random(size)
        if scale is None:
            mean, variance = np.zeros(size), np.zeros(size)
        empty = np.full(1, math.nan)
        rows.append(Row(mean, variance, np.full(size, float(scale or 0)), empty, empty))
    first, *others = (NetworkSums.of_row(own, row) for row in rows)
    sums = Estimates(sum(others, first))
    top = max(scale for scale in scales if scale is not None)
    factor = np.array([0.0 if s is None else 2.0 ** (s - top) for s in scales])[:, None]
    means = np.array([row.mean for row in rows]) * factor
    variances = np.array([row.variance for row in rows]) * factor**2
    squares = (variances + means**2).mean(0) - means.mean(0) ** 2 + means.var(0, ddof=1) / 3
    for at in range(size):
        found = sums.std(at)
        assert found.log - top * math.log(2.0) == pytest.approx(0.5 * math.log(squares[at]))
        assert found.se is not None
        assert sums.growth(at).log is not None


def test_theory_goes_on_where_std_is_no_float64() -> None:
    """Of ReLU, which only multiplies: 195 layers with the gain √(32·100/2) = 40."""
    result = normstats.chain(
        "linear(32, init=normal, init_std=10), relu", repeat=195, networks=2, batch_size=4
    )
    last, first = result.layers[-1], result.layers[0]
    assert last.theory is not None
    assert first.theory is not None
    ratio = math.log10(math.sqrt(1.0 - 1.0 / math.pi))  # std over rms
    assert last.theory["forward_std"] == pytest.approx(195 * math.log10(40.0) + ratio)
    assert first.theory["gradient_std"] == pytest.approx(195 * math.log10(40.0))
    scaled = normstats.chain(
        "linear(32, init=normal, init_std=10), relu",
        repeat=195, networks=2, batch_size=4, normalize="separate",
    )  # fmt: skip
    assert scaled.layers[-1].theory is not None


@pytest.mark.parametrize(
    ("text", "more", "last", "why"),
    [
        ("linear(4, init=normal, init_std=1e-21), tanh", {}, 5, r"6, tanh: its x has std 8\.0e-63"),
        ("linear(4, init=normal, init_std=1e9), gelu", {}, 5, r"6, gelu: its x has std .*e\+27"),
        ("linear(4), tanh", {"x_std": 0.0}, 1, "2, tanh: its x has std 0, and"),
        ("linear(4), tanh, relu", {}, 2, "3, relu: its x is not normal"),
    ],
)
def test_theory_keeps_the_layers_that_it_reached(
    text: str, more: dict[str, float], last: int, why: str
) -> None:
    result = normstats.chain(text, repeat=3, networks=2, batch_size=4, **more)
    for layer in result.layers:
        assert (layer.theory is not None) == (layer.number <= last)
        assert "gradient_std" not in (layer.theory or {})
    if "x_std" not in more:
        assert "forward_std" in (result.layers[last - 1].theory or {})
    (note,) = (note for note in result.notes if "theory" in note)
    assert re.match(f"theory ends at layer {why}", note)


@pytest.mark.parametrize(
    ("log", "se", "said"),
    [
        (0.0, 0.0, "stable, std does not change in 5 layers"),
        (0.0, None, "stable, std does not change in 5 layers"),
        (-0.5, None, "stable, std changes by a factor 0.6065 in 5 layers"),
        (-0.5, 0.05, "stable, std changes by a factor 0.607 ± 0.030 in 5 layers"),
        (900.0, 400.0, "stable, std changes by a factor e^900 in 5 layers"),
        (-math.inf, None, "vanishing, std becomes 0"),
        (math.nan, None, "unknown, there is nothing to compare"),
        (-3.0, 0.1, "vanishing, std falls by a factor e every 1.67 ± 0.06 layers"),
        (
            *(3.0, None),
            "unknown, errors need at least two networks; in this one std grows by a factor e every"
            " 1.667 layers",
        ),
    ],
)
def test_verdicts_in_words(log: float, se: float | None, said: str) -> None:
    assert of_chain.verdict(verdict(Estimated(log, se), 5)) == said


def test_what_does_not_change_is_not_said_to_become_0() -> None:
    for text in ("linear(8), identity", "relu, relu, relu"):
        result = normstats.chain(text, input=8, networks=3, batch_size=8)
        assert of_chain.verdict(result.forward).startswith("stable, std does not change in ")


@pytest.mark.parametrize(
    ("log10", "se", "said"),
    [(-385.5, 0.7, "3(5)e-386"), (-385.5, 0.02, "3.16(15)e-386"), (400.0, None, "1.0e+400")],
)
def test_large_errors_are_shown(log10: float, se: float | None, said: str) -> None:
    assert of_chain.number(Number(None, None, log10, se)) == said


def test_means_beyond_float64_are_not_0() -> None:
    """Only what is 0 is shown as 0."""
    for std, side in ((1e-9, "|mean| < 1e-307"), (1e9, "|mean| > 1e+308")):
        result = normstats.chain(
            f"linear(8, init=normal, init_std={std}), relu", repeat=36, networks=2, batch_size=4
        )
        assert result.layers[-1].forward_mean.value is None
        forward = of_chain.report(result).parts[1]
        assert isinstance(forward, Table)
        at = [column.heading for column in forward.columns].index("mean of y")
        means = [row.cells[at] for row in forward.groups[0].rows]
        assert side in means
        assert "0" not in means
