"""Exact values of pooling over maps, from the marginal law of each window and how windows meet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from normstats.families.pooling_windows import Windows
from normstats.result import Exact
from normstats.runs.inputs import Inputs

# Pairs of windows, element by element, and unions of windows: more are not gone through.
MOST_MEETINGS = 2 * 10**7
MOST_UNIONS = 20_000


def pooled(parts: Iterable[tuple[float, float, float]], zeros: float) -> Exact:
    """Of a mixture: (weight, mean, variance) of each part; the weights add up to 1."""
    found = list(parts)
    mean = math.fsum(w * m for w, m, _ in found)
    variance = math.fsum(w * (v + (m - mean) ** 2) for w, m, v in found)
    std = math.sqrt(variance)
    return Exact(mean=mean, std=std, rms=math.hypot(mean, std), zeros=zeros)


def meetings(windows: Windows) -> Any:
    """The number of elements that each two windows share, as a sparse matrix; None if too many."""
    from scipy.sparse import csr_array

    if sum(len(found) ** 2 for found in windows.covering()) > MOST_MEETINGS:
        return None
    rows = np.repeat(np.arange(windows.outs), windows.sizes)
    columns = np.concatenate(windows.elements)
    belongs = csr_array((np.ones(len(rows)), (rows, columns)), (windows.outs, windows.ins))
    return (belongs @ belongs.T).tocoo()


def max_exact(windows: Windows, inputs: Inputs) -> tuple[Exact, Exact]:
    """Forward by order statistics; backward by where the largest of unions of windows lie."""
    from normstats.reference.orderstatistics import maximum

    parts = []
    for size, count in Counter(windows.sizes).items():
        mean, variance = maximum(size)
        parts.append(
            (
                count / windows.outs,
                inputs.x_mean + inputs.x_std * mean,
                inputs.x_std**2 * variance,
            )
        )
    forward = pooled(parts, 1.0 if inputs.x_std == 0.0 and inputs.x_mean == 0.0 else 0.0)
    # An element gets dy of as many windows as it is the largest of: their number's mean square.
    share = windows.outs / windows.ins
    square: float | None
    zeros: float | None
    if inputs.x_std == 0.0:  # then it is the first of each window
        counts = np.bincount([own[0] for own in windows.elements], minlength=windows.ins)
        square, zeros = float(np.mean(counts**2)), float(np.mean(counts == 0))
    else:
        square = mean_square_count(windows) if inputs.dy_mean != 0.0 else 0.0
        zeros = never_largest(windows)
    if inputs.dy_std == 0.0 and inputs.dy_mean == 0.0:
        zeros = 1.0
    mean = inputs.dy_mean * share
    if square is None:
        return forward, Exact(mean=mean, zeros=zeros)
    spread = inputs.dy_mean * math.sqrt(max(square - share**2, 0.0))
    std = math.hypot(inputs.dy_std * math.sqrt(share), spread)
    return forward, Exact(mean=mean, std=std, rms=math.hypot(mean, std), zeros=zeros)


def mean_square_count(windows: Windows) -> float | None:
    """E[number²] of the windows that an element is the largest of.

    Two windows have the same largest element where that of their union lies in both.
    """
    met = meetings(windows)
    if met is None:
        return None
    sizes = np.array(windows.sizes)
    return float(np.sum(met.data / (sizes[met.row] + sizes[met.col] - met.data))) / windows.ins


def never_largest(windows: Windows) -> float | None:
    """P(an element is the largest of no window), by inclusion and exclusion.

    Of a set of windows that it lies in, it is the largest of all with 1 chance in the size of their
    union. Sets with the same union are counted together; most of them cancel.
    """
    firsts = [int(own[0]) for own in windows.elements]
    masks = [
        sum(1 << int(element) - first for element in own)
        for own, first in zip(windows.elements, firsts, strict=True)
    ]
    known: dict[tuple[int, ...], float | None] = {}
    chances = []
    for found in windows.covering():
        if not found:
            chances.append(1.0)
            continue
        first = min(firsts[window] for window in found)
        own = tuple(masks[window] << firsts[window] - first for window in found)
        if own not in known:
            known[own] = _outside(own)
        chance = known[own]
        if chance is None:
            return None
        chances.append(chance)
    return math.fsum(chances) / windows.ins


def _outside(masks: tuple[int, ...]) -> float | None:
    unions: dict[int, int] = {0: 1}
    for mask in masks:
        for union, count in list(unions.items()):
            unions[union | mask] = unions.get(union | mask, 0) - count
        unions = {union: count for union, count in unions.items() if count}
        if len(unions) > MOST_UNIONS:
            return None
    return math.fsum(
        count / (union.bit_count() if union else 1.0) for union, count in unions.items()
    )


def lp_exact(
    windows: Windows, scales: tuple[float, ...], p: int, inputs: Inputs
) -> tuple[Exact, Exact]:
    """For p = 2, 4, 8 and inputs with a width: integrals of reference/powersums.py.

    y of window w is scales[w] times the p-norm of its elements. Where the integrals have too few
    digits, for means beyond four stds, there is no value; and none of dx's std where windows
    overlap, p is above 2 and dy has a mean.
    """
    from normstats.reference.powersums import MOST_MEAN, gradient_moments, norm_moments

    uncovered = sum(not found for found in windows.covering()) / windows.ins
    zeros = 1.0 if inputs.dy_std == 0.0 and inputs.dy_mean == 0.0 else uncovered
    m = inputs.x_mean / inputs.x_std
    if abs(m) > MOST_MEAN:
        return Exact(zeros=0.0), Exact(zeros=zeros)
    parts = []
    centre = square = 0.0
    for (size, scale), count in Counter(zip(windows.sizes, scales, strict=True)).items():
        first, second = norm_moments(p, size, m)
        unit = scale * inputs.x_std
        parts.append((count / windows.outs, unit * first, unit**2 * (second - first**2)))
        first, second = gradient_moments(p, size, m)
        centre += count * size * scale * first / windows.ins
        square += count * size * scale**2 * second / windows.ins
    forward, mean = pooled(parts, 0.0), inputs.dy_mean * centre
    spread = 0.0
    if inputs.dy_mean != 0.0:
        crossed = _crossed(windows, scales, p, m)
        if crossed is None:
            return forward, Exact(mean=mean, zeros=zeros)
        spread = inputs.dy_mean * math.sqrt(max(square + crossed - centre**2, 0.0))
    std = math.hypot(inputs.dy_std * math.sqrt(square), spread)
    return forward, Exact(mean=mean, std=std, rms=math.hypot(mean, std), zeros=zeros)


def _crossed(windows: Windows, scales: tuple[float, ...], p: int, m: float) -> float | None:
    """The part of E[(Σ g)²] that is of different windows of an element."""
    from normstats.reference.powersums import shared_gradients

    met = meetings(windows)
    if met is None:
        return None
    sizes, total = windows.sizes, 0.0
    for both, left, right in zip(met.data, met.row, met.col, strict=True):
        if left == right:
            continue
        if p != 2:
            return None
        others = sorted((sizes[left] - int(both), sizes[right] - int(both)))
        total += both * scales[left] * scales[right] * shared_gradients(*others, int(both), m)
    return total / windows.ins
