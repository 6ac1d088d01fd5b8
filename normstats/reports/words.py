"""The sentences around a result's numbers, the same in every format for people."""

from __future__ import annotations

import math
from collections.abc import Iterator

from normstats.reports.gains import GAINS
from normstats.reports.quantities import count, duration, plural, prefixed
from normstats.result import Estimate, Result
from normstats.runs.inputs import Inputs

STATISTICS = ("mean", "std", "rms", "zeros")
FEW_UNITS = 10  # with fewer, an error is known to no better than a quarter of itself
RARE = 0.5 / math.sqrt(FEW_UNITS)  # the relative error of a std that so few values make up
MOST_OF_FOURTH_POWERS = 1e70  # (1e308/n)^¼ for the largest n
NAMES = {"forward": "y", "backward": "dx"}


def estimates(result: Result) -> Iterator[tuple[str, str, Estimate]]:
    """Direction, statistic and number of every row that a result has, in the order of reports."""
    for direction, side in result.statistics.items():
        for statistic in STATISTICS:
            yield direction, statistic, getattr(side, statistic)


def gain(name: str) -> str:
    """``1/std y``: a gain by what it is the inverse of."""
    direction, statistic = GAINS[name]
    return f"1/{statistic} {NAMES[direction]}"


def unit(result: Result) -> str:
    """What is drawn independently: a sample, or the group that shares a draw of the weights."""
    return result.unit or "sample"


def units(result: Result) -> int:
    """How many of them the standard errors rest on."""
    return result.units or result.samples


def inputs(result: Result) -> str:
    """The inputs' distributions if they are not the standard ones, else nothing."""
    given = result.inputs
    if given == Inputs():
        return ""
    x, dy = _normal(given.x_mean, given.x_std), _normal(given.dy_mean, given.dy_std)
    return f"inputs: x ~ {x}, dy ~ {dy}"


def _normal(mean: float, std: float) -> str:
    spread = f"{std:.12g}" if std in (0.0, 1.0) else f"{std:.12g}²"
    return f"N({mean:.12g}, {spread})"


def run(result: Result) -> list[str]:
    """What it took, and what the errors rest on."""
    rate = result.samples / result.elapsed_s if result.elapsed_s > 0 else float("nan")
    method = [] if result.method == "plain" else [result.method]
    parts = [f"n = {count(result.samples)}", *method]
    parts += [f"seed {result.seed}", f"stream {result.stream}"]
    parts += [plural(result.threads, "thread"), duration(result.elapsed_s)]
    lines = [", ".join([*parts, f"{prefixed(rate)} samples/s"])]
    if unit(result) != "sample":
        lines.append(f"standard errors from {_counted(units(result), unit(result))}")
    return lines + [part for part in (inputs(result), *notes(result)) if part]


def interruption(result: Result) -> list[str]:
    """How far an interrupted run came; nothing for others."""
    return [f"INTERRUPTED after {plural(result.samples, 'sample')}"] if result.interrupted else []


def facts(result: Result) -> list[str]:
    """How the numbers came about, and what a reader has to know of them."""
    return [*interruption(result), *run(result)]


def notes(result: Result) -> list[str]:
    """What a reader has to know before trusting the numbers."""
    found = list(result.notes)
    if units(result) < 2:
        if any(estimate.se is None for _, _, estimate in estimates(result)):
            found.append(f"no standard errors: they need at least {_counted(2, unit(result))}")
        return found
    lacking = [estimate for _, _, estimate in estimates(result) if estimate.se is None]
    if any(map(_overflows, lacking)):
        found.append("no standard error where powers of the values overflow")
    if not all(map(_overflows, lacking)):
        found.append("no standard error where nothing varied in so few samples")
    if not lacking and units(result) < FEW_UNITS:
        found.append(f"standard errors from only {_counted(units(result), unit(result))} are rough")
    else:
        found += _rare(result)
    return found


def _overflows(estimate: Estimate) -> bool:
    """Whether an error is unknown because it takes fourth powers, which are no numbers any more."""
    return not abs(estimate.value) < MOST_OF_FOURTH_POWERS


def _rare(result: Result) -> list[str]:
    """Where a few of the samples make up a std: a sum that k of them make up has an error of
    1/√k of itself, and its root half of that.
    """
    found: dict[int, list[str]] = {}
    for direction, side in result.statistics.items():
        std = side.std
        if std.se is not None and std.se > RARE * std.value > 0.0:
            events = max(1, round((0.5 * std.value / std.se) ** 2))
            found.setdefault(events, []).append(NAMES.get(direction, f"gradient of {direction}"))
    return [
        f"the numbers of {' and '.join(names)} rest on about {plural(events, 'large value')}:"
        " errors and deviations are rough"
        for events, names in found.items()
    ]


def _counted(n: int, noun: str) -> str:
    """2 groups of samples: the first word of the noun is the one that is counted."""
    head, _, rest = noun.partition(" ")
    return f"{plural(n, head)} {rest}".rstrip()
