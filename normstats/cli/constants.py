"""`normstats constants`: exact values at once, without sampling, or the published catalogue."""

from __future__ import annotations

from collections.abc import Sequence

import click

from normstats.cli.common import INPUTS, choose_form, input_options, report_options
from normstats.cli.output import Output
from normstats.errors import UsageError
from normstats.reports.formats import render
from normstats.runs.call import Call

HELP = """Exact values, without sampling, to 15 digits: mean, std, rms and zeros of y and dx,
and the gains 1/std of y, 1/rms of y and 1/std of dx.

\b
  normstats constants gelu
  normstats constants leaky_relu --negative-slope 0.2 --x-std 2
  normstats constants relu "max_pool2d(kernel_size=3)" --format json
  normstats constants --all --format json
  normstats constants --source unit_scaling

--all is the catalogue of published constants instead, as published and with its sources; --source
is that of one source, or of one page of the tables. `normstats tables` judges them."""


def parse_calls(words: Sequence[str]) -> list[Call]:
    """Layers, as names or calls; after a single one its own options, as in `normstats LAYER`."""
    from normstats.registry import canonical, parse_call

    names = []
    own: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            names.append(word)
            continue
        option, equals, value = word.partition("=")
        if not equals:
            if not rest:
                raise UsageError(option, "(nothing)", "needs a value")
            value = rest.pop(0)
        name = canonical(option.removeprefix("--"))
        if name in own:
            raise UsageError(option, value, "is given twice")
        own[name] = value
    if own and len(names) != 1:
        option = "--" + next(iter(own)).replace("_", "-")
        allowed = 'is for a single layer; write several as calls: "max_pool2d(kernel_size=3)"'
        raise UsageError(option, next(iter(own.values())), allowed)
    return [parse_call(name, own) for name in names]


def run(
    words: tuple[str, ...],
    all_: bool,
    source: str | None,
    format: str | None,
    output: str | None,
    **given: str,
) -> None:
    """Exact values of layers, or the catalogue."""
    target = Output(output)
    form = choose_form(format, output)
    catalogue = all_ or source is not None
    if catalogue and words:
        raise UsageError("layer", words[0], "not together with --all or --source")
    if catalogue:
        from normstats.reports import of_catalogue

        target.write(render(of_catalogue.report(of_catalogue.select(source)), form))
        return
    if not words:
        raise UsageError("layer", "missing", "name a layer, or give --all for the catalogue")
    from normstats import registry
    from normstats.reports import of_exact

    numbers = [given[name] for name in INPUTS]
    calls = [(call, registry.inputs_of(call, *numbers)) for call in parse_calls(words)]
    target.write(render(of_exact.report(calls), form))


def _options() -> list[click.Option]:
    return [
        *input_options(),
        click.Option(["--all", "all_"], is_flag=True, help="the catalogue of published constants"),
        click.Option(
            ["--source"], type=str, metavar="NAME", help="only those of this source or page"
        ),
        *report_options(),
    ]


command = click.Command(
    "constants",
    params=[
        click.Argument(["words"], nargs=-1, type=click.UNPROCESSED, metavar="[LAYER [OPTIONS]]..."),
        *_options(),
    ],
    callback=run,
    help=HELP,
    context_settings={"ignore_unknown_options": True},
)
