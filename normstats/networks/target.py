"""How far a measured chain is from wanted errors."""

from __future__ import annotations

import math
from collections.abc import Iterator

from normstats.engine.target import Reached
from normstats.networks.result import LN10, ChainResult, Number
from normstats.runs.target import Target

FIRST = 10  # networks


def reached(target: Target, result: ChainResult) -> Reached:
    """The errors of mean and std of y, and of the std of dx and of weights' gradients, by layer.

    A std of 0 has no error, and needs none; one that is no number never gets one.
    """
    if result.networks < 2:
        return Reached(math.inf, known=False)
    ratios = [0.0]
    for std, error, mean_error in _errors(result):
        if target.rel is not None:
            of_mean = mean_error / std if std else 0.0
            ratios.append(max(error, of_mean) / target.rel)
        if target.se is not None:
            ratios.append(max(error * std, mean_error) / target.se)
    worst = max(ratios, key=lambda ratio: math.inf if math.isnan(ratio) else ratio)
    lost = not math.isfinite(worst)
    return Reached(math.inf if lost else worst, floor=math.inf if lost else 0.0)


def _errors(result: ChainResult) -> Iterator[tuple[float, float, float]]:
    """A std, its relative error, and the error of the mean beside it."""
    for layer in result.layers:
        yield from _error(layer.forward_std, layer.forward_mean)
        for one in (layer.gradient_std, *layer.weights.values()):
            yield from _error(one, None)


def _error(std: Number, mean: Number | None) -> Iterator[tuple[float, float, float]]:
    if std.value == 0.0:
        return
    if std.log10_se is None:
        yield math.nan, math.nan, math.nan
        return
    value = std.value
    if value is None:  # beyond float64, on one side or on the other
        value = math.inf if (std.log10 or 0.0) > 0.0 else 0.0
    of_mean = 0.0 if mean is None or mean.se is None else mean.se
    yield value, std.log10_se * LN10, of_mean
