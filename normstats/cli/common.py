"""The options every sampling command has, and what they become."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from normstats.cli.completion import completing
from normstats.cli.doing import Doing
from normstats.cli.long import NAMES as LONG
from normstats.cli.long import long_options, parse_long
from normstats.cli.output import Output
from normstats.cli.shown import Shown
from normstats.errors import UsageError
from normstats.numerals.quantities import count
from normstats.reports.formats import find, formats
from normstats.runs.inputs import Inputs
from normstats.runs.target import DEFAULT_SAMPLES, TARGET_SAMPLES

METHODS = {
    "plain": "independent samples: errors that everybody understands",
    "antithetic": "pairs x and −x: means of odd functions come out exactly",
    "rqmc": "evenly spread samples: most digits in the least time",
}

if TYPE_CHECKING:
    from normstats.reports.names import Choice
    from normstats.runs.call import Call
    from normstats.runs.method import Method
    from normstats.runs.run import Run
    from normstats.runs.target import Target

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Common(Doing):
    """The common options, parsed and checked."""

    samples: int | None  # None: the layer's usual number, or the most with a target
    seed: int
    inputs: tuple[str | None, ...]
    method: Method
    target: Target | None
    form: str
    choice: Choice | None
    get: str | None

    @property
    def shown(self) -> Shown:
        """How results are shown."""
        return Shown(self.form, self.output, self.choice, self.get, self.quiet)

    def run(self, call: Call) -> Run:
        """A layer with all that was asked for."""
        from normstats.registry import inputs_of
        from normstats.runs.run import Run

        inputs = inputs_of(call, *self.inputs)
        samples = self.long.samples_for(call, self.samples, self.method, self.target)
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


def sampling_options(
    usual: Inputs | None = None, samples: str = count(DEFAULT_SAMPLES)
) -> list[click.Option]:
    """What is sampled, and how; ``usual`` and ``samples`` are what is taken unasked."""
    return [
        text(
            "samples",
            None,
            "N",
            "independent draws of the layer's input: 1e8, 100M, …"
            f" [default: {samples}; with a target, at most {count(TARGET_SAMPLES)}]",
            short="-n",
        ),
        text("seed", "0", "N", "the same seed gives the same bits, whatever --threads is"),
        text("threads", None, "N", "default: all cores that this process may use"),
        *input_options(usual),
        text("method", "plain", "|".join(METHODS), "how the samples are drawn", values=METHODS),
        click.Option(["--conditional"], is_flag=True, help="integrate dy and masks out exactly"),
        *target_options(),
    ]


def target_options() -> list[click.Option]:
    """How small errors have to be."""
    return [
        text("target-se", None, "X", "draw until the errors of mean and std are at most X"),
        text("target-rel", None, "X", "the same, in units of the std"),
    ]


def report_options(cases: bool = False) -> list[click.Option]:
    """How the report looks and where it goes; ``cases``: whether it compares something."""
    first, *others = names = list(formats(cases))
    choices = "|".join([first, *others])
    usual = f"default: {first}, or what --output's suffix says"
    return [
        text("format", None, choices, usual, values=names),
        text("output", None, "FILE", "write the report to FILE, whole or not at all", short="-o"),
    ]


def method_lines(formatter: click.HelpFormatter) -> None:
    """A line for each way to draw samples."""
    with formatter.section("Methods"):
        formatter.write_dl([(f"--method {name}", words) for name, words in METHODS.items()])


def number_options() -> list[click.Option]:
    """Which numbers are shown, and to how many digits."""
    return [
        text("columns", None, "NAMES", "a line a layer with these, as in forward.std,gain"),
        text("digits", None, "N", "significant digits of such a line, and no errors"),
        text("get", None, "NAME", "print this number alone: gain, backward.std, …"),
    ]


def noise_options() -> list[click.Option]:
    """What else is said on stderr."""
    return [
        click.Option(["--quiet"], is_flag=True, help="no progress and no warnings"),
        click.Option(["--no-progress"], is_flag=True, help="no progress bar on a terminal"),
    ]


def common_options(
    usual: Inputs | None = None, samples: str = count(DEFAULT_SAMPLES)
) -> list[click.Option]:
    """All of them, new objects for a new command."""
    shown = [*report_options(), *number_options()]
    return [*sampling_options(usual, samples), *long_options(), *shown, *noise_options()]


def text(
    name: str,
    default: str | None,
    metavar: str,
    words: str,
    *,
    short: str = "",
    values: Iterable[str] = (),
) -> click.Option:
    """An option whose value is parsed later; ``values`` are what a shell may complete."""
    shown = f"{words} [default: {default}]" if default is not None else words
    return click.Option(
        [*([short] if short else []), f"--{name}"],
        type=str,
        default=default,
        metavar=metavar,
        help=shown,
        shell_complete=completing(values),
    )


def choose_form(form: str | None, output: str | None, cases: bool = False) -> str:
    """The format that is asked for, or the one that fits the file's suffix, or the first.

    Raises UsageError for a format that there is not, or a suffix that stands for none.
    """
    names = formats(cases)
    if form is not None:
        found = find(form, cases)
        if found is None:
            raise UsageError("--format", form, "must be one of " + ", ".join(names))
        return found
    suffix = os.path.splitext(output or "")[1]
    found = find(suffix, cases) if suffix else next(iter(names))
    if found is None:
        known = ", ".join(suffix for one in names.values() for suffix in one.suffixes)
        allowed = f"no format has the suffix {suffix} (there are {known}); --format says which"
        raise UsageError("--output", output, allowed)
    return found


def parse_common(given: dict[str, Any]) -> Common:
    """Everything checked before anything is sampled; removes the common options from ``given``."""
    from normstats import api
    from normstats.runs.counts import parse_samples, parse_seed
    from normstats.runs.method import parse_method
    from normstats.runs.target import parse_target

    form, output = given.pop("format"), given.pop("output")
    quiet, no_progress = given.pop("quiet"), given.pop("no_progress")
    samples = given.pop("samples")
    long = parse_long({**given, "format": form, "output": output})
    for name in LONG:
        given.pop(name)
    # The sums of a share have one form, which the format of a report has nothing to do with.
    parsed = choose_form(form, output if long.shard is None else None)
    choice, get = parse_numbers(given, form, parsed)
    return Common(
        samples=None if samples is None else parse_samples(samples),
        seed=parse_seed(given.pop("seed")),
        threads=api.parse_threads(given.pop("threads")),
        inputs=tuple(given.pop(name) for name in INPUTS),
        method=parse_method(given.pop("method"), given.pop("conditional")),
        target=parse_target(given.pop("target_se"), given.pop("target_rel")),
        form=parsed,
        output=Output(output),
        choice=choice,
        get=get,
        quiet=quiet,
        bar=not no_progress,
        long=long,
    )


def parse_numbers(
    given: dict[str, Any], asked: str | None, form: str
) -> tuple[Choice | None, str | None]:
    """What --columns, --digits and --get say, which do not go with everything else."""
    from normstats.reports.names import canonical, parse_choice

    columns, digits, get = (given.pop(name) for name in ("columns", "digits", "get"))
    choice = parse_choice(columns, digits)
    option = ("--columns", columns) if columns is not None else ("--digits", digits)
    if choice is not None and not formats()[form].people:
        raise UsageError(*option, f"{form} has all numbers and all digits as it is")
    if get is None:
        return choice, None
    for name, value in (("--format", asked), option):
        if value is not None:
            raise UsageError(name, value, "not together with --get, which prints a number alone")
    return None, canonical(get)
