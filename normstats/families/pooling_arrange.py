"""From the parameters of a pooling to its windows, and what PyTorch refuses of them."""

from __future__ import annotations

import math
from typing import Any

from normstats.errors import UsageError
from normstats.families.pooling_windows import Windows, adaptive, sliding, windows_of
from normstats.layer.params import Params

# Elements of all windows together: what a kernel's tables may hold.
MOST_TAPS = 2**22
# A map that has some interior and is drawn fast, by its dimensions.
USUAL_SIZE = {1: 16, 2: 8, 3: 5}


def along(params: Params, name: str, usual: int) -> tuple[int, ...]:
    """A parameter of sliding windows along each axis, also where it was left out."""
    found: tuple[int, ...] = params.get(name, (usual,) * len(params["kernel_size"]))
    return found


def with_size(values: dict[str, Any]) -> dict[str, Any]:
    """One window needs no more said than its size; other maps have theirs as a parameter."""
    kernel = values["kernel_size"]
    if values.get("stride") == kernel:
        del values["stride"]
    moved = any(name in values for name in ("stride", "padding", "dilation"))
    size = values.pop("size", None)
    if size is None and moved:
        usual = USUAL_SIZE[len(kernel)]
        strides, dilations = values.get("stride", kernel), along(values, "dilation", 1)
        reach = zip(kernel, strides, dilations, strict=True)
        size = tuple(max(usual, d * (k - 1) + 1 + s) for k, s, d in reach)
    if size is not None and (moved or size != kernel):
        values["size"] = size
    return values


def sliding_windows(params: Params) -> Windows:
    """Those of kernel_size, stride, padding, dilation and ceil_mode."""
    kernel = params["kernel_size"]
    size, strides = params.get("size", kernel), params.get("stride", kernel)
    paddings, dilations = along(params, "padding", 0), along(params, "dilation", 1)
    ceil = params.get("ceil_mode") == "true"
    axes = []
    for extent, k, s, p, d in zip(size, kernel, strides, paddings, dilations, strict=True):
        reach = d * (k - 1) + 1
        if p > k // 2:
            allowed = f"must be at most {k // 2}: half of the kernel size {k}, as in PyTorch"
            raise UsageError("`padding`", p, allowed)
        found = sliding(extent, k, s, p, d, ceil)
        if not found:
            allowed = f"must be larger: the kernel covers {reach} elements, and no window fits in"
            raise UsageError("`size`", extent, allowed)
        if not all(window.positions for window in found):
            allowed = (
                "leaves a window that is nothing but padding: must be smaller, or the map larger"
            )
            raise UsageError("`padding`", p, allowed)
        axes.append(found)
    _fitting("`kernel_size`", kernel, size, axes)
    windows = windows_of(size, axes)
    return windows if "size" in params else windows.single


def sliding_in_maps(params: Params) -> Windows:
    """The same of maps that are nowhere smaller than the kernel, whatever the padding is."""
    for extent, k in zip(
        params.get("size", params["kernel_size"]), params["kernel_size"], strict=True
    ):
        if extent < k:
            allowed = f"must be at least {k}, as large as the kernel, as in PyTorch"
            raise UsageError("`size`", extent, allowed)
    return sliding_windows(params)


def adaptive_windows(params: Params) -> Windows:
    """Those of size and output_size."""
    size, counts = params["size"], params["output_size"]
    axes = [adaptive(extent, count) for extent, count in zip(size, counts, strict=True)]
    _fitting("`output_size`", counts, size, axes)
    return windows_of(size, axes)


def _fitting(option: str, given: Any, size: tuple[int, ...], axes: Any) -> None:
    """UsageError if the windows have too many elements for a table."""
    taps = math.prod(sum(len(window.positions) for window in axis) for axis in axes)
    if taps > MOST_TAPS:
        shown = "x".join(map(str, given))
        allowed = f"makes windows of {taps} elements in all: must be at most {MOST_TAPS}"
        raise UsageError(option, shown, allowed)
