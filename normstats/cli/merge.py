"""`normstats merge part*.json`: the result of a run that was done in shares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from normstats.cli.common import (
    choose_form,
    number_options,
    parse_numbers,
    report_options,
)
from normstats.cli.ending import OK
from normstats.cli.output import Output
from normstats.cli.shown import Shown, refuse, show, show_chains
from normstats.runs.run import Run

if TYPE_CHECKING:
    from normstats.parts.shards import Whole


def merge(files: tuple[str, ...], partial: bool, quiet: bool, **given: Any) -> int:
    """Merge the files that --shard or --checkpoint have written; the numbers are those of the
    single run, bit for bit. The parts must be of the same run, and make up all of it.

    \b
    Example: normstats merge part*.json --output results.json
    """
    from normstats.parts.document import read_parts
    from normstats.parts.shards import OPTION, together

    form = choose_form(given["format"], given["output"])
    choice, get = parse_numbers(given, given["format"], form)
    shown = Shown(form, Output(given["output"], inputs=files), choice, get, quiet)
    wholes = together([read_parts(OPTION, name) for name in files], partial)
    runs = [whole.parts[0].run for whole in wholes]
    layers = [run.call for run in runs if isinstance(run, Run)]
    refuse(layers, shown)
    results = [_result(whole) for whole in wholes]
    if layers:
        show(results, shown)
    else:
        show_chains(results, shown)
    return OK


def _result(whole: Whole) -> Any:
    from normstats.perform import result_of
    from normstats.result.result import PARTIAL

    result = result_of(whole.parts)
    if not whole.missing:
        return result
    notes = [f"partial: {each} missing" for each in whole.missing]
    return replace(result, notes=(*result.notes, *notes), ended=PARTIAL)


command = click.Command(
    "merge",
    params=[
        click.Argument(["files"], nargs=-1, required=True, metavar="FILE..."),
        click.Option(["--partial"], is_flag=True, help="do without the blocks that are missing"),
        *report_options(),
        *number_options(),
        click.Option(["--quiet"], is_flag=True, help="no warnings"),
    ],
    callback=merge,
    help=merge.__doc__,
)
