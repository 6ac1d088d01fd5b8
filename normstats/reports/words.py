"""The sentences around a result's numbers: how they came about, and what a user does with them."""

from __future__ import annotations

from normstats.numerals.quantities import count, duration, plural, prefixed
from normstats.result import Estimate, Result
from normstats.result.notes import NAMES, counted, notes, unit, units
from normstats.result.quantity import ZERO, rule
from normstats.runs.inputs import Inputs

STD, RMS, BACKWARD = (
    "For y with mean 0 and std 1: {shift}multiply by 1/std y.",
    "For y with rms 1, its mean kept: multiply by 1/rms y.",
    "For dx with std 1: multiply y by 1/std dx.",
)


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


def advice(result: Result) -> list[str]:
    """One sentence for each aim; and what has no gain, with the reason."""
    found, centred = result.gains, is_zero(result.forward.mean)
    lines = []
    if "gain" in found:
        shift = "nothing to subtract, " if centred else "subtract its mean, then "
        lines.append(STD.format(shift=shift))
    if "gain_rms" in found and not ("gain" in found and centred):
        lines.append(RMS)
    if "backward_gain" in found:
        lines.append(BACKWARD)
    scales = {"gain": ("y", result.forward.std), "backward_gain": ("dx", result.backward.std)}
    missing: dict[str, list[str]] = {}
    for gain, (name, scale) in scales.items():
        if gain not in found and (reason := _reason(scale)):
            missing.setdefault(reason, []).append(name)
    return lines + [f"No 1/std of {' and '.join(of)}: {why}." for why, of in missing.items()]


def is_zero(estimate: Estimate) -> bool:
    """Whether a mean is 0, or is not told from it where no exact value is known."""
    if estimate.exact is not None:
        return estimate.exact == 0.0
    return estimate.se is not None and abs(estimate.value) <= ZERO * estimate.se


def _reason(scale: Estimate) -> str:
    """Why there is no gain; nothing where even that is unknown."""
    if scale.exact == 0.0 or (scale.value == scale.se == 0.0 and scale.exact is None):
        return "the standard deviation is 0"
    if scale.exact is None and scale.se is not None and 0.0 < scale.value <= ZERO * scale.se:
        return "its error is too large to tell it; take more samples"
    return ""
