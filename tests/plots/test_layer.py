"""The picture of a layer holds what was computed, and everything in it can be read."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from normstats import perform
from normstats.plots.density import Mass
from normstats.plots.layer import NUMBERS, Picture, draw, heading, mass_of, picture
from normstats.plots.style import SIZES, number, settings, told_apart
from normstats.registry import get, inputs_of, parse_call
from normstats.result import Result
from normstats.runs.run import Run

Moved = tuple[Any, Any, Any, Any]
USUAL: Moved = (None, None, None, None)


@cache
def result_of(text: str, moved: Moved = USUAL, samples: int = 20_000) -> Result:
    call = parse_call(text)
    return perform.perform(Run(call, samples, 0, inputs_of(call, *moved)), 1)


@cache
def drawn(text: str, size: str = "column", moved: Moved = USUAL) -> tuple[Picture, Figure]:
    shown = picture(result_of(text, moved))
    return shown, draw(shown, SIZES[size])


def test_densities_are_those_of_the_numbers_of_the_run() -> None:
    """Of more samples than a picture takes: the first of them, and the mass is of all."""
    result = result_of("relu", samples=NUMBERS + 100_000)
    shown = picture(result)
    for side, values, statistics in zip(
        shown.sides,
        perform.values(result.run, NUMBERS),
        (result.forward, result.backward),
        strict=True,
    ):
        assert len(values) == NUMBERS
        rest = values[values != 0.0]
        counts, _ = np.histogram(rest, side.density.edges)
        widths = np.diff(side.density.edges)
        assert side.density.heights.tolist() == (counts / (len(values) * widths)).tolist()
        (mass,) = side.density.masses
        assert (mass.value, mass.share) == (0.0, statistics.zeros.value)
        assert (side.mean, side.std) == (statistics.mean.value, statistics.std.value)


def test_the_figure_shows_these_bars_masses_and_moments() -> None:
    shown, figure = drawn("relu")
    _, y, dx, y_right, dx_right = figure.axes
    for axes, right, side in ((y, y_right, shown.sides[0]), (dx, dx_right, shown.sides[1])):
        for patch in axes.patches:
            data = patch.get_data()
            assert data.values.tolist() == side.density.heights.tolist()
            assert data.edges.tolist() == side.density.edges.tolist()
        (mark,) = axes.containers
        dot, _, (bar,) = mark.lines
        assert dot.get_xdata() == [side.mean]
        ends = bar.get_segments()[0][:, 0]
        assert ends.tolist() == [side.mean - side.std, side.mean + side.std]
        (stems,) = right.lines
        (mass,) = side.density.masses
        assert (stems.get_xdata(), stems.get_ydata()) == ([0.0], [mass.share])
        assert right.get_ylim() == (0.0, 1.3)
        label = axes.get_title("left")
        assert f"P({side.name} = 0) = {mass.share:.3f}" in label
        assert axes.get_xlabel().startswith(side.name)


@pytest.mark.parametrize("text", ["gelu", "leaky_relu(negative_slope=0.2)", "hardsigmoid"])
def test_curves_are_f_and_its_derivative(text: str) -> None:
    shown, figure = drawn(text, "column", (0.5, 2.0, None, None))
    call = parse_call(text)
    f, slope = figure.axes[0].lines[:2]
    x = np.asarray(f.get_xdata(), float)
    assert (x[0], x[-1]) == (0.5 - 8.0, 0.5 + 8.0)
    assert (f.get_label(), slope.get_label()) == ("f(x)", "f′(x)")
    for line, values in zip((f, slope), get(call.layer).twin(x, call.params), strict=True):  # type: ignore[attr-defined]
        found = np.asarray(line.get_ydata(), float)
        known = ~np.isnan(found)
        assert known.sum() >= 401
        assert found[known] == pytest.approx(values[known], abs=1e-11)
    # f' jumps at a kink: the line is broken there
    kinks = get(call.layer).kinks(call.params)  # type: ignore[attr-defined]
    assert x[np.isnan(np.asarray(slope.get_ydata(), float))].tolist() == list(kinks)
    x_mark, y_mark = figure.axes[0].containers
    assert x_mark.lines[0].get_xdata() == [0.5]
    assert y_mark.lines[0].get_ydata() == [shown.sides[0].mean]


@pytest.mark.parametrize(
    "text", ["max_pool2d", "dropout", "linear(in_features=8, out_features=4)", "softmax", "rrelu"]
)
def test_layers_without_f_have_densities_alone(text: str) -> None:
    shown, figure = drawn(text)
    assert shown.curves is None
    assert [axes.get_xlabel() for axes in figure.axes[:2]] == ["y", "dx"]


def texts(figure: Figure) -> list[Text]:
    """Those that are drawn: an axis keeps labels beyond its ends, too."""
    beyond = []
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                beyond += tick.findobj(Text)
    found = figure.findobj(lambda one: isinstance(one, Text) and one not in beyond)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


CROWDED: list[tuple[str, Moved, str]] = [
    ("hardtanh", USUAL, "column"),
    ("hardtanh", USUAL, "slide"),
    ("exp", (None, 5, None, None), "column"),
    ("tanh", (None, 30, None, None), "slide"),
    ("conv2d(in_channels=2, out_channels=3, dy_correlation=full)", USUAL, "column"),
    ("identity", (None, 0, None, None), "column"),
    ("tanh", (None, 100, None, None), "column"),
    ("sigmoid", (30, None, None, None), "column"),
    ("gelu", (-12.345678, 0.001, 1e-5, 2e-9), "slide"),
]


@pytest.mark.parametrize(("text", "moved", "size"), CROWDED, ids=lambda one: str(one)[:12])
def test_no_text_is_cut_or_lies_on_another(text: str, moved: Moved, size: str) -> None:
    _, figure = drawn(text, size, moved)
    with matplotlib.rc_context(settings(SIZES[size])):
        figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    boxes = [(one.get_text(), one.get_window_extent()) for one in texts(figure)]
    assert len(boxes) > 6
    for words, box in boxes:
        assert box.x0 >= -1.0, words
        assert box.y0 >= -1.0, words
        assert box.x1 <= width + 1.0, words
        assert box.y1 <= height + 1.0, words
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 1.5 or along < 1.5, f"{one!r} on {other!r}"


def test_letters_are_large_enough_to_read() -> None:
    """In a column 7 points; on a slide of 13.3 inches, a picture of 12, 12 points."""
    for name, least in (("column", 7.0), ("slide", 12.0)):
        _, figure = drawn("hardtanh", name)
        assert min(text.get_fontsize() for text in texts(figure)) >= least
    assert drawn("hardtanh")[1].get_figwidth() <= 3.35


def test_numbers_in_words() -> None:
    assert [number(v) for v in (-0.5, 2e5, 1e-12, 0.0)] == ["−0.5", "2e5", "1e−12", "0"]
    shown, _ = drawn("relu")
    y, dx = shown.sides
    assert heading(y)[0] == f"y: mean {y.mean:.3f}, std {y.std:.3f}"
    assert heading(dx)[1] == f"P(dx = 0) = {dx.density.masses[0].share:.3f}"
    assert mass_of("y", Mass(-1.0, 0.5)) == "y = −1"
    assert mass_of("y", Mass(-1.0, 0.5, 2e-15)) == "|y + 1| < 2e−15"
    assert mass_of("dx", Mass(1.5, 0.5, 2e-15)) == "|dx − 1.5| < 2e−15"
    assert mass_of("dx", Mass(0.0, 0.5, 7e-5)) == "|dx| < 7e−5"
    far = picture(result_of("identity", (1e9, 1.0, None, None))).sides[0]
    assert heading(far)[0] == f"y: mean 1e9, std {far.std:.2f}"


def test_numbers_on_an_axis_are_told_apart() -> None:
    assert told_apart([0.0, 0.5, 1.0]) == 6
    assert told_apart([1.0 - 1e-12, 1.0]) == 12
    _, figure = drawn("sigmoid", "column", (30, None, None, None))
    figure.draw_without_rendering()
    labels = [tick.get_text() for tick in figure.axes[1].get_xticklabels()]
    assert len(labels) == len(set(labels)) > 1
