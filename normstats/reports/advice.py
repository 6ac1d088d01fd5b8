"""What a user does with the numbers: what to subtract, and which gain to multiply by."""

from __future__ import annotations

from normstats.result import Estimate, Result
from normstats.result.quantity import ZERO

STD, RMS, BACKWARD = (
    "For y with mean 0 and std 1: {shift}multiply by 1/std y.",
    "For y with rms 1, its mean kept: multiply by 1/rms y.",
    "For dx with std 1: multiply y by 1/std dx.",
)


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
