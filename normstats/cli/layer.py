"""`normstats relu …`: a command made from what a layer says about itself."""

from __future__ import annotations

import re
from typing import Any

import click

from normstats.cli.common import common_options, method_lines, parse_common
from normstats.cli.completion import completing
from normstats.cli.flags import flag
from normstats.cli.hints import extra_words, unknown_option
from normstats.cli.plot import parse_plot, plot_options, refuse_with
from normstats.layer.base import Layer
from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Choice, Param
from normstats.numerals.quantities import count
from normstats.runs.call import Call, spell_value

DENSITIES = "the densities of y and dx"
DRAWN = f"{DENSITIES}, f and f′"
_SWITCH: dict[str, Any] = {"is_flag": False, "flag_value": "true"}  # the name alone is true


def _is_switch(param: Param) -> bool:
    return isinstance(param, Choice) and set(param.choices) == {"false", "true"}


class LayerCommand(click.Command):
    """The layer's parameters as options, their values left to the layer to parse."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._own = [
            click.Option(
                [flag(param.name), param.name],
                type=str,
                metavar="VALUE",
                **_SWITCH if _is_switch(param) else {},
                help=f"{param.help}; {param.allowed} [default: {param.default}]",
                shell_complete=completing(param.choices if isinstance(param, Choice) else ()),
            )
            for param in layer.params
        ]
        super().__init__(
            layer.name,
            params=[
                *self._own,
                *common_options(layer.inputs, _usual(layer)),
                *plot_options(DRAWN if isinstance(layer, Elementwise) else DENSITIES),
            ],
            callback=self._run,
            help=self._description(),
            short_help=layer.formula,
            context_settings={"allow_extra_args": True},
        )

    def _description(self) -> str:
        layer = self._layer
        lines = [layer.formula, layer.gradient]
        lines += [f"PyTorch: {layer.torch}"] if layer.torch else []
        lines += [f"Also called: {', '.join(layer.aliases)}"] if layer.aliases else []
        lines += [f"Example: {_example(layer)}"]
        # \b keeps the lines as they are
        return "\b\n" + "\n".join(lines) + (f"\n\n{layer.note}" if layer.note else "")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with our own hints for what is not an option of the layer."""
        given = list(args)
        try:
            super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise unknown_option(error, self._layer, given) from None
        if ctx.args and not ctx.resilient_parsing:
            raise extra_words(self._layer, given, ctx.args)
        return ctx.args

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The layer's own options first."""
        own = [option.get_help_record(ctx) for option in self._own]
        rest = [option.get_help_record(ctx) for option in self.get_params(ctx)[len(own) :]]
        for heading, records in ((f"Options of {self._layer.name}", own), ("Common options", rest)):
            shown = [record for record in records if record is not None]
            if shown:
                with formatter.section(heading):
                    formatter.write_dl(shown)
        method_lines(formatter)

    def _run(self, **given: Any) -> int:
        from normstats.cli.sample import sample

        own = {param.name: given.pop(param.name) for param in self._layer.params}
        params = self._layer.parse({name: text for name, text in own.items() if text is not None})
        common = parse_common(given)
        plot = parse_plot(given, common.output)
        refuse_with(plot, common.long)
        return sample([Call.of(self._layer.name, params)], common, plot)


def _usual(layer: Layer) -> str:
    """How many samples are drawn unasked, of the layer as it is by default."""
    from normstats.registry import samples_for

    return count(samples_for(Call.of(layer.name, layer.parse({}))))


def _example(layer: Layer) -> str:
    """A command that can be typed as it stands."""
    options = [
        f"{flag(param.name)} {spell_value(param.parse(param.default))}"
        for param in layer.params[:1]
    ]
    samples = "1e5" if re.match(r"[\d.]+e[0-6]$", _usual(layer)) else "1e8"
    return " ".join(["normstats", layer.name, *options, "-n", samples])
