"""The sentences around a result's numbers, the same in every format for people."""

from __future__ import annotations

from normstats.numerals.quantities import count, duration, plural, prefixed
from normstats.result import Result
from normstats.result.notes import counted, notes, unit, units
from normstats.runs.inputs import Inputs


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
        lines.append(f"standard errors from {counted(units(result), unit(result))}")
    return lines + [part for part in (inputs(result), *notes(result)) if part]
