"""`normstats run relu "max_pool2d(kernel_size=3)"`: several layers in one report."""

from __future__ import annotations

from typing import Any

import click

from normstats.cli.common import common_options, parse_common


def run(layers: tuple[str, ...], **given: Any) -> int:
    """Measure several layers and report them together.

    A layer with parameters is written as a call: "max_pool2d(kernel_size=3)".
    """
    from normstats.cli.sample import sample
    from normstats.registry import parse_call

    calls = [parse_call(text) for text in layers]
    return sample(calls, parse_common(given))


command = click.Command(
    "run",
    params=[
        click.Argument(["layers"], nargs=-1, required=True, metavar="LAYER..."),
        *common_options(),
    ],
    callback=run,
    help=run.__doc__,
)
