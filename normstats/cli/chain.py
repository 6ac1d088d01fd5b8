"""`normstats chain "linear(512), tanh" --repeat 50`: signals and gradients through many layers."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from normstats import interrupts
from normstats.cli.common import (
    INPUTS,
    choose_form,
    input_options,
    noise_options,
    report_options,
    text,
)
from normstats.cli.ending import INTERRUPTED, OK, complain
from normstats.cli.output import Output
from normstats.cli.plot import Plot, parse_plot, plot_options
from normstats.numerals.quantities import duration, plural
from normstats.progress.terminal import COMPILING, QUICK_S, say
from normstats.runs.inputs import Inputs

if TYPE_CHECKING:
    from normstats.networks.result import ChainResult

WAYS = ("none", "forward", "backward", "geometric", "separate")

HELP = """Propagate x forward and dy backward through many layers, and measure each.

CHAIN is layers as `normstats run` takes them, with commas between; or a TOML or JSON file:

\b
  linear(512)           out_features is enough: what comes in is known
  3 * (linear(64), tanh)        three times, each with its own weights
  residual(layer_norm, linear(64), branch=0.5)    y = x + 0.5·f(x)
  conv2d(16, 3, padding=1), batch_norm, relu, flatten, linear(10)

Each of --networks has weights, masks, x and dy of its own; errors rest on networks. The report
says whether signals vanish, explode or stay, forward and backward, and by which rule.

\b
Example: normstats chain "linear(256, init=xavier_normal), tanh" --repeat 20 --networks 20"""


class Watch:
    """One line on a terminal that says how many networks are done."""

    def __init__(self, bar: bool, quiet: bool) -> None:
        able = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._able, self._bar = able, able and bar and os.environ.get("TERM") != "dumb"
        self._shown = False

    def compiling(self) -> None:
        """Kernels are compiled."""
        if self._able:
            say(f"{COMPILING.format('the chain')}\n")

    def progress(self, done: int, networks: int, elapsed_s: float) -> None:
        """So many networks in so many seconds."""
        if not self._bar or (elapsed_s < QUICK_S and not self._shown):
            return
        left = duration(elapsed_s * (networks - done) / done) if done else "?"
        say(f"\r\033[K{done} of {plural(networks, 'network')}, {left} to go")
        self._shown = True

    def close(self) -> None:
        """The line goes away."""
        if self._shown:
            say("\r\033[K")


@interrupts.held()
def run(chain: str, **given: Any) -> int:
    """Parse, measure, report; Ctrl-C reports the networks that are done."""
    from normstats import api
    from normstats.networks.normalise import parse_way
    from normstats.networks.run import ChainRun
    from normstats.networks.sample import sample
    from normstats.networks.written import MOST_NETWORKS, chain_of, is_file, parse_whole
    from normstats.reports.formats import render
    from normstats.reports.of_chain import report
    from normstats.runs.counts import parse_seed
    from normstats.runs.inputs import parse_inputs

    form = choose_form(given["format"], given["output"])
    threads = api.parse_threads(given["threads"])
    run = ChainRun(
        chain=chain_of(chain, given["repeat"], given["input"], given["batch_size"]),
        networks=parse_whole("`networks`", given["networks"], MOST_NETWORKS),
        seed=parse_seed(given["seed"]),
        inputs=parse_inputs(*(given[name] for name in INPUTS)),
        normalize=parse_way(given["normalize"]),
    )
    inputs = (chain if is_file(chain) else None,)
    output = Output(given["output"], inputs)
    plot = parse_plot(given, output, inputs)
    watch = Watch(not given["no_progress"], given["quiet"])
    stopped = False
    try:
        result = sample(run, threads, watch.compiling, watch.progress)
    except KeyboardInterrupt as stop:
        found = getattr(stop, "chain", None)
        if found is None:
            complain("interrupted before the first network")
            return INTERRUPTED
        result, stopped = found, True
    finally:
        watch.close()
    output.write(render(report(result), form, terminal=output.is_coloured))
    if stopped:
        complain(f"interrupted; {result.networks} of {plural(run.networks, 'network')} are shown")
        if plot is not None:
            complain(f"{plot.file.name} is not written")
        return INTERRUPTED
    if plot is not None:
        _draw(result, plot)
    return OK


def _draw(result: ChainResult, plot: Plot) -> None:
    from normstats.plots import depth
    from normstats.plots.chain import profile
    from normstats.result.document import dumped

    shown = profile(result)
    plot.write(lambda size: depth.draw(shown, size), dumped(result.run.record))


def options() -> list[click.Option]:
    """The options of the command."""
    return [
        text("repeat", None, "N", "the whole chain N times, each time with its own weights"),
        text("input", None, "SIZE", "size of one example of x: 64, or 3x32x32 [default: the"
             " first layer's]"),
        text("batch-size", None, "N", "examples that go through one network [default: 128]"),
        text("networks", "100", "N", "networks, each with weights of its own; errors rest on them"),
        text("normalize", "none", "|".join(WAYS),
             "shift each layer by its exact mean and scale it by this std, at N(0, 1)",
             values=WAYS),
        text("seed", "0", "N", "the same seed gives the same bits, whatever --threads is"),
        text("threads", None, "N", "default: all cores that this process may use"),
        *input_options(Inputs()),
        *report_options(),
        *plot_options("signals and gradients by depth"),
        *noise_options(),
    ]  # fmt: skip


command = click.Command(
    "chain",
    params=[click.Argument(["chain"], metavar="CHAIN"), *options()],
    callback=run,
    help=HELP,
)
