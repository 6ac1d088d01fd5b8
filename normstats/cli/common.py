"""The options every sampling command has, and what they become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from normstats.cli.output import Output
from normstats.errors import UsageError
from normstats.reports import FORMATS, SUFFIXES
from normstats.runs.inputs import Inputs

DEFAULT_SAMPLES, TARGET_SAMPLES = "1e7", "1e12"
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

    samples: int | None  # None: the layer's default
    seed: int
    inputs: Inputs
    method: Method
    target: Target | None
    threads: int
    form: str
    output: Output
    quiet: bool
    bar: bool

    def run(self, call: Call) -> Run:
        """A layer with all that was asked for."""
        from normstats.registry import layer_of
        from normstats.runs.counts import parse_samples
        from normstats.runs.run import Run

        samples = self.samples
        if samples is None:
            own = layer_of(call).default_samples(call.params)
            samples = parse_samples(DEFAULT_SAMPLES) if own is None else own
        return Run(call, samples, self.seed, self.inputs, self.method, self.target)


def sampling_options() -> list[click.Option]:
    """What is sampled, and how."""
    return [
        text(
            "samples",
            None,
            "N",
            "independent draws of the layer's input: 1e8, 100M, …"
            f" [default: {DEFAULT_SAMPLES}; fewer for convolutions and linear;"
            f" with a target, at most {TARGET_SAMPLES}]",
        ),
        text("seed", "0", "N", "the same seed gives the same bits, whatever --threads is"),
        text("threads", None, "N", "default: all cores that this process may use"),
        text("x-mean", "0", "X", "mean of the inputs"),
        text("x-std", "1", "X", "standard deviation of the inputs"),
        text("dy-mean", "0", "X", "mean of the gradients that come in"),
        text("dy-std", "1", "X", "standard deviation of the gradients that come in"),
        text("method", METHODS[0], "|".join(METHODS), "how the samples are drawn"),
        click.Option(["--conditional"], is_flag=True, help="integrate dy and masks out exactly"),
        text("target-se", None, "X", "draw until the errors of mean and std are at most X"),
        text("target-rel", None, "X", "the same, in units of the std"),
    ]


def report_options(forms: tuple[str, ...] = FORMATS) -> list[click.Option]:
    """How the report looks and where it goes."""
    return [
        text("format", None, "|".join(forms), "default: table, or what --output's suffix says"),
        text("output", None, "FILE", "write the report to FILE, whole or not at all"),
    ]


def noise_options() -> list[click.Option]:
    """What else is said on stderr."""
    return [
        click.Option(["--quiet"], is_flag=True, help="no progress and no warnings"),
        click.Option(["--no-progress"], is_flag=True, help="no progress bar on a terminal"),
    ]


def common_options() -> list[click.Option]:
    """All of them, new objects for a new command."""
    return [*sampling_options(), *report_options(), *noise_options()]


def text(name: str, default: str | None, metavar: str, words: str) -> click.Option:
    shown = f"{words} [default: {default}]" if default is not None else words
    return click.Option([f"--{name}"], type=str, default=default, metavar=metavar, help=shown)


def choose_form(form: str | None, output: str | None, forms: tuple[str, ...] = FORMATS) -> str:
    """The format that is asked for, or the one that fits the file's suffix."""
    if form is None:
        suffix = output[output.rfind(".") :].lower() if output and "." in output else ""
        by_suffix = SUFFIXES.get(suffix, forms[0])
        return by_suffix if by_suffix in forms else forms[0]
    if form.lower() not in forms:
        raise UsageError("--format", form, "must be one of " + ", ".join(forms))
    return form.lower()


def parse_common(given: dict[str, Any]) -> Common:
    """Everything checked before anything is sampled; removes the common options from ``given``."""
    from normstats import api
    from normstats.runs.counts import parse_samples, parse_seed
    from normstats.runs.inputs import parse_inputs
    from normstats.runs.method import parse_method
    from normstats.runs.target import parse_target

    form, output = given.pop("format"), given.pop("output")
    quiet, no_progress = given.pop("quiet"), given.pop("no_progress")
    target = parse_target(given.pop("target_se"), given.pop("target_rel"))
    samples = given.pop("samples")
    if samples is None and target:
        samples = TARGET_SAMPLES
    return Common(
        samples=None if samples is None else parse_samples(samples),
        seed=parse_seed(given.pop("seed")),
        threads=api.parse_threads(given.pop("threads")),
        inputs=parse_inputs(
            *(given.pop(name) for name in ("x_mean", "x_std", "dy_mean", "dy_std"))
        ),
        method=parse_method(given.pop("method"), given.pop("conditional")),
        target=target,
        form=choose_form(form, output),
        output=Output(output),
        quiet=quiet,
        bar=not no_progress,
    )
