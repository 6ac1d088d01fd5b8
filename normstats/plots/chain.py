"""What the picture of a measured chain shows: its profile by depth."""

from __future__ import annotations

import math
from collections.abc import Sequence

from normstats.networks.result import ChainLayer, ChainResult, Number
from normstats.plots.depth import Curve, Profile

UNKNOWN = math.nan


def profile(result: ChainResult) -> Profile:
    """Std of the signal and of its gradient behind each layer, at 0 those of x.

    Layers within a branch are left out, as they do not follow one on the other.
    """
    trunk = [layer for layer in result.layers if layer.depth == 0]
    depth = [0, *(layer.number for layer in trunk)]
    signal = [result.x, *(layer.forward_std for layer in trunk)]
    # dx of a layer is the gradient by what the layer before it puts out.
    gradient = [*(layer.gradient_std for layer in trunk), result.dy]
    forward = [UNKNOWN, *(_theory(layer, "forward_std") for layer in trunk)]
    backward = [*(_theory(layer, "gradient_std") for layer in trunk), UNKNOWN]
    found = [_measured("signal", depth, signal), *_expected(depth, forward)]
    found += [_measured("gradient", depth, gradient), *_expected(depth, backward)]
    return Profile(result.run.chain.text, tuple(found))


def _measured(label: str, depth: Sequence[int], numbers: Sequence[Number]) -> Curve:
    logs = [UNKNOWN if one.log10 is None else one.log10 for one in numbers]
    errors = [one.log10_se or 0.0 for one in numbers]
    low = [log - error for log, error in zip(logs, errors, strict=True)]
    high = [log + error for log, error in zip(logs, errors, strict=True)]
    return Curve(label, depth, logs, low, high)


def _theory(layer: ChainLayer, name: str) -> float:
    return UNKNOWN if layer.theory is None else layer.theory.get(name, UNKNOWN)


def _expected(depth: Sequence[int], logs: Sequence[float]) -> list[Curve]:
    """A curve, or none where nothing is known."""
    known = any(math.isfinite(log) for log in logs)
    return [Curve("theory", depth, logs, theory=True)] if known else []
