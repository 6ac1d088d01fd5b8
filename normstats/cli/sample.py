"""What `normstats LAYER` and `normstats run` share: measure layer after layer, report all."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Sequence

from normstats.cli.common import Common
from normstats.cli.ending import INTERRUPTED, OK, complain
from normstats.progress.terminal import watcher
from normstats.result import Result
from normstats.runs.call import Call
from normstats.runs.run import Run


def sample(calls: Sequence[Call], common: Common) -> int:
    """Measure, report, and return the exit code. Ctrl-C reports what there is."""
    from normstats import reports

    if common.quiet:
        warnings.simplefilter("ignore")
    before = signal.getsignal(signal.SIGINT)
    try:
        results, interrupted = _measure([common.run(call) for call in calls], common)
        if not results:
            raise KeyboardInterrupt
        common.output.write(
            reports.render(results, common.form, terminal=common.output.is_terminal)
        )
        if not common.quiet:
            _warn(results, common)
        if interrupted:
            complain(
                f"interrupted; {len(results)} of {len(calls)} layers are shown, as far as they got"
            )
        return INTERRUPTED if interrupted else OK
    finally:
        signal.signal(signal.SIGINT, before)


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
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one must not cost the report
            partial: Result | None = getattr(stop, "result", None)
            return results + ([partial] if partial is not None else []), True
        finally:
            observer.close()
    return results, False


def _warn(results: Sequence[Result], common: Common) -> None:
    """The notes, where the report on the screen does not show them."""
    from normstats.result.notes import notes

    shown = not common.output.is_file and common.form in ("table", "markdown")
    if sys.stderr is None or shown:
        return
    for result in results:
        for note in notes(result):
            complain(f"{result.layer}: {note}")
