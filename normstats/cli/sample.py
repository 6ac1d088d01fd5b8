"""What `normstats LAYER` and `normstats run` share: measure layer after layer, report all."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from normstats import interrupts
from normstats.cli.common import Common
from normstats.cli.ending import INTERRUPTED, MISSED_TARGET, OK, complain
from normstats.errors import UsageError
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
    results: list[Result] = []
    for run in runs:
        result, interrupted = _measured(run, common)
        if result is not None:
            results.append(result)
            _show_one(result, common, first=len(results) == 1)
        if interrupted:
            break
    if not results:
        complain("interrupted before the first result")
        return INTERRUPTED
    _show_all(results, common)
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


def _streams(common: Common) -> bool:
    """Whether a layer is shown as soon as it is done."""
    from normstats.reports.formats import formats

    return not (common.output.is_file or common.choice) and (
        common.get is not None or formats()[common.form].streams
    )


def _show_one(result: Result, common: Common, first: bool) -> None:
    if _streams(common):
        common.output.write(("" if first or common.get else "\n") + _text([result], common))


def _show_all(results: Sequence[Result], common: Common) -> None:
    if not _streams(common):
        common.output.write(_text(results, common))


def _text(results: Sequence[Result], common: Common) -> str:
    from normstats.reports import of_results
    from normstats.reports.formats import render

    if common.get is not None:
        return "".join(f"{_number(result, common.get)!r}\n" for result in results)
    report = of_results.report(results, common.choice)
    return render(report, common.form, terminal=common.output.is_coloured)


def _number(result: Result, name: str) -> float:
    """The measured number; UsageError if it does not exist."""
    from normstats.reports.of_results import quantities

    found = quantities(result).get(name)
    if found is None:
        why = "its standard deviation or rms is 0, or not told from 0"
        raise UsageError("--get", name, f"{result.run.call} has none: {why}")
    return found.value


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
