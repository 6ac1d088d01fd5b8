"""`normstats schema`: the JSON Schema of --format json."""

from __future__ import annotations

from importlib.resources import files

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of what --format json prints."""
    click.echo((files("normstats.reports") / "schema.json").read_text("utf-8"), nl=False)
