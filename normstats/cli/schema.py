"""`normstats schema`: the JSON Schemas of all that the commands print or write as JSON."""

from __future__ import annotations

from importlib.resources import files

import click

from normstats.cli.completion import completing
from normstats.errors import UsageError

# What each is of; the schema lies in the file of its name.
SCHEMAS = {
    "results": "normstats LAYER, normstats run",
    "constants": "normstats constants LAYER",
    "catalogue": "normstats constants --all",
    "layers": "normstats list",
    "chain": "normstats chain",
    "check": "normstats check",
    "tables": "the files of normstats tables",
    "claims": "normstats claims",
    "parts": "--checkpoint, and the sums of --shard",
}


class Schema(click.Command):
    """With a line for each schema in its help."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Names"):
            formatter.write_dl(list(SCHEMAS.items()))
        super().format_options(ctx, formatter)


def run(name: str) -> None:
    """Print the JSON Schema of what a command prints with --format json.

    \b
    Example: normstats schema constants
    """
    if name.lower() not in SCHEMAS:
        raise UsageError("schema", name, "must be one of " + ", ".join(SCHEMAS))
    click.echo(text(name.lower()), nl=False)


def text(name: str) -> str:
    """One of the schemas."""
    return (files("normstats.reports") / "schemas" / f"{name}.json").read_text("utf-8")


command = Schema(
    "schema",
    params=[
        click.Argument(
            ["name"],
            required=False,
            default="results",
            metavar="[NAME]",
            shell_complete=completing(SCHEMAS),
        )
    ],
    callback=run,
    help=run.__doc__,
)
