"""How pictures look: two sizes, colours that everybody tells apart, and no trace of the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

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


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "column": Size("column", 3.3, 1.55, 8.0, 1.1, True),
        "slide": Size("slide", 12.0, 4.2, 14.0, 2.0, False),
    }
)
COLUMN = SIZES["column"]
STEPS = [1, 2, 5, 10]  # of the numbers on an axis


def settings(size: Size) -> dict[str, Any]:
    """For ``matplotlib.rc_context``: whatever a user has set at home plays no part."""
    import matplotlib

    return {
        **matplotlib.rcParamsDefault,
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
        "axes.formatter.limits": (-3, 4),
        "axes.formatter.use_mathtext": True,
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
    """As many numbers on the axes as there is room for."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(6, steps=STEPS))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=STEPS))
