"""`normstats show results.json`: saved results in any format."""

from __future__ import annotations

from typing import Any

import click

from normstats.cli.common import choose_form, number_options, parse_numbers, report_options
from normstats.cli.ending import OK
from normstats.cli.output import Output
from normstats.cli.shown import Shown, refuse, show_chains
from normstats.cli.shown import show as shown_all
from normstats.errors import UsageError


def show(files: tuple[str, ...], quiet: bool, **given: Any) -> int:
    """Show results again that were saved as JSON, in any format. Nothing is sampled.

    \b
    Example: normstats show results.json --format latex
    """
    from normstats.parts.saved import read_saved

    form = choose_form(given["format"], given["output"])
    choice, get = parse_numbers(given, given["format"], form)
    shown = Shown(form, Output(given["output"], inputs=files), choice, get, quiet)
    saved = [read_saved("FILE", name) for name in files]
    chains = [one.chain for one in saved if one.chain is not None]
    results = [result for one in saved for result in one.results]
    if chains:
        if results:
            other = next(one.file for one in saved if one.chain is None)
            raise UsageError("FILE", other, "has results of layers, and another file a chain")
        show_chains(chains, shown)
        return OK
    refuse([result.run.call for result in results], shown)
    shown_all(results, shown)
    return OK


command = click.Command(
    "show",
    params=[
        click.Argument(["files"], nargs=-1, required=True, metavar="FILE..."),
        *report_options(),
        *number_options(),
        click.Option(["--quiet"], is_flag=True, help="no warnings"),
    ],
    callback=show,
    help=show.__doc__,
)
