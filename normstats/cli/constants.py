"""`normstats constants`: exact values at once, without sampling, or the published catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from normstats.cli.common import (
    INPUTS,
    choose_form,
    input_options,
    noise_options,
    number_options,
    parse_numbers,
    report_options,
    sampling_options,
)
from normstats.cli.completion import completing, layers
from normstats.cli.hints import refuse_numbers
from normstats.cli.long import long_options
from normstats.cli.output import Output
from normstats.errors import UsageError
from normstats.reports import names
from normstats.reports.formats import render
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs

HELP = """Exact values, without sampling, to 15 digits: mean, std, rms and zeros of y and dx,
and the gains 1/std of y, 1/rms of y and 1/std of dx.

\b
  normstats constants gelu
  normstats constants leaky_relu --negative-slope 0.2 --x-std 2
  normstats constants relu "max_pool2d(kernel_size=3)" --format json
  normstats constants --all --format json
  normstats constants --source unit_scaling
  normstats constants gelu --get gain

--all is the catalogue of published constants instead, as published and with its sources; --source
is that of one source, or of one page of the tables. `normstats tables` judges them."""


def _sampling() -> set[str]:
    """The options of commands that draw samples, and take their time."""
    own = {spelled for option in input_options() for spelled in option.opts}
    others = [*sampling_options(), *long_options(), *noise_options()]
    return {spelled for option in others for spelled in option.opts} - own


def parse_calls(words: Sequence[str]) -> list[Call]:
    """Layers, as names or calls; after a single one its own options, as in `normstats LAYER`."""
    from normstats.registry import canonical, parse_call

    names = []
    own: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            names.append(word)
            continue
        option, equals, value = word.partition("=")
        if not equals:
            value = rest.pop(0) if rest else "(nothing)"
        if option in _sampling():
            where = "normstats LAYER and normstats run"
            raise UsageError(option, value, f"is for {where}; exact values draw no samples")
        if not equals and value == "(nothing)":
            raise UsageError(option, value, "needs a value")
        name = canonical(option.removeprefix("--"))
        if name in own:
            raise UsageError(option, value, "is given twice")
        own[name] = value
    refuse_numbers(names, samples=False)
    if own and len(names) != 1:
        option = "--" + next(iter(own)).replace("_", "-")
        allowed = 'is for a single layer; write several as calls: "max_pool2d(kernel_size=3)"'
        raise UsageError(option, next(iter(own.values())), allowed)
    try:
        return [parse_call(name, own) for name in names]
    except UsageError as error:
        if error.name not in own or "has no such option" not in error.marked:
            raise
        both = f"{error.marked}, and neither has normstats constants"
        raise UsageError(f"`{error.name}`", error.value, both) from None


def run(
    words: tuple[str, ...],
    all_: bool,
    source: str | None,
    format: str | None,
    output: str | None,
    **given: str | None,
) -> None:
    """Exact values of layers, or the catalogue."""
    form = choose_form(format, output)
    choice, get = parse_numbers(given, format, form)
    target = Output(output)
    if all_ or source is not None:
        _refuse_beside_catalogue(words, given, choice is not None, get)
        from normstats.reports import of_catalogue

        target.write(render(of_catalogue.report(of_catalogue.select(source)), form))
        return
    if not words:
        raise UsageError("layer", "missing", "name a layer, or give --all for the catalogue")
    from normstats import registry

    numbers = [given[name] for name in INPUTS]
    calls = parse_calls(words)
    named = [(call, registry.inputs_of(call, *numbers)) for call in calls]
    names.refuse("--columns", choice.columns if choice else (), calls)
    if get is None:
        from normstats.reports import of_exact

        target.write(render(of_exact.report(named, choice), form))
    else:
        names.refuse("--get", [get], calls)
        target.write("".join(f"{_number(*one, get)!r}\n" for one in named))


def _refuse_beside_catalogue(
    words: Sequence[str], given: Mapping[str, str | None], chosen: bool, get: str | None
) -> None:
    """UsageError for what the catalogue has nothing to do with."""
    beside = "not together with --all or --source: the catalogue is as published"
    if words:
        raise UsageError("layer", words[0], beside)
    if chosen:
        raise UsageError("--columns or --digits", "given", beside)
    if get is not None:
        raise UsageError("--get", get, beside)
    for name in INPUTS:
        if given[name] is not None:
            raise UsageError(f"--{name.replace('_', '-')}", given[name], beside)


def _number(call: Call, inputs: Inputs, name: str) -> float:
    from normstats import registry

    value = registry.exact_values(call, inputs).values[name]
    if value is None:
        allowed = f"{call}{inputs} has no exact value of this"
        raise UsageError("--get", name, allowed)
    return value


def _options() -> list[click.Option]:
    sources = completing(_sources)
    return [
        *input_options(),
        click.Option(["--all", "all_"], is_flag=True, help="the catalogue of published constants"),
        click.Option(
            ["--source"],
            type=str,
            metavar="NAME",
            help="only those of this source or page",
            shell_complete=sources,
        ),
        *report_options(),
        *number_options(),
    ]


def _sources() -> list[str]:
    from normstats.reports.of_catalogue import source_names

    return source_names()


command = click.Command(
    "constants",
    params=[
        click.Argument(
            ["words"],
            nargs=-1,
            type=click.UNPROCESSED,
            metavar="[LAYER [OPTIONS]]...",
            shell_complete=completing(layers),
        ),
        *_options(),
    ],
    callback=run,
    help=HELP,
    context_settings={"ignore_unknown_options": True},
)
