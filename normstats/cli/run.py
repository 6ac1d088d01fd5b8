"""`normstats run relu "max_pool2d(kernel_size=3)"`: several layers in one report."""

from __future__ import annotations

from typing import Any

import click

from normstats.cli.common import common_options, method_lines, parse_common
from normstats.cli.completion import completing, layers
from normstats.cli.hints import refuse_numbers


def run(words: tuple[str, ...], **given: Any) -> int:
    """Measure several layers; each is shown as soon as it is done.

    A layer with parameters is written as a call: "max_pool2d(kernel_size=3)".

    \b
    Example: normstats run relu "dropout(p=0.1)" -n 1e8 -o results.json
    """
    from normstats.cli.sample import sample
    from normstats.registry import parse_call

    refuse_numbers(words, samples=True)
    calls = [parse_call(text) for text in words]
    return sample(calls, parse_common(given))


class Run(click.Command):
    """With a line for each method in its help."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        method_lines(formatter)


command = Run(
    "run",
    params=[
        click.Argument(
            ["words"],
            nargs=-1,
            required=True,
            metavar="LAYER...",
            shell_complete=completing(layers),
        ),
        *common_options(),
    ],
    callback=run,
    help=run.__doc__,
)
