"""`normstats tables`: the published tables, measured and judged again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from normstats.cli.common import text
from normstats.cli.ending import OK
from normstats.progress.terminal import watcher

if TYPE_CHECKING:
    from normstats.result import Result
    from normstats.runs.run import Run
    from normstats.tables.generate import Summary

FOLDER = "tables"
SCALAR = "1e9"


def tables(output: str, samples: str, seed: str, threads: str | None, **noise: bool) -> int:
    """Measure every layer that the tables need, judge every published constant, and write the
    tables into a folder. The result depends on --samples and --seed alone: running it again, on any
    number of threads, gives the same bytes.

    A window of a pooling layer gets a tenth of the samples of a scalar, a vector of a linear layer
    a thousandth.
    """
    from normstats import api, perform
    from normstats.runs.counts import parse_samples, parse_seed
    from normstats.tables.generate import generate

    scalar = parse_samples(samples)
    count = api.parse_threads(threads)

    def measure(run: Run) -> Result:
        observer = watcher(run.call.layer, bar=not noise["no_progress"], quiet=noise["quiet"])
        try:
            return perform.perform(run, count, observer)
        finally:
            observer.close()

    summary = generate(
        measure, Path(output), scalar=scalar, seed=parse_seed(seed), command=_command(samples, seed)
    )
    click.echo(_said(summary))
    return OK


def _command(samples: str, seed: str) -> str:
    given = [f"--samples {samples}"] if samples != SCALAR else []
    given += [f"--seed {seed}"] if seed != "0" else []
    return " ".join(["normstats tables", *given])


def _said(summary: Summary) -> str:
    judged = ", ".join(f"{kind.value}: {number}" for kind, number in summary.verdicts.items())
    return f"{len(summary.files)} files in {summary.folder}; {judged}"


command = click.Command(
    "tables",
    params=[
        text("output", FOLDER, "FOLDER", "where the tables go"),
        text("samples", SCALAR, "N", "samples of a scalar layer"),
        text("seed", "0", "N", "another seed gives other tables"),
        text("threads", None, "N", "default: all cores that this process may use"),
        click.Option(["--quiet"], is_flag=True, help="no progress"),
        click.Option(["--no-progress"], is_flag=True, help="no progress bar on a terminal"),
    ],
    callback=tables,
    help=tables.__doc__,
)
