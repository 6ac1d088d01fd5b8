"""Overlap counts counted by a convolution: dx of a kernel of ones where every dy is 1.

Each window then adds 1 to every position that it covers, so dx is how many windows cover it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from normstats import registry
from normstats.published.catalogue import Constant, Matrix
from normstats.values import Array


def counted(constant: Constant) -> Matrix | None:
    """The table of a constant as the convolution has it; None for what it cannot count."""
    if constant.formula == "overlap_counts":
        return _cell(constant.layer, **constant.arguments)
    if constant.formula == "tap_factor_counts":
        return _factors(constant.layer, **constant.arguments)
    return None


def cover(name: str, kernel_size: int, stride: int, length: int) -> Array:
    """Of so many positions a side, from one on where a window begins, and far from any border."""
    start = -(-kernel_size // stride) * stride
    size = start + length + kernel_size + stride
    layer = registry.get(name)
    given: dict[str, Any] = {"kernel_size": kernel_size, "stride": stride, "size": size}
    params = layer.parse({"in_channels": 1, "out_channels": 1, **given})
    shapes = layer.shapes(params)
    weight = np.ones(shapes.extras["weight"].shape)
    _, dx, *_ = layer.apply(np.zeros(shapes.x), np.ones(shapes.y), params, {"weight": weight})
    return dx[0, start : start + length, start : start + length]


def _cell(name: str, kernel_size: int, stride: int, phase: int = 0) -> Matrix:
    found = cover(name, kernel_size, stride, stride + phase)[phase:, phase:]
    return tuple(tuple(map(float, line)) for line in found)


def _factors(name: str, kernels: list[list[int]], factors: list[int]) -> Matrix:
    """How many positions of one window are covered by so many windows."""
    found = [cover(name, kernel_size, stride, kernel_size) for kernel_size, stride in kernels]
    return tuple(tuple(float((one == factor).sum()) for factor in factors) for one in found)
