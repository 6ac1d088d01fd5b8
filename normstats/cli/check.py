"""`normstats check`: measure again and compare, with exact values, tables and pinned constants."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from normstats import interrupts
from normstats.cli.common import choose_form, noise_options, report_options, text
from normstats.cli.ending import DISAGREES, INTERRUPTED, OK, complain
from normstats.cli.long import dask_option
from normstats.cli.output import Output
from normstats.errors import UsageError
from normstats.long import cluster
from normstats.progress.terminal import Silent, say
from normstats.values import finite_number

if TYPE_CHECKING:
    from normstats.check.check import Check
    from normstats.check.report import Document
    from normstats.result import Result
    from normstats.runs.run import Run

TABLES = "tables"

HELP = """Measure constants again and compare them; exit code 0 if all agree, 1 if not.

Without FILE: every layer, some of them with other parameters and inputs, against the exact values
and against the committed tables.

With FILE: the constants that a library pins, against the exact values and a fresh measurement. FILE
is TOML, or the same in JSON; - is standard input:

\b
  [[constant]]
  layer = "leaky_relu"
  params = { negative_slope = 0.01 }
  quantity = "gain"      # forward.mean|std|rms, backward.mean|std|rms,
                         # gain (1/std of y), gain_rms, backward_gain
  value = 1.70590341091156
  tolerance = 2e-3       # absolute; or digits = 4; neither: the digits given
  source = "timm nfnet"  # optional, as is inputs = { x_mean = 0.5 }

The chance of a false alarm, of all comparisons together, is --alpha.

\b
Example: normstats check constants.toml --format junit -o constants.xml"""


class Steps(Silent):
    """One line on a terminal that says which layer is measured."""

    def __init__(self, bar: bool) -> None:
        self._bar = bar and os.environ.get("TERM") != "dumb"
        self._shown = False

    def step(self, number: int, total: int, name: str) -> None:
        """The next layer begins."""
        if self._bar:
            text = f"{number} of {total}: {name}"
            self._show(text if len(text) < 79 else text[:78] + "…")

    def compiling(self, layer: str) -> None:
        self._show("")
        say(f"compiling the kernels of {layer}, once …\n")

    def close(self) -> None:
        self._show("")

    def _show(self, text: str) -> None:
        if text or self._shown:
            say(f"\r\033[K{text}")
            self._shown = bool(text)


class Quiet(Steps):
    """Says nothing."""

    def __init__(self) -> None:
        super().__init__(False)

    def compiling(self, layer: str) -> None:
        """Kernels are compiled."""


def run(file: str | None, **given: Any) -> int:
    """Parse, measure, compare, report; the exit code says whether all agree."""
    from normstats import api
    from normstats.check.check import Check
    from normstats.check.sources import Asked, asked_for
    from normstats.runs.counts import parse_samples, parse_seed
    from normstats.tables.budget import FEWEST

    output = Output(given["output"], inputs=(file, given["tables"] or TABLES))
    form = choose_form(given["format"], given["output"], cases=True)
    samples = parse_samples(given["samples"])
    if samples < FEWEST:
        allowed = f"must be at least {FEWEST} for standard errors to be of use"
        raise UsageError("`samples`", given["samples"], allowed)
    alpha, seed = parse_alpha(given["alpha"]), parse_seed(given["seed"])
    threads = api.parse_threads(given["threads"])
    sources = asked_for(Asked(file, given["tables"], given["layer"]))
    # A FILE names its layers itself.
    names = given["layer"] if file is None else ()
    check = Check(sources, alpha, samples, seed, threads, names)
    quiet = given["quiet"] or sys.stderr is None or not sys.stderr.isatty()
    steps = Quiet() if quiet else Steps(not given["no_progress"])
    return _report(partial(_watched, check, steps, given["dask"]), output, form, given["quiet"])


@interrupts.held()
def _report(compare: Callable[[], Document], output: Output, form: str, quiet: bool) -> int:
    """Compare, report, and return the exit code. Ctrl-C reports what there is."""
    from normstats.check.report import report
    from normstats.reports.formats import render

    document = compare()
    output.write(render(report(document), form))
    if document.interrupted:
        complain(document.interrupted.replace("INTERRUPTED", "interrupted"))
        return INTERRUPTED
    if not document.passed and form != "table" and not quiet:
        complain(document.verdict)
    return OK if document.passed else DISAGREES


def _watched(check: Check, steps: Steps, dask: str | None) -> Document:
    """The check, with a line that tells how far it is."""
    from normstats.engine.terms import Terms
    from normstats.tables import sequential

    todo = check.runs
    numbers = itertools.count(1)

    def measure(one: Run) -> Result:
        method = "" if one.method.is_plain else f" ({one.method})"
        steps.step(next(numbers), len(todo), one.name + method)
        return sequential.measure(one, check.threads, steps, Terms(executor=executor))

    try:
        with cluster(dask, check.threads) as executor:
            return check(measure)
    finally:
        steps.close()


def parse_alpha(value: Any) -> float:
    """A chance above 0 and at most 0.1."""
    try:
        alpha = finite_number(value)
    except ValueError:
        alpha = 0.0
    if not 1e-30 <= alpha <= 0.1:
        raise UsageError("`alpha`", value, "must be a number from 1e-30 to 0.1")
    return alpha


def options() -> list[click.Option]:
    """The options of the command."""
    from normstats.check.measured import DEFAULT_SAMPLES
    from normstats.check.threshold import DEFAULT_ALPHA

    samples = "draws for each activation; layers that cost more get fewer"
    return [
        text("samples", DEFAULT_SAMPLES, "N", samples, short="-n"),
        text("seed", "1", "N", "the tables have seed 0; with another one this is independent"),
        text("threads", None, "N", "default: all cores that this process may use"),
        text("alpha", f"{DEFAULT_ALPHA:g}", "P", "chance of any false alarm at all"),
        text("tables", None, "FOLDER", f"committed tables [default: ./{TABLES} if it is there]"),
        click.Option(
            ["--layer"],
            type=str,
            multiple=True,
            metavar="NAME",
            help="only this layer, by name or as a call; may be given again",
        ),
        dask_option(),
        *report_options(cases=True),
        *noise_options(),
    ]


command = click.Command(
    "check",
    params=[click.Argument(["file"], required=False, metavar="[FILE]"), *options()],
    callback=run,
    help=HELP,
)
