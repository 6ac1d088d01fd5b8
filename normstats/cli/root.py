"""The command `normstats`: a few commands of its own, and one for every layer there is."""

from __future__ import annotations

import importlib
import itertools
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from normstats import __version__, interrupts
from normstats.cli.ending import ending

COMMANDS = {
    "run": "Measure several layers in one go.",
    "chain": "Propagate through many layers: do signals vanish, explode or stay?",
    "merge": "Merge the shares of a run that was done with --shard.",
    "show": "Show saved results again, in any format.",
    "compare": "Compare two files of results, in their standard errors.",
    "list": "List all layers with their formulas and parameters.",
    "constants": "Print exact values at once, or the catalogue.",
    "check": "Measure constants again and compare; for CI.",
    "tables": "Make the published tables again, with a verdict on every number.",
    "claims": "Put the claims of the documents to experiments, with a verdict on each.",
    "schema": "Print the JSON Schema of what a command prints.",
}  # each in the module of its name, which `normstats --help` need not import
COMPLETION = "_NORMSTATS_COMPLETE"

HELP = """Mean and standard deviation of a layer's output y (forward) and of its gradient dx
(backward), by Monte Carlo, with standard errors, beside the exact values.

\b
  normstats relu
  normstats max_pool2d --kernel-size 2x3 --samples 1e8
  normstats run relu sigmoid "dropout(p=0.1)" --output results.json

Hyphens and underscores are the same thing. `normstats LAYER --help` shows a layer's options."""


class Root(click.Group):
    """Finds commands by name when they are asked for, layers in the registry."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, then the layers."""
        from normstats.registry import all_layers

        return [*COMMANDS, *all_layers()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command of ours, else the layer of that name or alias."""
        if cmd_name in COMMANDS:
            module = importlib.import_module(f"normstats.cli.{cmd_name}")
            command: click.Command = module.command
            return command
        from normstats.registry import find

        layer = find(cmd_name)
        if layer is None:
            return None
        from normstats.cli.layer import LayerCommand

        return LayerCommand(layer)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with our own message for an unknown name."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from normstats.cli.hints import no_command

            raise no_command(args[0], tuple(COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Commands with their help; layers as names by family."""
        from normstats.registry import all_layers

        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        layers = sorted(all_layers().values(), key=lambda layer: layer.family)
        families = itertools.groupby(layers, lambda layer: layer.family)
        with formatter.section("Layers (details: normstats list)"):
            formatter.write_dl([(f, ", ".join(m.name for m in members)) for f, members in families])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run the command line and exit; never a traceback for what a user can cause."""
        arguments = list(sys.argv[1:] if args is None else args)
        name, complete = prog_name or "normstats", complete_var or COMPLETION
        if instruction := os.environ.get(complete):
            from click.shell_completion import shell_complete

            sys.exit(shell_complete(self, {}, name, complete, instruction))
        sys.exit(ending(lambda: self._run(name, arguments or ["--help"], extra)))

    def _run(self, name: str, arguments: list[str], extra: dict[str, Any]) -> object:
        try:
            with self.make_context(name, arguments, **extra) as ctx:
                interrupts.heed()
                return self.invoke(ctx)
        except click.NoSuchOption as error:
            if error.ctx is None or error.ctx.command is not self:
                raise
            hint = "options come after the layer or command"
            raise click.UsageError(f"{error.format_message()} ({hint})") from None


root = Root(
    name="normstats",
    help=HELP,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "token_normalize_func": lambda token: token.replace("_", "-"),
        "max_content_width": 80,
    },
)
root.params.append(
    click.Option(
        ["-V", "--version"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        help="Show the version and exit.",
        callback=lambda ctx, param, value: _version(ctx) if value else None,
    )
)


def _version(ctx: click.Context) -> None:
    click.echo(f"normstats {__version__}")
    ctx.exit()
