"""A picture of the curves that an experiment on a claim has found: a panel for each."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from normstats.errors import UsageError
from normstats.plots.depth import between, known, power
from normstats.plots.style import (
    BLACK,
    COLUMN,
    POINTS,
    SERIES,
    Size,
    above_the_axes,
    few_ticks,
    settings,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# An axis is logarithmic from this ratio on of the largest value to the smallest. Growth by a
# factor a layer is a straight line over layers as they are, so x needs a longer way to go.
LONG_X, LONG_Y = 64.0, 10.0
DECADES = 2.0  # from here on the numbers on a logarithmic axis are whole powers of ten
MOST_POWERS = 6
PLAIN = (1e-3, 1e4)  # powers of ten that are written as numbers
ROOM = 0.06  # of an axis, beyond the first and the last point
MARKERS = "os^Dv"  # the next one where all colours are taken
DASHES = ((3.0, 2.0), (1.0, 1.5), (6.0, 2.0, 1.0, 2.0))  # of theories with other names
LETTER = 0.6  # of the font's size: a usual letter, with room
SMALLER = 0.88  # the font of the legend, see style.settings
INSIDE = 0.9  # of the width of a panel: what the axes have
ENTRY = 4  # letters that an entry of the legend has beside its words
MOST_COLUMNS = 3
LINE = 1.45  # of the font's size: from line to line
TALL = 1.25  # panels below each other hold more lines than that of a layer


@dataclass(frozen=True)
class Line:
    """A row of numbers over x: ``se`` are its standard errors, 0 or nan where there is none.

    ``theory`` is whether it is computed and not measured. What is not finite in ``y`` leaves a gap.

    Raises UsageError for rows of different lengths.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    se: Sequence[float]
    theory: bool = False

    def __post_init__(self) -> None:
        for name in ("y", "se"):
            row = getattr(self, name)
            if len(row) != len(self.x):
                raise UsageError(name, f"of length {len(row)}", f"must have {len(self.x)}")


@dataclass(frozen=True)
class Panel:
    """Lines over the same x."""

    title: str
    x_label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """All that the picture of a claim shows."""

    title: str
    panels: tuple[Panel, ...]


def is_logarithmic(values: Iterable[float], ratio: float) -> bool:
    """Whether all values are above 0, and the largest is at least ``ratio`` times the smallest."""
    finite = [value for value in values if math.isfinite(value)]
    return bool(finite) and min(finite) > 0.0 and max(finite) >= ratio * min(finite)


def draw(sheet: Sheet, size: Size = COLUMN) -> Figure:
    """As a figure of matplotlib: measured as dots with error bars, theory as black dashes."""
    import matplotlib
    from matplotlib.figure import Figure

    count = len(sheet.panels)
    alone = size.stacked or count == 1
    wide = size.panel if alone else size.width / count
    heights = [_height(panel, size, wide) for panel in sheet.panels]
    height = size.font * LINE / POINTS + (sum(heights) if size.stacked else max(heights))
    with matplotlib.rc_context(settings(size)):
        figure = Figure(figsize=(wide if alone else size.width, height), layout="constrained")
        figure.suptitle(sheet.title, fontsize=size.font, fontweight="bold")
        rows, columns = (count, 1) if size.stacked else (1, count)
        ratios = heights if size.stacked else None
        parts = figure.subfigures(rows, columns, squeeze=False, height_ratios=ratios)
        for part, panel in zip(parts.ravel().tolist(), sheet.panels, strict=True):
            title = _title(panel, size, wide)
            part.suptitle(title, x=0.02, ha="left", fontsize=size.font)
            _draw_panel(part.subplots(), panel, size, _columns(panel, size, wide))
    return figure


def _height(panel: Panel, size: Size, width: float) -> float:
    """In inches, with room for the lines of the title and of the legend."""
    entries = len({line.label for line in panel.lines})
    rows = math.ceil(entries / _columns(panel, size, width))
    above = _title(panel, size, width).count("\n") + 1 + rows
    tall = TALL * size.height if size.stacked else size.height
    return tall + size.font * LINE / POINTS * above


def _title(panel: Panel, size: Size, width: float) -> str:
    return textwrap.fill(panel.title, int(width * POINTS / (LETTER * size.font)))


def _columns(panel: Panel, size: Size, width: float) -> int:
    """Of the legend: as many as there is room for."""
    longest = max(len(line.label) for line in panel.lines) + ENTRY
    fitting = int(INSIDE * width * POINTS / (SMALLER * LETTER * size.font * longest))
    return max(1, min(MOST_COLUMNS, fitting))


def _draw_panel(axes: Axes, panel: Panel, size: Size, columns: int) -> None:
    looks = itertools.product(MARKERS, SERIES)
    theories = dict.fromkeys(line.label for line in panel.lines if line.theory)
    dashes = dict(zip(theories, itertools.cycle(DASHES)))
    width = 0.8 * size.line
    for line in panel.lines:
        y = known(line.y)
        if line.theory:
            style = (0, dashes[line.label])
            axes.plot(line.x, y, color=BLACK, linestyle=style, zorder=3, label=line.label)
            continue
        marker, colour = next(looks)
        axes.plot(
            line.x,
            y,
            color=colour,
            marker=marker,
            markersize=2.4 * size.line,
            linewidth=width,
            label=line.label,
        )
        axes.errorbar(
            line.x,
            y,
            yerr=[se if math.isfinite(se) else 0.0 for se in line.se],
            fmt="none",
            color=colour,
            elinewidth=width,
            capsize=1.6 * size.line,
        )
    _scale(axes, panel)
    axes.set_xlabel(panel.x_label)
    above_the_axes(axes, columns=columns)


def _scale(axes: Axes, panel: Panel) -> None:
    few_ticks(axes)
    x = [value for line in panel.lines for value in line.x]
    y = [value for line in panel.lines for value in line.y]
    if is_logarithmic(x, LONG_X):
        axes.set_xscale("log")
        axes.set_xlim(_logarithmic(axes.xaxis, x))
    if is_logarithmic(y, LONG_Y):
        axes.set_yscale("log")  # an error bar that would reach 0 reaches the end of the axis
        axes.set_ylim(_logarithmic(axes.yaxis, y))


def _logarithmic(axis: Axis, values: Sequence[float]) -> tuple[float, float]:
    """The ends of the axis, which gets its numbers: powers of ten, or those between them."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    logs = [math.log10(value) for value in values if math.isfinite(value)]
    room = ROOM * (max(logs) - min(logs))
    low, high = min(logs) - room, max(logs) + room
    if high - low < DECADES:
        ticks = between(low, high)
    else:
        step = math.ceil((high - low) / MOST_POWERS)
        ticks = [10.0**k for k in range(math.ceil(low), math.floor(high) + 1) if k % step == 0]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    return 10.0**low, 10.0**high


def _tick(value: float) -> str:
    if PLAIN[0] <= value <= PLAIN[1]:
        return f"{value:g}"
    return power(math.log10(value))
