"""What `normstats LAYER` and `normstats run` share: measure layer after layer, report all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from normstats import interrupts
from normstats.cli.common import Common
from normstats.cli.display import Display
from normstats.cli.doing import measured
from normstats.cli.ending import INTERRUPTED, MISSED_TARGET, OK, complain
from normstats.cli.shown import refuse, warn
from normstats.long import Session, session
from normstats.result import Result
from normstats.runs.call import Call
from normstats.runs.run import Run

if TYPE_CHECKING:
    from normstats.cli.plot import Plot


@interrupts.held()
def sample(calls: Sequence[Call], common: Common, plot: Plot | None = None) -> int:
    """Measure, report, draw, and return the exit code. Ctrl-C reports what there is."""
    from normstats import perform

    refuse(calls, common.shown)
    runs = [common.run(call) for call in calls]
    for run in runs:
        perform.refuse(run, common.threads)
    with session(common.long, runs, common.threads) as opened:
        if common.long.shard is not None:
            from normstats.cli.shard import sample_shard

            code = sample_shard(runs, common, opened)
        else:
            code = _sample(runs, common, opened, plot)
        if opened.checkpoint is not None:
            opened.checkpoint.confirm()
    return code


def _sample(runs: Sequence[Run], common: Common, opened: Session, plot: Plot | None) -> int:
    from normstats.engine.target import missed

    display, results = Display([run.call for run in runs], common.shown), list[Result]()
    interrupted = False
    for number, run in enumerate(runs):
        result, interrupted = measured(run, common, opened, len(runs) - number)
        if result is not None:
            results.append(result)
            display.show_last(results)
        if interrupted:
            break
    if not results:
        complain(f"interrupted before the first result{common.goes_on}")
        return INTERRUPTED
    display.show_rest(results)
    if not common.quiet:
        warn(results, common.shown)
    if interrupted:
        complain(
            f"interrupted; {len(results)} of {len(runs)} layers are shown,"
            f" as far as they got{common.goes_on}"
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
