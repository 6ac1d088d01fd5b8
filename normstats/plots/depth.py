"""A picture of signals and gradients by depth, on a logarithmic scale of any length."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from normstats.errors import UsageError
from normstats.plots.style import (
    BLACK,
    COLUMN,
    GREY,
    SERIES,
    Size,
    above_the_axes,
    settings,
    wrapped,
)
from normstats.values import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DOTS = 30  # points of a curve that are drawn as dots; more would run into each other
DIGITS = (
    (1.0, 2.0, 5.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0),
)
FEWEST_TICKS = 3


@dataclass(frozen=True)
class Curve:
    """A quantity by depth, as logarithms to the base 10: 1e-400 is −400, and 0 is −inf.

    ``depth`` are the layers' numbers, ``log10_low`` and ``log10_high`` the ends of its error, and
    ``theory`` is whether it is computed and not measured. nan and −inf leave a gap.

    Raises UsageError for rows of different lengths.
    """

    label: str
    depth: Sequence[float]
    log10: Sequence[float]
    log10_low: Sequence[float] | None = None
    log10_high: Sequence[float] | None = None
    theory: bool = False

    def __post_init__(self) -> None:
        for name in ("log10", "log10_low", "log10_high"):
            row = getattr(self, name)
            if row is not None and len(row) != len(self.depth):
                raise UsageError(name, f"of length {len(row)}", f"must have {len(self.depth)}")


@dataclass(frozen=True)
class Profile:
    """Curves over the same layers."""

    title: str
    curves: tuple[Curve, ...]


def draw(profile: Profile, size: Size = COLUMN) -> Figure:
    """As a figure of matplotlib: measured as lines with bands, and the theory.

    It is black dashes on them; of more layers than there are dots, a broad grey line below them.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(settings(size)):
        height = 1.6 * size.height if size.stacked else size.height
        figure = Figure(figsize=(size.panel, height), layout="constrained")
        axes = figure.subplots()
        colours = itertools.cycle(SERIES)
        for curve in profile.curves:
            _draw_curve(axes, curve, BLACK if curve.theory else next(colours), size)
        _scale(axes)
        axes.set_xlabel("layer")
        axes.set_ylabel("standard deviation")
        title = wrapped(profile.title, size, size.panel)
        figure.suptitle(title, fontsize=size.font, fontweight="bold")
        above_the_axes(axes, columns=2)
    return figure


def _draw_curve(axes: Axes, curve: Curve, colour: str, size: Size) -> None:
    values = known(curve.log10)
    few = len(curve.depth) <= MOST_DOTS
    if curve.theory:
        dashes: dict[str, Any] = {"color": colour, "linestyle": (0, (3, 2)), "zorder": 3}
        # Where many layers go up and down, dashes are longer than that, and hide what they lie on.
        below = {"color": GREY, "alpha": 0.55, "linewidth": 2.0 * size.line, "zorder": 1.5}
        axes.plot(curve.depth, values, label=curve.label, **(dashes if few else below))
    else:
        axes.plot(
            curve.depth,
            values,
            color=colour,
            marker="o" if few else "",
            markersize=2.0 * size.line,
            linewidth=size.line if few else 0.8 * size.line,
            label=curve.label,
        )
    alone = isolated(values)
    if alone.any() and (curve.theory or not few):
        shape, shade = ("D", colour if few else GREY) if curve.theory else ("o", colour)
        places = np.asarray(curve.depth)[alone]
        axes.plot(places, values[alone], shape, color=shade, markersize=2.0 * size.line)
    if curve.log10_low is not None and curve.log10_high is not None:
        low, high = known(curve.log10_low), known(curve.log10_high)
        axes.fill_between(
            curve.depth, low, high, where=np.isfinite(low) & np.isfinite(high), color=colour,
            alpha=0.25, linewidth=0.0,
        )  # fmt: skip


def isolated(values: Array) -> npt.NDArray[np.bool_]:
    """Which of them have no neighbour that is known: no line leads there."""
    there = np.pad(np.isfinite(values), 1)
    return np.asarray(there[1:-1] & ~there[:-2] & ~there[2:])


def known(values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """With nan, which is not drawn, for what is not finite."""
    row = np.asarray(values, np.float64)
    return np.where(np.isfinite(row), row, np.nan)


def _scale(axes: Axes) -> None:
    """Whole powers of ten where there are several; otherwise numbers between them as well."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    low, high = axes.get_ylim()
    if high - low > 1.5:
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: power(v)))
        return
    if high - low < 0.5:  # not a hair's breadth: noise would look like a change
        middle = (low + high) / 2.0
        low, high = middle - 0.25, middle + 0.25
    axes.set_ylim(low, high)
    ticks = between(low, high)
    axes.yaxis.set_major_locator(FixedLocator([math.log10(v) for v in ticks]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{10.0**v:.3g}"))


def power(exponent: float) -> str:
    """10 to this power, as matplotlib sets it."""
    return rf"$10^{{{round(exponent)}}}$"


def between(low: float, high: float) -> list[float]:
    """Numbers for an axis from one logarithm to another: 1, 2 and 5, or more where few fit."""
    powers = range(math.floor(low) - 1, math.ceil(high) + 1)
    found: list[float] = []
    for digits in DIGITS:
        both = [digit * 10.0**k for k in powers for digit in digits]
        found = [value for value in both if low <= math.log10(value) <= high]
        if len(found) >= FEWEST_TICKS:
            break
    return found
