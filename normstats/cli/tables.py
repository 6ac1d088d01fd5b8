"""`normstats tables`: the published tables, measured and judged again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from normstats.cli import claims
from normstats.cli.common import text
from normstats.cli.ending import OK
from normstats.cli.long import dask_option
from normstats.errors import UsageError
from normstats.files import strict
from normstats.long import cluster
from normstats.progress.terminal import watcher

if TYPE_CHECKING:
    from normstats.result import Result
    from normstats.runs.run import Run
    from normstats.tables.generate import Summary

FOLDER = "tables"
INDEX = "index.json"
README = "README.md"
MADE_BY = "Made by `normstats tables"
SCALAR = "1e9"


def tables(
    output: str, samples: str, seed: str, threads: str | None, dask: str | None, **noise: bool
) -> int:
    """Measure every layer that the tables need, judge every published constant, and write the
    tables into a folder. The result depends on --samples and --seed alone: running it again, on any
    number of threads, gives the same bytes.

    Layers whose samples cost more get fewer: a tenth, a hundredth, and so on.

    \b
    Example: normstats tables -n 1e7 -o new-tables
    """
    from normstats import api
    from normstats.engine.terms import Terms
    from normstats.runs.counts import parse_samples, parse_seed
    from normstats.tables import sequential
    from normstats.tables.generate import generate

    folder = own_folder(output)
    scalar = parse_samples(samples)
    count = api.parse_threads(threads)

    def measure(run: Run) -> Result:
        observer = watcher(run.call.layer, bar=not noise["no_progress"], quiet=noise["quiet"])
        try:
            return sequential.measure(run, count, observer, Terms(executor=executor))
        finally:
            observer.close()

    with cluster(dask, count) as executor:
        summary = generate(
            measure, folder, scalar=scalar, seed=parse_seed(seed), command=_command(samples, seed)
        )
    click.echo(_said(summary))
    return OK


def own_folder(name: str) -> Path:
    """The folder, if nothing in it can be lost: a new or empty one, or one made by this command.

    Raises UsageError for any other.
    """
    if not name.strip():
        raise UsageError("--output", "''", "must be the name of a folder")
    folder = Path(name)
    try:
        there = sorted(folder.iterdir()) if folder.is_dir() else []
        made = _made(folder) | claims.made(folder) if there else set()
        for file in there:
            if file.name not in made and not file.name.startswith("."):  # as .git
                allowed = f"has {file.name}, which normstats did not make"
                raise UsageError("--output", name, f"{allowed}; must be new, empty or of tables")
    except OSError as error:
        raise UsageError("--output", name, f"cannot be read: {error.strerror}") from None
    return folder


def _made(folder: Path) -> set[str]:
    """The names of the files that this command made there, as their index and README say."""
    from normstats.tables.text import SCHEMA

    try:
        index = strict.parsed((folder / INDEX).read_bytes())
        readme = folder / README
        if index["schema"] != SCHEMA or (
            readme.exists() and MADE_BY not in readme.read_text("utf-8")
        ):
            return set()
        pages = {page["page"] for page in index["pages"]}
    except (OSError, ValueError, LookupError, TypeError):
        return set()
    stems = pages | {"activations", "documents", "index"}
    return {f"{stem}.{suffix}" for stem in stems for suffix in ("md", "csv", "json")} | {README}


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
        text("output", FOLDER, "FOLDER", "where the tables go", short="-o"),
        text("samples", SCALAR, "N", "samples of a scalar layer", short="-n"),
        text("seed", "0", "N", "another seed gives other tables"),
        text("threads", None, "N", "default: all cores that this process may use"),
        dask_option(),
        click.Option(["--quiet"], is_flag=True, help="no progress"),
        click.Option(["--no-progress"], is_flag=True, help="no progress bar on a terminal"),
    ],
    callback=tables,
    help=tables.__doc__,
)
