"""Curves by depth: what is given is what is drawn, on a scale that floats do not have."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from normstats.errors import UsageError
from normstats.plots.depth import Curve, Profile, between, draw, power
from normstats.plots.style import BLACK, GREY, SERIES, SIZES

LAYERS = list(range(1, 1001))
DOWN = [-0.4 * layer for layer in LAYERS]
PROFILE = Profile(
    "1000 × (linear(512), sigmoid)",
    (
        Curve("std of y", LAYERS, DOWN, [v - 1.0 for v in DOWN], [v + 2.0 for v in DOWN]),
        Curve("theory", LAYERS, [v + 0.5 for v in DOWN], theory=True),
        Curve("std of dx", LAYERS, DOWN[::-1]),
        Curve("theory", LAYERS, DOWN[::-1], theory=True),
    ),
)


@pytest.mark.parametrize("size", SIZES)
def test_lines_are_the_curves(size: str) -> None:
    (axes,) = draw(PROFILE, SIZES[size]).axes
    for line, curve in zip(axes.lines, PROFILE.curves, strict=True):
        assert line.get_xdata().tolist() == LAYERS
        assert line.get_ydata().tolist() == curve.log10
        assert not line.is_dashed()
        assert (line.get_zorder() < 2.0) is curve.theory, "so many layers hide the theory"
    assert [line.get_color() for line in axes.lines] == [SERIES[0], GREY, SERIES[1], GREY]
    (band,) = axes.collections
    (path,) = band.get_paths()
    corners = {tuple(corner) for corner in path.vertices.tolist()}
    assert {(1000.0, -401.0), (1000.0, -398.0), (1.0, -1.4), (1.0, 1.6)} <= corners
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "std of y",
        "theory",
        "std of dx",
    ]


def test_numbers_beyond_floats_are_written_as_powers() -> None:
    figure = draw(PROFILE)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    assert axes.get_ylim()[0] < -400.0
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert "$10^{-400}$" in labels
    assert power(-3.0) == "$10^{-3}$"
    assert axes.get_xlabel() == "layer"
    assert axes.get_ylabel() == "standard deviation"


def test_a_stable_chain_is_drawn_level() -> None:
    """Noise of a percent fills no picture."""
    steady = Curve("std of y", [1, 2, 3], [0.0, 0.005, -0.005])
    figure = draw(Profile("3 × selu", (steady,)))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    low, high = axes.get_ylim()
    assert high - low >= 0.5
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert "1" in labels
    assert len(labels) >= 3


@pytest.mark.parametrize(
    ("low", "high"), [(-0.1, 0.2), (0.0, 0.5), (-1.0, 0.4), (2.3, 2.8), (0.71, 1.21)]
)
def test_numbers_between_powers_of_ten(low: float, high: float) -> None:
    found = between(low, high)
    assert 3 <= len(found) <= 10
    assert found == sorted(found)
    assert all(low <= math.log10(v) <= high for v in found)


def test_what_is_not_known_leaves_a_gap() -> None:
    gaps = Curve("std of y", [1, 2, 3, 4], [0.0, math.nan, -math.inf, -1.0], [-1.0] * 4, [0.0] * 4)
    (axes,) = draw(Profile("t", (gaps,))).axes
    shown = np.asarray(axes.lines[0].get_ydata(), float)
    assert np.isnan(shown).tolist() == [False, True, True, False]


def test_theory_of_few_layers_is_dashes_on_them() -> None:
    curves = tuple(replace(one, depth=LAYERS[:5], log10=one.log10[:5], log10_low=None,
                           log10_high=None) for one in PROFILE.curves)  # fmt: skip
    (axes,) = draw(replace(PROFILE, curves=curves)).axes
    assert [line.is_dashed() for line in axes.lines] == [False, True] * 2
    assert [line.get_color() for line in axes.lines] == [SERIES[0], BLACK, SERIES[1], BLACK]
    assert {line.get_zorder() for line in axes.lines} == {2, 3}


@pytest.mark.parametrize("layers", [5, 100])
@pytest.mark.parametrize("theory", [False, True])
def test_a_point_to_which_no_line_leads_is_a_dot(layers: int, theory: bool) -> None:
    logs = [math.nan] * layers
    logs[1], logs[3:5] = -2.0, [-3.0, -4.0]
    curve = Curve("std of y", list(range(layers)), logs, theory=theory)
    (axes,) = draw(Profile("t", (curve,))).axes
    dots = [
        (x, y)
        for line in axes.lines
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
        if line.get_marker() not in ("", "None") and math.isfinite(y)
    ]
    assert (1, -2.0) in dots
    assert len(dots) == (3 if layers == 5 and not theory else 1)


def test_a_curve_is_checked_and_stays() -> None:
    with pytest.raises(UsageError, match="log10_low of length 1: must have 2"):
        Curve("y", [1, 2], [0.0, 0.0], [0.0])
    with pytest.raises(FrozenInstanceError):
        PROFILE.title = "other"  # type: ignore[misc]
