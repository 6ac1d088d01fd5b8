"""`--plot FILE`: a picture beside the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from normstats.cli.common import text
from normstats.cli.files import WholeFile
from normstats.cli.output import Output
from normstats.errors import UsageError
from normstats.long import Long
from normstats.plots.render import FORMATS, need_matplotlib, parse_format, render
from normstats.plots.style import SIZES, Size

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OPTION = "--plot"


@dataclass(frozen=True)
class Plot:
    """A file for a picture, its suffix, and the size of the picture."""

    file: WholeFile
    suffix: str
    size: Size

    def write(self, draw: Callable[[Size], Figure], title: str) -> None:
        """What ``draw`` draws; the file is there as a whole or not at all."""
        self.file.write(render(lambda: draw(self.size), self.suffix, title))


def refuse_with(plot: Plot | None, long: Long) -> None:
    """UsageError where a long run leaves nothing to draw, or the file is taken."""
    if plot is None:
        return
    if long.shard is not None:
        raise UsageError(OPTION, plot.file.name, "a shard has no picture")
    if long.checkpoint is not None and plot.file.is_same(long.checkpoint):
        allowed = "is the --checkpoint as well; must be another file"
        raise UsageError(OPTION, plot.file.name, allowed)


def plot_options(what: str) -> list[click.Option]:
    """For a command that can draw ``what``."""
    kinds = "|".join(suffix[1:] for suffix in FORMATS)
    return [
        text("plot", None, "FILE", f"draw {what} into FILE ({kinds}); needs matplotlib"),
        text(
            "plot-size", None, "|".join(SIZES), "for a paper [default] or for a talk", values=SIZES
        ),
    ]


def parse_plot(
    given: dict[str, Any], output: Output, inputs: Sequence[str | None] = ()
) -> Plot | None:
    """Everything checked before anything is sampled; removes its options from ``given``.

    ``inputs`` are the files that the command reads.
    """
    name, size = given.pop("plot"), given.pop("plot_size")
    if size is not None and size.lower() not in SIZES:
        raise UsageError("--plot-size", size, "must be one of " + ", ".join(SIZES))
    if name is None:
        if size is not None:
            raise UsageError("--plot-size", size, f"goes with {OPTION} FILE")
        return None
    suffix = parse_format(OPTION, name)
    file = WholeFile(OPTION, name, inputs)
    if output.name is not None and file.is_same(output.name):
        raise UsageError(OPTION, name, "is the --output as well; must be another file")
    need_matplotlib(OPTION, name)
    return Plot(file, suffix, SIZES[(size or next(iter(SIZES))).lower()])
