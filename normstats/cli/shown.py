"""Results as they are shown: by `normstats LAYER`, `run`, `merge` and `show` alike."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from normstats.cli.ending import complain
from normstats.cli.output import Output
from normstats.errors import UsageError

if TYPE_CHECKING:
    from normstats.networks.result import ChainResult
    from normstats.reports.model import Report
    from normstats.reports.names import Choice
    from normstats.result import Result
    from normstats.runs.call import Call


@dataclass(frozen=True)
class Shown:
    """The format, where it goes, which numbers, and whether to be quiet."""

    form: str
    output: Output
    choice: Choice | None
    get: str | None
    quiet: bool


def refuse(calls: Sequence[Call], shown: Shown) -> None:
    """UsageError for numbers that one of the layers has not; warnings are off if quiet."""
    from normstats.reports import names

    if shown.quiet:
        warnings.simplefilter("ignore")
    if shown.choice:
        names.refuse("--columns", shown.choice.columns, calls)
    if shown.get:
        names.refuse("--get", [shown.get], calls)


def show(results: Sequence[Result], shown: Shown) -> None:
    """All of them, and what is to be said beside."""
    shown.output.write(text(results, shown))
    if not shown.quiet:
        warn(results, shown)


def show_chains(chains: Sequence[ChainResult], shown: Shown) -> None:
    """Measured chains, one after the other; UsageError for what their reports do not have."""
    from normstats.reports import of_chain
    from normstats.reports.formats import formats

    given: dict[str, object] = {"--get": shown.get}
    if shown.choice is not None:
        given["--columns"] = None if shown.choice.digits else ",".join(shown.choice.columns)
        given["--digits"] = shown.choice.digits
    for option, value in given.items():
        if value:
            allowed = "does not apply to a chain, which has a report of its own"
            raise UsageError(option, value, allowed)
    if len(chains) > 1 and not formats()[shown.form].streams:
        raise UsageError("--format", shown.form, f"has one chain, not {len(chains)}")
    shown.output.write("\n".join(rendered(of_chain.report(one), shown) for one in chains))


def text(results: Sequence[Result], shown: Shown) -> str:
    """The report, or a number of each alone."""
    from normstats.reports import of_results

    if shown.get is not None:
        return "".join(f"{_number(result, shown.get)!r}\n" for result in results)
    return rendered(of_results.report(results, shown.choice), shown)


def rendered(report: Report, shown: Shown) -> str:
    """Any report, in the format that was asked for."""
    from normstats.reports.formats import render

    return render(report, shown.form, terminal=shown.output.is_coloured)


def _number(result: Result, name: str) -> float:
    """The measured number; UsageError if it does not exist."""
    from normstats.reports.of_results import quantities

    found = quantities(result).get(name)
    if found is None:
        why = "its standard deviation or rms is 0, or not told from 0"
        raise UsageError("--get", name, f"{result.run.call} has none: {why}")
    return found.value


def warn(results: Sequence[Result], shown: Shown) -> None:
    """The notes, where the report on the screen does not show them."""
    from normstats.reports.formats import formats
    from normstats.result.notes import notes

    readable = shown.get is None and formats()[shown.form].readable
    if sys.stderr is None or (readable and not shown.output.is_file):
        return
    for result in results:
        for note in notes(result):
            complain(f"{result.layer}: {note}")
