"""`normstats claims`: one experiment for each claim of the documents, with a verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from normstats.cli.common import choose_form, noise_options, text
from normstats.cli.completion import completing
from normstats.cli.ending import OK
from normstats.cli.output import Output
from normstats.cli.plot import OPTION, Plot, parse_plot, plot_options
from normstats.errors import UsageError
from normstats.progress.terminal import say
from normstats.reports.formats import formats

if TYPE_CHECKING:
    from normstats.claims.perform import Judged
    from normstats.reports.model import Report

FOLDER = "tables"
FILES = ("claims.md", "claims.json")
FORMATS = tuple(formats())
MADE_BY = "Made by `normstats claims"
SIZES = ("small", "full")


def claims(**given: Any) -> int:
    """Put every claim of the documents to an experiment, and write the verdicts as claims.md and
    claims.json into a folder. It takes some minutes.

    With --only, or with --format, the report is printed instead, and no file is written. --plot
    draws the curves of one experiment.

    \b
    Example: normstats claims --only saturation --size small
    """
    from normstats import api
    from normstats.claims.perform import chosen, judge
    from normstats.claims.report import listing, report
    from normstats.claims.trial import Trial
    from normstats.reports.formats import render
    from normstats.runs.counts import parse_seed
    from normstats.tables import write

    if given["size"] not in SIZES:
        raise UsageError("`size`", given["size"], "must be one of " + ", ".join(SIZES))
    trial = Trial(given["size"], parse_seed(given["seed"]), api.parse_threads(given["threads"]))
    wanted = chosen(given["only"])
    _one_to_draw(given, len(wanted))
    form = choose_form(given["format"], None)
    plot = parse_plot(given, Output(None))
    printed = given["list"] or given["only"] or given["format"] is not None
    if printed:
        if given["output"] is not None:
            allowed = "not together with --list, --only or --format, which print"
            raise UsageError("--output", given["output"], allowed)
        target = Output(None)
        if given["list"]:
            target.write(render(listing(wanted), form))
            return OK
    else:
        folder = own_folder(FOLDER if given["output"] is None else given["output"])
        write.prepare(folder)
    judged = judge(wanted, trial, _teller(len(wanted), given["quiet"] or given["no_progress"]))
    page = report(judged, trial, _command(given))
    if printed:
        target.write(render(page, form, terminal=target.is_coloured))
        if plot is not None:
            _draw(judged[0], plot, _command(given))
    else:
        write.write(folder, _files(page))
        click.echo(_said(judged, folder))
    return OK


def _one_to_draw(given: dict[str, Any], wanted: int) -> None:
    """UsageError where --plot does not know which experiment."""
    if given["plot"] is not None and (given["list"] or not given["only"] or wanted != 1):
        raise UsageError(OPTION, given["plot"], "goes with one --only NAME, and not with --list")


def _draw(judged: Judged, plot: Plot, command: str) -> None:
    from normstats.claims.picture import sheet
    from normstats.plots import claims

    shown = sheet(judged)
    if shown is None:
        raise UsageError("`only`", judged.claim.name, "has no curve to draw")
    plot.write(lambda size: claims.draw(shown, size), command)


def names() -> list[str]:
    """Of all experiments."""
    from normstats.claims.experiments import claims_there_are

    return list(claims_there_are())


def own_folder(name: str) -> Path:
    """The folder, if its claims.md and claims.json, if any, were made by this command."""
    if not name.strip():
        raise UsageError("--output", "''", "must be the name of a folder")
    folder = Path(name)
    others = {file for file in FILES if (folder / file).exists()} - made(folder)
    if others:
        allowed = f"has {min(others)}, which normstats did not make; must be another folder"
        raise UsageError("--output", name, allowed)
    return folder


def made(folder: Path) -> set[str]:
    """The names of the files that this command made there: all of them, or none."""
    from normstats.claims.report import SCHEMA

    try:
        document = json.loads((folder / FILES[1]).read_text("utf-8"))
        own = isinstance(document, dict) and document.get("schema") == SCHEMA
        page = folder / FILES[0]
        own = own and (not page.exists() or MADE_BY in page.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        own = False
    return set(FILES) if own else set()


def _files(page: Report) -> dict[str, str]:
    from normstats.reports.formats import render

    return dict(zip(FILES, (render(page, form) for form in ("markdown", "json")), strict=True))


def _teller(total: int, quiet: bool) -> Any:
    """Says on a terminal which experiment begins."""
    import itertools
    import sys

    numbers = itertools.count(1)

    def tell(name: str) -> None:
        if not quiet and sys.stderr is not None and sys.stderr.isatty():
            say(f"{next(numbers)} of {total}: {name}\n")

    return tell


def _command(given: dict[str, Any]) -> str:
    words = ["normstats claims", *(f"--only {name}" for name in given["only"])]
    words += [f"--size {given['size']}"] if given["size"] != SIZES[-1] else []
    words += [f"--seed {given['seed']}"] if given["seed"] != "0" else []
    return " ".join(words)


def _said(judged: Sequence[Judged], folder: Path) -> str:
    from normstats.claims.claim import Verdict

    verdicts = [one.verdict for one in judged]
    counts = ", ".join(f"{kind}: {verdicts.count(kind)}" for kind in Verdict if kind in verdicts)
    return f"{' and '.join(FILES)} in {folder}; {counts}"


command = click.Command(
    "claims",
    params=[
        click.Option(
            ["--only"],
            type=str,
            multiple=True,
            metavar="NAME",
            help="only this experiment, printed; may be given again",
            shell_complete=completing(names),
        ),
        click.Option(["--list"], is_flag=True, help="print the names and the claims alone"),
        text("size", SIZES[-1], "small|full", "how often experiments are repeated", values=SIZES),
        text("seed", "0", "N", "another seed gives other random numbers"),
        text("threads", None, "N", "default: all cores that this process may use"),
        text(
            "format", None, "|".join(formats()), "print the report in this format", values=formats()
        ),
        text("output", None, "FOLDER", f"where the page goes [default: {FOLDER}]", short="-o"),
        *plot_options("the curves of a single --only"),
        *noise_options(),
    ],
    callback=claims,
    help=claims.__doc__,
)
