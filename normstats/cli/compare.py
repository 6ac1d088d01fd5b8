"""`normstats compare a.json b.json`: do two files of results agree?"""

from __future__ import annotations

from typing import Any

import click

from normstats.cli.common import choose_form, report_options, text
from normstats.cli.ending import DISAGREES, OK
from normstats.cli.output import Output

ALPHA = 1e-6


def compare(files: tuple[str, str], **given: Any) -> int:
    """Compare two files of results, layer by layer; exit code 0 if they agree, 1 if not.

    Differences are told in the standard errors of both together. The chance of a false alarm, of
    all comparisons together, is --alpha. Of the same seed and samples all digits must be the same.

    \b
    Example: normstats compare before.json after.json
    """
    from normstats.check import chains, results
    from normstats.check.report import report
    from normstats.cli.check import parse_alpha
    from normstats.parts.saved import read_saved
    from normstats.reports.formats import render

    form = choose_form(given["format"], given["output"], cases=True)
    output = Output(given["output"], inputs=files)
    alpha = parse_alpha(given["alpha"])
    one, other = (read_saved("FILE", name) for name in files)
    compared = results.compared if one.chain is None and other.chain is None else chains.compared
    document = compared(one, other, alpha)
    output.write(render(report(document), form))
    return OK if document.passed else DISAGREES


command = click.Command(
    "compare",
    params=[
        click.Argument(["files"], nargs=2, required=True, metavar="FILE FILE"),
        text("alpha", f"{ALPHA:g}", "P", "chance of any false alarm at all"),
        *report_options(cases=True),
    ],
    callback=compare,
    help=compare.__doc__,
)
