"""What `normstats LAYER` and `normstats run` share: measure layer after layer, report all."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from normstats import interrupts
from normstats.cli.common import Common
from normstats.cli.display import Display
from normstats.cli.ending import INTERRUPTED, MISSED_TARGET, OK, complain
from normstats.progress.terminal import watcher
from normstats.result import Result
from normstats.runs.call import Call
from normstats.runs.run import Run

if TYPE_CHECKING:
    from normstats.cli.plot import Plot


@interrupts.held()
def sample(calls: Sequence[Call], common: Common, plot: Plot | None = None) -> int:
    """Measure, report, draw, and return the exit code. Ctrl-C reports what there is."""
    from normstats import perform
    from normstats.engine.target import missed
    from normstats.reports import names

    if common.quiet:
        warnings.simplefilter("ignore")
    if common.choice:
        names.refuse("--columns", common.choice.columns, calls)
    if common.get:
        names.refuse("--get", [common.get], calls)
    runs = [common.run(call) for call in calls]
    for run in runs:
        perform.refuse(run, common.threads)
    display, results = Display(calls, common), list[Result]()
    for run in runs:
        result, interrupted = _measured(run, common)
        if result is not None:
            results.append(result)
            display.show_last(results)
        if interrupted:
            break
    if not results:
        complain("interrupted before the first result")
        return INTERRUPTED
    display.show_rest(results)
    if not common.quiet:
        _warn(results, common)
    if interrupted:
        complain(
            f"interrupted; {len(results)} of {len(calls)} layers are shown, as far as they got"
        )
        if plot is not None:
            complain(f"{plot.file.name} is not written")
        return INTERRUPTED
    if plot is not None:
        _draw(results[0], plot)
    return MISSED_TARGET if any(map(missed, results)) else OK


def _draw(result: Result, plot: Plot) -> None:
    from normstats.plots import layer

    shown = layer.picture(result)
    plot.write(lambda size: layer.draw(shown, size), result.run.text)


def _measured(run: Run, common: Common) -> tuple[Result | None, bool]:
    """The result, or what there is of it, and whether it was interrupted."""
    from normstats import perform

    observer = watcher(str(run.call), bar=common.bar, quiet=common.quiet)
    try:
        return perform.perform(run, common.threads, observer), False
    except KeyboardInterrupt as stop:
        return getattr(stop, "result", None), True
    finally:
        observer.close()


def _warn(results: Sequence[Result], common: Common) -> None:
    """The notes, where the report on the screen does not show them."""
    from normstats.reports.formats import formats
    from normstats.result.notes import notes

    readable = common.get is None and formats()[common.form].readable
    if sys.stderr is None or (readable and not common.output.is_file):
        return
    for result in results:
        for note in notes(result):
            complain(f"{result.layer}: {note}")
