"""What `normstats LAYER` and `normstats run` share: measure layer after layer, report all."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence

from normstats import interrupts
from normstats.cli.common import Common
from normstats.cli.ending import INTERRUPTED, OK, complain
from normstats.progress.terminal import watcher
from normstats.result import Result
from normstats.runs.call import Call
from normstats.runs.run import Run


@interrupts.held()
def sample(calls: Sequence[Call], common: Common) -> int:
    """Measure, report, and return the exit code. Ctrl-C reports what there is."""
    from normstats.reports import of_results
    from normstats.reports.formats import render

    if common.quiet:
        warnings.simplefilter("ignore")
    results, interrupted = _measure([common.run(call) for call in calls], common)
    if not results:
        complain("interrupted before the first result")
        return INTERRUPTED
    report = of_results.report(results)
    common.output.write(render(report, common.form, terminal=common.output.is_terminal))
    if not common.quiet:
        _warn(results, common)
    if interrupted:
        complain(
            f"interrupted; {len(results)} of {len(calls)} layers are shown, as far as they got"
        )
    return INTERRUPTED if interrupted else OK


def _measure(runs: Sequence[Run], common: Common) -> tuple[list[Result], bool]:
    from normstats import perform

    for run in runs:
        perform.refuse(run, common.threads)
    results: list[Result] = []
    for run in runs:
        observer = watcher(str(run.call), bar=common.bar, quiet=common.quiet)
        try:
            results.append(perform.perform(run, common.threads, observer))
        except KeyboardInterrupt as stop:
            partial: Result | None = getattr(stop, "result", None)
            return results + ([partial] if partial is not None else []), True
        finally:
            observer.close()
    return results, False


def _warn(results: Sequence[Result], common: Common) -> None:
    """The notes, where the report on the screen does not show them."""
    from normstats.reports.formats import formats
    from normstats.result.notes import notes

    shown = not common.output.is_file and formats()[common.form].readable
    if sys.stderr is None or shown:
        return
    for result in results:
        for note in notes(result):
            complain(f"{result.layer}: {note}")
