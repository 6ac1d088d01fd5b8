"""`normstats relu …`: a command made from what a layer says about itself."""

from __future__ import annotations

from typing import Any

import click

from normstats.cli.common import common_options, parse_common
from normstats.cli.flags import flag
from normstats.layer.base import Layer
from normstats.runs.call import Call


class LayerCommand(click.Command):
    """The layer's parameters as options, their values left to the layer to parse."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._own = [
            click.Option(
                [flag(param.name), param.name],
                type=str,
                metavar="VALUE",
                help=f"{param.help}; {param.allowed} [default: {param.default}]",
            )
            for param in layer.params
        ]
        super().__init__(
            layer.name,
            params=[*self._own, *common_options(layer.inputs)],
            callback=self._run,
            help=self._description(),
            short_help=layer.formula,
        )

    def _description(self) -> str:
        layer = self._layer
        lines = [layer.formula, layer.gradient]
        lines += [f"PyTorch: {layer.torch}"] if layer.torch else []
        lines += [f"Also called: {', '.join(layer.aliases)}"] if layer.aliases else []
        # \b keeps the lines as they are
        return "\b\n" + "\n".join(lines) + (f"\n\n{layer.note}" if layer.note else "")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The layer's own options first."""
        own = [option.get_help_record(ctx) for option in self._own]
        rest = [option.get_help_record(ctx) for option in self.get_params(ctx)[len(own) :]]
        for heading, records in ((f"Options of {self._layer.name}", own), ("Common options", rest)):
            shown = [record for record in records if record is not None]
            if shown:
                with formatter.section(heading):
                    formatter.write_dl(shown)

    def _run(self, **given: Any) -> int:
        from normstats.cli.sample import sample

        own = {param.name: given.pop(param.name) for param in self._layer.params}
        params = self._layer.parse({name: text for name, text in own.items() if text is not None})
        return sample([Call.of(self._layer.name, params)], parse_common(given))
