"""`normstats chain "linear(512), tanh" --repeat 50`: signals and gradients through many layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from normstats import interrupts
from normstats.cli.common import (
    INPUTS,
    choose_form,
    input_options,
    noise_options,
    report_options,
    target_options,
    text,
)
from normstats.cli.doing import Doing, measured
from normstats.cli.ending import INTERRUPTED, MISSED_TARGET, OK, complain
from normstats.cli.long import long_options, parse_long
from normstats.cli.output import Output
from normstats.cli.plot import Plot, parse_plot, plot_options, refuse_with
from normstats.cli.shard import sample_shard
from normstats.long import Long, Session, session
from normstats.numerals.quantities import plural
from normstats.runs.inputs import Inputs

if TYPE_CHECKING:
    from normstats.networks.result import ChainResult
    from normstats.networks.run import ChainRun

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


@interrupts.held()
def run(chain: str, **given: Any) -> int:
    """Parse, measure, report; Ctrl-C reports the networks that are done."""
    from normstats import api, perform
    from normstats.networks.written import is_file

    long = parse_long(given)
    form = choose_form(given["format"], given["output"] if long.shard is None else None)
    threads = api.parse_threads(given["threads"])
    run = _run(chain, given, long)
    inputs = tuple(name for name in (chain if is_file(chain) else None, long.checkpoint) if name)
    output = Output(given["output"], inputs)
    plot = parse_plot(given, output, inputs)
    refuse_with(plot, long)
    doing = Doing(threads, output, given["quiet"], not given["no_progress"], long)
    perform.refuse(run, threads)
    with session(long, [run], threads) as opened:
        if long.shard is not None:
            code = sample_shard([run], doing, opened)
        else:
            code = _sample(run, doing, opened, Shown(form, plot))
        if opened.checkpoint is not None:
            opened.checkpoint.confirm()
    return code


class Shown(NamedTuple):
    """The format of the report, and the picture."""

    form: str
    plot: Plot | None


def _run(chain: str, given: Mapping[str, Any], long: Long) -> ChainRun:
    from normstats.networks.normalise import parse_way
    from normstats.networks.run import ChainRun
    from normstats.networks.written import chain_of, parse_networks
    from normstats.runs.counts import parse_seed
    from normstats.runs.inputs import parse_inputs
    from normstats.runs.target import parse_target

    target = parse_target(given["target_se"], given["target_rel"])
    endless = target is not None or long.seconds is not None
    return ChainRun(
        chain=chain_of(chain, given["repeat"], given["input"], given["batch_size"]),
        networks=parse_networks(given["networks"], endless),
        seed=parse_seed(given["seed"]),
        inputs=parse_inputs(*(given[name] for name in INPUTS)),
        normalize=parse_way(given["normalize"]),
        target=target,
    )


def _sample(run: ChainRun, doing: Doing, opened: Session, shown: Shown) -> int:
    from normstats.engine.target import missed
    from normstats.reports.formats import render
    from normstats.reports.of_chain import report

    result, interrupted = measured(run, doing, opened, 1)
    if result is None:
        before = "the first network" if doing.long.checkpoint is None else "a network was measured"
        complain(f"interrupted before {before}{doing.goes_on}")
        return INTERRUPTED
    doing.output.write(render(report(result), shown.form, terminal=doing.output.is_coloured))
    plot = shown.plot
    if interrupted:
        networks = plural(run.networks, "network")
        complain(f"interrupted; {result.networks} of {networks} are shown{doing.goes_on}")
        if plot is not None:
            complain(f"{plot.file.name} is not written")
        return INTERRUPTED
    if plot is not None:
        _draw(result, plot)
    return MISSED_TARGET if missed(result) else OK


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
        text("networks", None, "N", "networks, each with weights of its own; errors rest on them"
             " [default: 100; with a target or --time, as many as it takes]"),
        text("normalize", "none", "|".join(WAYS),
             "shift each layer by its exact mean and scale it by this std, at N(0, 1)",
             values=WAYS),
        text("seed", "0", "N", "the same seed gives the same bits, whatever --threads is"),
        text("threads", None, "N", "default: all cores that this process may use"),
        *input_options(Inputs()),
        *target_options(),
        *long_options(),
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
