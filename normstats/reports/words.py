"""The sentences around a result's numbers, the same in every format for people."""

from __future__ import annotations

import math

from normstats import registry
from normstats.reports.columns import call, rows, unit, units
from normstats.reports.quantities import count, duration, plural, prefixed
from normstats.result import Result
from normstats.runs.inputs import Inputs

FEW_UNITS = 10  # with fewer, an error is known to no better than a quarter of itself


def title(result: Result) -> tuple[str, list[str]]:
    """The layer as it is called, and its formulas."""
    layer = registry.find(result.layer)
    formulas = [layer.formula, layer.gradient] if layer is not None else []
    return call(result), [formula for formula in formulas if formula]


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
    lines = []
    if result.interrupted:
        lines.append(f"INTERRUPTED after {plural(result.samples, 'sample')}")
    rate = result.samples / result.elapsed_s if result.elapsed_s > 0 else float("nan")
    method = [] if result.method == "plain" else [result.method]
    parts = [f"n = {count(result.samples)}", *method]
    parts += [f"seed {result.seed}", f"stream {result.stream}"]
    parts += [plural(result.threads, "thread"), duration(result.elapsed_s)]
    lines.append(", ".join([*parts, f"{prefixed(rate)} samples/s"]))
    if unit(result) != "sample":
        lines.append(f"standard errors from {_counted(units(result), unit(result))}")
    lines += [part for part in (inputs(result), *notes(result)) if part]
    return lines


def notes(result: Result) -> list[str]:
    """What a reader has to know before trusting the numbers."""
    found = list(result.notes)
    estimates = [row.estimate for row in rows(result) if not row.estimate.heavy]
    lacking = [estimate for estimate in estimates if estimate.se is None]
    if lacking and units(result) < 2:
        found.append(f"no standard errors: they need at least {_counted(2, unit(result))}")
    elif all(math.isfinite(estimate.value) for estimate in lacking) and lacking:
        found.append("no standard error where nothing varied in so few samples")
    elif lacking:
        found.append("no standard error where powers of the values overflow")
    elif 2 <= units(result) < FEW_UNITS:
        found.append(f"standard errors from only {_counted(units(result), unit(result))} are rough")
    return found


def _counted(n: int, noun: str) -> str:
    """2 groups of samples: the first word of the noun is the one that is counted."""
    head, _, rest = noun.partition(" ")
    return f"{plural(n, head)} {rest}".rstrip()
