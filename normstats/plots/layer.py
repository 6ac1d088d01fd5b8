"""The picture of a layer: the densities of y and of dx, and f with f′ where there is an f."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from normstats import perform, registry
from normstats.plots.curves import Curves, curves
from normstats.plots.density import Density, Mass, density
from normstats.plots.style import (
    BLACK,
    BLUE,
    COLUMN,
    ORANGE,
    Size,
    above_the_axes,
    few_ticks,
    lines,
    number,
    settings,
    wrapped,
)
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from normstats.result import Result, Statistics

NUMBERS = 2**20  # of y and of dx, at most: more would not change a line of the picture
LONGEST_TITLE = 60
SHORT = 22  # letters of a probability, of which two fit in a line
HEAD = 1.3  # of the highest bar: room above it for mean ± std


@dataclass(frozen=True)
class Side:
    """y or dx: its density, and the mean and std that the report gives."""

    name: str
    density: Density
    mean: float
    std: float


@dataclass(frozen=True)
class Picture:
    """All that the picture of a layer shows."""

    title: str
    inputs: Inputs
    sides: tuple[Side, Side]
    curves: Curves | None


def picture(result: Result) -> Picture:
    """Of a result: the numbers are those of its run, from the first on."""
    y, dx = perform.values(result.run, NUMBERS)
    sides = (
        _side("y", density(y, _zeros(result.forward)), result.forward),
        _side("dx", density(dx, _zeros(result.backward)), result.backward),
    )
    return Picture(title(result.run), result.inputs, sides, curves(result.run))


def title(run: Run) -> str:
    """The run's name; where that is long, without the parameters that are as usual."""
    if len(run.name) <= LONGEST_TITLE:
        return run.name
    usual = registry.layer_of(run.call).parse({})
    own = {k: v for k, v in run.call.params.items() if v != usual.get(k)}
    return f"{Call.of(run.call.layer, own)}{run.inputs}"


def _zeros(statistics: Statistics) -> float:
    return statistics.zeros.value


def _side(name: str, found: Density, statistics: Statistics) -> Side:
    return Side(name, found, statistics.mean.value, statistics.std.value)


