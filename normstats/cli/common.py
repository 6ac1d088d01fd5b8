"""The options every sampling command has, and what they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from normstats.cli.output import Output
from normstats.errors import UsageError
from normstats.numerals.quantities import count
from normstats.reports.formats import formats
from normstats.runs.inputs import Inputs
from normstats.runs.target import DEFAULT_SAMPLES, TARGET_SAMPLES

METHODS = ("plain", "antithetic", "rqmc")

if TYPE_CHECKING:
    from normstats.runs.call import Call
    from normstats.runs.method import Method
    from normstats.runs.run import Run
    from normstats.runs.target import Target

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Common:
    """The common options, parsed and checked."""

    samples: int | None  # None: the layer's usual number, or the most with a target
    seed: int
    inputs: tuple[str | None, ...]
    method: Method
    target: Target | None
    threads: int
    form: str
    output: Output
    quiet: bool
    bar: bool

    def run(self, call: Call) -> Run:
        """A layer with all that was asked for."""
        from normstats.registry import default_samples, inputs_of
        from normstats.runs.run import Run
        from normstats.runs.target import samples_for

        samples = samples_for(self.samples, self.target, default_samples(call))
        inputs = inputs_of(call, *self.inputs)
        return Run(call, samples, self.seed, inputs, self.method, self.target)


INPUTS: Mapping[str, str] = MappingProxyType(
    {
        "x_mean": "mean of the inputs",
        "x_std": "standard deviation of the inputs",
        "dy_mean": "mean of the gradients that come in",
        "dy_std": "standard deviation of the gradients that come in",
    }
)


def input_options(usual: Inputs | None = None) -> list[click.Option]:
    """What x and dy are drawn from, unless it is said: the usual, or each layer's own."""
    standard = asdict(usual or Inputs())
    others = "" if usual else "; losses have their own"
    return [
        text(name.replace("_", "-"), None, "X", f"{words} [default: {standard[name]:g}{others}]")
        for name, words in INPUTS.items()
    ]


def sampling_options(usual: Inputs | None = None) -> list[click.Option]:
    """What is sampled, and how."""
    return [
        text(
            "samples",
            None,
            "N",
            "independent draws of the layer's input: 1e8, 100M, …"
            f" [default: {count(DEFAULT_SAMPLES)}; fewer for convolutions and linear;"
            f" with a target, at most {count(TARGET_SAMPLES)}]",
        ),
        text("seed", "0", "N", "the same seed gives the same bits, whatever --threads is"),
        text("threads", None, "N", "default: all cores that this process may use"),
        *input_options(usual),
        text("method", METHODS[0], "|".join(METHODS), "how the samples are drawn"),
        click.Option(["--conditional"], is_flag=True, help="integrate dy and masks out exactly"),
        text("target-se", None, "X", "draw until the errors of mean and std are at most X"),
        text("target-rel", None, "X", "the same, in units of the std"),
    ]


def report_options(cases: bool = False) -> list[click.Option]:
    """How the report looks and where it goes; ``cases``: whether it compares something."""
    first, *others = formats(cases)
    choices = "|".join([first, *others])
    return [
        text("format", None, choices, f"default: {first}, or what --output's suffix says"),
        text("output", None, "FILE", "write the report to FILE, whole or not at all"),
    ]


def noise_options() -> list[click.Option]:
    """What else is said on stderr."""
    return [
        click.Option(["--quiet"], is_flag=True, help="no progress and no warnings"),
        click.Option(["--no-progress"], is_flag=True, help="no progress bar on a terminal"),
    ]


def common_options(usual: Inputs | None = None) -> list[click.Option]:
    """All of them, new objects for a new command."""
    return [*sampling_options(usual), *report_options(), *noise_options()]


def text(name: str, default: str | None, metavar: str, words: str) -> click.Option:
    shown = f"{words} [default: {default}]" if default is not None else words
    return click.Option([f"--{name}"], type=str, default=default, metavar=metavar, help=shown)


def choose_form(form: str | None, output: str | None, cases: bool = False) -> str:
    """The format that is asked for, or the one that fits the file's suffix, or the first."""
    found = formats(cases)
    if form is None:
        _, dot, suffix = (output or "").lower().rpartition(".")
        fitting = (name for name, one in found.items() if dot + suffix in one.suffixes)
        return next(fitting, next(iter(found)))
    if form.lower() not in found:
        raise UsageError("--format", form, "must be one of " + ", ".join(found))
    return form.lower()


def parse_common(given: dict[str, Any]) -> Common:
    """Everything checked before anything is sampled; removes the common options from ``given``."""
    from normstats import api
    from normstats.runs.counts import parse_samples, parse_seed
    from normstats.runs.method import parse_method
    from normstats.runs.target import parse_target

    form, output = given.pop("format"), given.pop("output")
    quiet, no_progress = given.pop("quiet"), given.pop("no_progress")
    target = parse_target(given.pop("target_se"), given.pop("target_rel"))
    samples = given.pop("samples")
    return Common(
        samples=None if samples is None else parse_samples(samples),
        seed=parse_seed(given.pop("seed")),
        threads=api.parse_threads(given.pop("threads")),
        inputs=tuple(given.pop(name) for name in INPUTS),
        method=parse_method(given.pop("method"), given.pop("conditional")),
        target=target,
        form=choose_form(form, output),
        output=Output(output),
        quiet=quiet,
        bar=not no_progress,
    )
