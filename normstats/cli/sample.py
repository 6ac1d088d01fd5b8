"""What `normstats LAYER` and `normstats run` share: measure layer after layer, report all."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from normstats.cli.common import Common
from normstats.cli.ending import INTERRUPTED, OK, complain
from normstats.cli.progress import watcher
from normstats.layers.base import Layer
from normstats.result import Result


def sample(calls: Sequence[tuple[Layer, dict[str, Any]]], common: Common) -> int:
    """Measure, report, and return the exit code. Ctrl-C reports what there is."""
    from normstats.reports import of_results
    from normstats.reports.formats import render

    if common.quiet:
        warnings.simplefilter("ignore")
    before = signal.getsignal(signal.SIGINT)
    try:
        results, interrupted = _measure(calls, common)
        if not results:
            raise KeyboardInterrupt
        report = of_results.report(results)
        common.output.write(render(report, common.form, terminal=common.output.is_terminal))
        if not common.quiet:
            _warn(results, common)
        if interrupted:
            complain(
                f"interrupted; {len(results)} of {len(calls)} layers are shown, as far as they got"
            )
        return INTERRUPTED if interrupted else OK
    finally:
        signal.signal(signal.SIGINT, before)


def _measure(
    calls: Sequence[tuple[Layer, dict[str, Any]]], common: Common
) -> tuple[list[Result], bool]:
    from normstats import api
    from normstats.sampling.streams import spell

    for layer, params in calls:
        api.refuse(layer, params, common.inputs, common.samples, common.threads, common.method)
    results: list[Result] = []
    for layer, params in calls:
        observer = watcher(spell(layer.name, params), bar=common.bar, quiet=common.quiet)
        try:
            results.append(
                api.measure_layer(
                    layer,
                    params,
                    common.inputs,
                    common.samples,
                    common.seed,
                    common.threads,
                    observer,
                    common.method,
                    common.target,
                )
            )
        except KeyboardInterrupt as stop:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one must not cost the report
            partial: Result | None = getattr(stop, "result", None)
            return results + ([partial] if partial is not None else []), True
        finally:
            observer.close()
    return results, False


def _warn(results: Sequence[Result], common: Common) -> None:
    """The notes, where the report on the screen does not show them."""
    from normstats.reports.formats import formats
    from normstats.reports.words import notes

    shown = not common.output.is_file and formats()[common.form].readable
    if sys.stderr is None or shown:
        return
    for result in results:
        for note in notes(result):
            complain(f"{result.layer}: {note}")
