"""The sentences around a result's numbers, the same in every format for people."""

from __future__ import annotations

from normstats.numerals.quantities import count, duration, plural, prefixed
from normstats.result import Result
from normstats.result.notes import NAMES, counted, notes, unit, units
from normstats.result.quantity import rule
from normstats.runs.inputs import Inputs


def gain(name: str) -> str:
    """``1/std y``: a gain by what it is the inverse of."""
    found = rule(name)
    return f"1/{found.statistic} {NAMES[found.direction]}"


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


def interruption(result: Result) -> list[str]:
    """How far an interrupted run came; nothing for others."""
    return [f"INTERRUPTED after {plural(result.samples, 'sample')}"] if result.interrupted else []


def facts(result: Result) -> list[str]:
    """How the numbers came about, and what a reader has to know of them."""
    return [*interruption(result), *run(result)]