def draw(shown: Picture, size: Size = COLUMN) -> Figure:
    """As a figure of matplotlib, which needs no display."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    count = 2 if shown.curves is None else 3
    with matplotlib.rc_context(settings(size)):
        rows, columns = (count, 1) if size.stacked else (1, count)
        layout = ConstrainedLayoutEngine(wspace=0.08)
        figure = Figure(figsize=(size.width, rows * size.height), layout=layout)
        panels = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
        name = wrapped(shown.title, size, size.width)
        figure.suptitle(name, fontsize=size.font, fontweight="bold")
        if shown.curves is not None:
            _draw_curves(panels.pop(0), shown.curves, shown.inputs, shown.sides[0], size)
        for axes, side, colour in zip(panels, shown.sides, (BLUE, ORANGE), strict=True):
            _draw_side(axes, side, colour, size)
    return figure


def _draw_curves(axes: Axes, shown: Curves, x: Inputs, y: Side, size: Size) -> None:
    """f and f′, and where x and y have their mean ± std, on the axes of each."""
    room = 0.06 * (shown.high - shown.low)
    bottom = shown.low - room
    if math.isfinite(y.std):
        axes.axhspan(y.mean - y.std, y.mean + y.std, color=BLUE, alpha=0.12, linewidth=0.0)
    axes.plot(shown.x, shown.f, color=BLUE, label="f(x)")
    axes.plot(shown.x, shown.slope, color=ORANGE, linestyle=(0, (4, 1.5)), label="f′(x)")
    axes.set_ylim(bottom, shown.high + room)
    axes.set_xlim(shown.x[0], shown.x[-1])
    few_ticks(axes)
    _mark(axes, size, [x.x_mean], [bottom], xerr=[x.x_std], clip_on=False, label="mean ± std")
    if math.isfinite(y.std):
        inside = bottom <= y.mean - y.std and y.mean + y.std <= shown.high + room
        _mark(axes, size, [shown.x[0]], [y.mean], yerr=[y.std], clip_on=not inside)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    above_the_axes(axes)


def _mark(axes: Axes, size: Size, x: list[float], y: list[float], **more: Any) -> None:
    """A dot at a mean, with a bar of one std on either side."""
    axes.errorbar(
        x,
        y,
        **more,
        color=BLACK,
        marker="o",
        markersize=3.0 * size.line,
        capsize=2.5 * size.line,
        linewidth=1.3 * size.line,
        zorder=5,
    )


def _draw_side(axes: Axes, side: Side, colour: str, size: Size) -> None:
    found, top = side.density, 1.0
    if len(found.heights):
        top = float(found.heights.max())
        axes.stairs(found.heights, found.edges, fill=True, color=colour, alpha=0.25)
        axes.stairs(found.heights, found.edges, color=colour, linewidth=0.8 * size.line)
        axes.set_xlim(widened(side))
        axes.set_ylabel("density")
    else:
        axes.set_yticks([])
    axes.set_ylim(0.0, HEAD * top)
    if math.isfinite(side.std):
        _mark(axes, size, [side.mean], [(1.0 + HEAD) / 2.0 * top], xerr=[side.std])
    few_ticks(axes)
    if found.masses:
        _draw_masses(axes, found.masses, size)
    axes.set_xlabel(lines([side.name, *unseen(found)], size))
    axes.set_title(lines(heading(side), size))


def _draw_masses(axes: Axes, masses: tuple[Mass, ...], size: Size) -> None:
    """Stems with their probability on an axis of their own, at the right."""
    right = axes.twinx()
    places, shares = [m.value for m in masses], [m.share for m in masses]
    right.vlines(places, 0.0, shares, color=BLACK, linewidth=1.4 * size.line)
    right.plot(places, shares, "D", color=BLACK, markersize=3.0 * size.line, clip_on=False)
    right.set_ylim(0.0, HEAD)
    right.set_yticks([0.0, 0.5, 1.0])
    right.set_ylabel("probability")
    right.spines["right"].set_visible(True)


def widened(side: Side) -> tuple[float, float]:
    """The bars, the masses and, unless they are far away, mean ± std, with a little room."""
    found = side.density
    places = [m.value for m in found.masses]
    low, high = min([found.edges[0], *places]), max([found.edges[-1], *places])
    for end in (side.mean - side.std, side.mean + side.std):
        if low - 0.5 * (high - low) < end < high + 0.5 * (high - low):
            low, high = min(low, end), max(high, end)
    room = 0.03 * (high - low)
    return low - room, high + room


def heading(side: Side) -> list[str]:
    """ "y: mean 0.399, std 0.584", then the probabilities of single values, two a line if short."""
    first = f"{side.name}: mean {beside(side.mean, side.std)}, std {beside(side.std, side.std)}"
    words = [f"P({mass_of(side.name, m)}) = {m.share:.3f}" for m in side.density.masses]
    across = 2 if max(map(len, words), default=0) <= SHORT else 1
    return [first, *(", ".join(words[i : i + across]) for i in range(0, len(words), across))]


def mass_of(name: str, mass: Mass) -> str:
    """ "y = 1", or of all values that are near: "|y − 1| < 2e−15"."""
    if not mass.within:
        return f"{name} = {number(mass.value)}"
    away = "" if not mass.value else f" {'+' if mass.value < 0 else '−'} {number(abs(mass.value))}"
    return f"|{name}{away}| < {number(mass.within, 1)}"


def unseen(found: Density) -> list[str]:
    """What lies outside of the picture, as a line, or none."""
    shares = {"below": found.below, "above": found.above, "infinite": found.infinite}
    parts = [f"{100.0 * share:.2g} % {where}" for where, share in shares.items() if share]
    return [f"not shown: {', '.join(parts)}"] if parts else []


def beside(value: float, std: float) -> str:
    """A number to the place of the third digit of a std."""
    if not (math.isfinite(std) and 1e-4 < std < 1e5) or abs(value) > 1e5:
        return number(value)
    text = f"{value:.{max(2 - math.floor(math.log10(std)), 0)}f}"
    return (text if text.strip("-0.") else text.lstrip("-")).replace("-", "−")
