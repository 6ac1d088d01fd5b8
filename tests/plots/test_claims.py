"""The picture of a claim: its lines are the numbers, its axes follow the rule."""

from __future__ import annotations

import math

import pytest
from matplotlib.axes import Axes

from normstats.errors import UsageError
from normstats.plots.claims import LONG_X, LONG_Y, Line, Panel, Sheet, draw, is_logarithmic
from normstats.plots.style import BLACK, SERIES, SIZES

X = (1.0, 10.0, 100.0)
PANEL = Panel(
    "Something of both",
    "std of x",
    (
        Line("tanh", X, (0.5, 0.05, 0.005), (0.01, 0.002, math.nan)),
        Line("theory", X, (0.5, 0.05, 0.004), (0.0, 0.0, 0.0), theory=True),
        Line("relu", X, (0.7, math.nan, 0.7), (0.1, 0.1, 0.9)),
        Line("paper", X, (0.6, 0.6, 0.6), (0.0, 0.0, 0.0), theory=True),
    ),
)


def drawn(panel: Panel) -> Axes:
    (axes,) = draw(Sheet("made-up", (panel,))).subfigs[0].axes
    return axes


def shown(x: tuple[float, ...], y: tuple[float, ...]) -> Axes:
    return drawn(Panel("t", "x", (Line("a", x, y, (0.0,) * len(x)),)))


def test_lines_and_bars_are_the_numbers() -> None:
    axes = drawn(PANEL)
    named = {line.get_label(): line for line in axes.lines}
    for line in PANEL.lines:
        assert tuple(named[line.label].get_xdata()) == line.x
        assert tuple(named[line.label].get_ydata()) == pytest.approx(line.y, rel=0, nan_ok=True)
        assert named[line.label].is_dashed() is line.theory
    assert named["tanh"].get_color() == SERIES[0]
    assert named["relu"].get_color() == SERIES[1]
    assert named["theory"].get_color() == named["paper"].get_color() == BLACK
    assert named["theory"]._dash_pattern != named["paper"]._dash_pattern
    bars = axes.collections[0].get_segments()
    assert [tuple(end[1] for end in bar) for bar in bars] == [
        pytest.approx((0.49, 0.51)),
        pytest.approx((0.048, 0.052)),
        pytest.approx((0.005, 0.005)),  # without an error
    ]
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [one.label for one in PANEL.lines]
    assert axes.get_xlabel() == "std of x"


@pytest.mark.parametrize("size", SIZES)
def test_a_panel_for_each_curve_with_its_title(size: str) -> None:
    sheet = Sheet("made-up", (PANEL, PANEL))
    figure = draw(sheet, SIZES[size])
    figure.draw_without_rendering()
    assert figure.get_suptitle() == "made-up"
    parts = figure.subfigs
    assert [part.get_suptitle() for part in parts] == ["Something of both"] * 2
    boxes = [part.axes[0].get_position() for part in parts]
    assert all(box.height > 0.3 for box in boxes), "room is left beside titles and legend"
    one, other = (part.bbox for part in parts)
    assert (one.y0 >= other.y1 - 1.0) if SIZES[size].stacked else (one.x1 <= other.x0 + 1.0)


@pytest.mark.parametrize(
    ("values", "ratio", "log"),
    [
        ((1.0, 10.0), 10.0, True),
        ((1.0, 9.99), 10.0, False),
        ((0.0, 1.0, 100.0), 10.0, False),
        ((-1.0, 100.0), 10.0, False),
        ((math.nan, 1.0, 100.0), 10.0, True),
        ((math.nan,), 10.0, False),
        ((), 10.0, False),
    ],
)
def test_the_rule_of_logarithmic_axes(values: tuple[float, ...], ratio: float, log: bool) -> None:
    assert is_logarithmic(values, ratio) is log


def test_axes_follow_the_rule() -> None:
    assert shown((1.0, LONG_X), (1.0, LONG_Y)).get_xscale() == "log"
    assert shown((1.0, LONG_X), (1.0, LONG_Y)).get_yscale() == "log"
    less = shown((1.0, 0.99 * LONG_X), (1.0, 0.99 * LONG_Y))
    assert (less.get_xscale(), less.get_yscale()) == ("linear", "linear")
    assert shown((1.0, 2.0), (0.0, 1000.0)).get_yscale() == "linear"


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        ((0.03, 0.8), ["0.05", "0.1", "0.2", "0.5"]),
        ((0.1, 1000.0), ["0.1", "1", "10", "100", "1000"]),
        ((1e-6, 1.0), ["$10^{-6}$", "$10^{-4}$", "0.01", "1"]),
    ],
)
def test_numbers_of_a_logarithmic_axis(y: tuple[float, ...], labels: list[str]) -> None:
    axes = shown((1.0, 2.0), y)
    axes.get_figure(root=True).draw_without_rendering()
    assert [label.get_text() for label in axes.get_yticklabels()] == labels
    low, high = axes.get_ylim()
    assert low < min(y) < max(y) < high


def test_an_error_bar_beyond_0_leaves_the_axis_alone() -> None:
    axes = drawn(PANEL)
    assert axes.get_yscale() == "log"
    assert axes.get_ylim()[0] > 1e-3


def test_what_is_not_finite_leaves_a_gap() -> None:
    axes = shown((1.0, 2.0, 3.0), (1.0, math.inf, 100.0))
    assert [math.isnan(y) for y in axes.lines[0].get_ydata()] == [False, True, False]
    assert axes.get_yscale() == "log"
    assert axes.get_ylim()[1] < 1000.0


def test_more_lines_than_colours_differ_in_their_dots() -> None:
    lines = [Line(f"line {n}", X, X, (0.0,) * 3) for n in range(17)]
    axes = drawn(Panel("t", "x", tuple(lines)))
    looks = {(line.get_color(), line.get_marker()) for line in axes.lines if line.get_marker()}
    assert len({look for look in looks if look[1] in "os^"}) == len(lines)


def test_a_line_is_checked() -> None:
    with pytest.raises(UsageError, match="se of length 1: must have 2"):
        Line("y", (1.0, 2.0), (0.0, 0.0), (0.0,))
