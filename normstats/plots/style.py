"""How pictures look: two sizes, colours that everybody tells apart, and no trace of the time."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from normstats.numerals.digits import significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito, Color universal design (2008): also told apart by people who are colour-blind.
BLUE, ORANGE, GREEN, VIOLET = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY, AMBER, BLACK = "#56B4E9", "#E69F00", "#222222"
SERIES = (BLUE, ORANGE, GREEN, VIOLET, SKY, AMBER)
GREY = "#6B6B6B"


@dataclass(frozen=True)
class Size:
    """Inches, and points: ``width``, the ``height`` of a row of panels, ``font`` and ``line``."""

    name: str
    width: float
    height: float
    font: float
    line: float
    stacked: bool  # panels below each other, or side by side
    letters: int  # that fit above a panel

    @property
    def panel(self) -> float:
        """The width of a picture of one panel."""
        return self.width if self.stacked else 0.6 * self.width


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "column": Size("column", 3.3, 1.55, 8.0, 1.1, True, 38),
        "slide": Size("slide", 12.0, 4.2, 14.0, 2.0, False, 26),
    }
)
COLUMN = SIZES["column"]
POINTS = 72  # in an inch
MOST_LINES = 3  # of a title
LETTER = 0.72  # of the font's size: a wide letter in bold type
LONG = 5  # letters of a number, of which there is room for few side by side
STEPS = [1, 2, 5, 10]  # of the numbers on an axis


def settings(size: Size) -> dict[str, Any]:
    """For ``matplotlib.rc_context``: whatever a user has set at home plays no part."""
    import matplotlib

    standard = matplotlib.rcParamsDefault.items()
    return {
        **{name: value for name, value in standard if not name.startswith("backend")},
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
        "font.size": size.font,
        "axes.titlesize": size.font,
        "axes.labelsize": size.font,
        "xtick.labelsize": 0.88 * size.font,
        "ytick.labelsize": 0.88 * size.font,
        "legend.fontsize": 0.88 * size.font,
        "lines.linewidth": size.line,
        "axes.linewidth": 0.6 * size.line,
        "xtick.major.width": 0.6 * size.line,
        "ytick.major.width": 0.6 * size.line,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "legend.frameon": False,
        "legend.handlelength": 1.4,
        "text.color": BLACK,
        "axes.labelcolor": BLACK,
        "axes.edgecolor": BLACK,
        "xtick.color": BLACK,
        "ytick.color": BLACK,
        "text.usetex": False,
        "svg.hashsalt": "normstats",  # names of what is used twice; random otherwise
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "savefig.bbox": None,
        "figure.constrained_layout.use": True,
    }


def few_ticks(axes: Axes) -> None:
    """As many numbers on the axes as there is room for, each as a whole: no power of ten apart."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(6, steps=STEPS))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=STEPS))
    for axis in (axes.xaxis, axes.yaxis):
        digits = told_apart(axis.get_majorticklocs().tolist())
        axis.set_major_formatter(FuncFormatter(lambda value, _, n=digits: number(value, n)))
        if axis is axes.xaxis and max(len(number(v, digits)) for v in axes.get_xticks()) > LONG:
            axes.xaxis.set_major_locator(MaxNLocator(2, steps=STEPS, min_n_ticks=1))


def told_apart(places: Sequence[float]) -> int:
    """How many digits numbers need so that no two look the same: six, or more."""
    for digits in range(6, 17):
        if len({number(place, digits) for place in places}) == len(places):
            return digits
    return 17


def above_the_axes(axes: Axes, columns: int = 3) -> None:
    """The legend where no line can cross it; lines of one name have one entry."""
    handles, labels = axes.get_legend_handles_labels()
    named = dict(zip(labels, handles, strict=True))
    axes.legend(
        list(named.values()),
        list(named),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderaxespad=0.1,
        borderpad=0.0,
        columnspacing=1.2,
        ncols=columns,
    )


def lines(texts: Sequence[str], size: Size) -> str:
    """Lines one below the other, those cut in two that are wider than a panel."""
    return "\n".join(textwrap.fill(text, size.letters) for text in texts)


def wrapped(title: str, size: Size, width: float) -> str:
    """A title in lines that fit into so many inches; of a long one the first few."""
    letters = int(width * POINTS / (LETTER * size.font))
    return textwrap.fill(title, letters, max_lines=MOST_LINES, placeholder=" …")


def number(value: float, digits: int = 3) -> str:
    """To so many digits, with a real minus: −0.5, 2e5."""
    return re.sub(r"e\+?(-?)0*", r"e\1", significant(value, digits)).replace("-", "−")
