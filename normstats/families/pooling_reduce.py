"""What a pooling makes of a window: the largest element, the average, or the p-norm.

Each says which kernels do it on a single window and on a map, and what they are given.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from normstats.errors import UsageError
from normstats.families import pooling_exact, pooling_kernels, pooling_single
from normstats.families.linear_map import Entries, linear_map, linear_map_expected
from normstats.families.pooling_windows import Windows
from normstats.layer.params import Params
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from normstats.values import Array

Kernels = tuple[Callable[..., None], Callable[..., None]]


class Reduction(ABC):
    """``formula`` of y and ``gradient``, in words."""

    formula: str
    gradient: str

    @abstractmethod
    def kernels(self, windows: Windows) -> Kernels:
        """The array kernel, and the one for expectations."""

    @abstractmethod
    def sizes(self, windows: Windows, params: Params) -> tuple[int, ...]:
        """What they see as n."""

    def coefficients(self, windows: Windows, params: Params) -> tuple[float, ...]:
        """What they see as c."""
        return ()

    def scratch(self, windows: Windows) -> int:
        """Their scratch rows."""
        return 0

    @abstractmethod
    def twin(self, x: Array, dy: Array, windows: Windows, params: Params) -> tuple[Array, Array]:
        """y and dx, with maps in the rows of x and their windows in the rows of dy."""

    @abstractmethod
    def exact(self, windows: Windows, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        """Exact values of y and of dx."""

    def refuse(self, params: Params, inputs: Inputs) -> None:
        """UsageError for inputs where float64 would be wrong."""
        return None


@lru_cache(maxsize=64)
def entries(windows: Windows, scales: tuple[float, ...]) -> Entries:
    """The linear map that adds up each window and multiplies it by its scale."""
    sizes = windows.sizes
    return Entries(
        windows.x,
        windows.y,
        np.repeat(np.arange(windows.outs), sizes),
        np.concatenate(windows.elements),
        np.repeat(np.array(scales), sizes),
    )


def table(windows: Windows) -> tuple[int, ...]:
    """Which elements each window has, and which windows each element: see ``Entries.sizes``."""
    return entries(windows, (1.0,) * windows.outs).sizes()


class Largest(Reduction):
    formula = "max"
    gradient = "dx = dy at the largest element, 0 elsewhere"

    def kernels(self, windows: Windows) -> Kernels:
        if windows.is_whole:
            return pooling_single.max_pool, pooling_single.max_pool_expected
        return pooling_kernels.max_map, pooling_kernels.max_map_expected

    def sizes(self, windows: Windows, params: Params) -> tuple[int, ...]:
        return (windows.ins,) if windows.is_whole else table(windows)

    def scratch(self, windows: Windows) -> int:
        return 0 if windows.is_whole else windows.outs

    def twin(self, x: Array, dy: Array, windows: Windows, params: Params) -> tuple[Array, Array]:
        y, dx, samples = np.empty_like(dy), np.zeros_like(x), np.arange(len(x))
        for window, own in enumerate(windows.elements):
            at = own[np.argmax(x[:, own], axis=1)]
            y[:, window] = x[samples, at]
            dx[samples, at] += dy[:, window]
        return y, dx

    def exact(self, windows: Windows, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        if windows.is_whole:
            return pooling_single.max_exact(windows.ins, inputs)
        return pooling_exact.max_exact(windows, inputs)


class Average(Reduction):
    formula = "mean"
    gradient = "dx = dy / elements of the window"

    def scales(self, windows: Windows, params: Params) -> tuple[float, ...]:
        """One over the divisor of each window."""
        if "divisor_override" in params:
            return (1.0 / params["divisor_override"],) * windows.outs
        padded = params.get("count_include_pad") != "false"
        return tuple(1.0 / count for count in (windows.lengths if padded else windows.sizes))

    def kernels(self, windows: Windows) -> Kernels:
        if windows.is_whole:
            return pooling_single.avg_pool, pooling_single.avg_pool_expected
        return linear_map, linear_map_expected

    def sizes(self, windows: Windows, params: Params) -> tuple[int, ...]:
        return (windows.ins,) if windows.is_whole else table(windows)

    def coefficients(self, windows: Windows, params: Params) -> tuple[float, ...]:
        scales = self.scales(windows, params)
        return scales if windows.is_whole else entries(windows, scales).coefficients()

    def twin(self, x: Array, dy: Array, windows: Windows, params: Params) -> tuple[Array, Array]:
        y, dx = np.empty_like(dy), np.zeros_like(x)
        scales = self.scales(windows, params)
        for window, (own, scale) in enumerate(zip(windows.elements, scales, strict=True)):
            y[:, window] = x[:, own].sum(axis=1) * scale
            dx[:, own] += dy[:, window, None] * scale
        return y, dx

    def exact(self, windows: Windows, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        scales = self.scales(windows, params)
        if windows.is_whole and scales == (1.0 / windows.ins,):
            return pooling_single.avg_exact(windows.ins, inputs)
        return entries(windows, scales).exact(inputs)


class Norm(Reduction):
    formula = "(Σ x^norm_type)^(1/norm_type)"
    gradient = "dx = dy·(x/y)^(norm_type − 1)"

    def factors(self, windows: Windows, params: Params) -> tuple[float, ...]:
        """What Σ xᵖ is multiplied by: PyTorch takes a window cut off at the rim for a whole one."""
        whole = math.prod(params["kernel_size"])
        return tuple(whole / count for count in windows.lengths)

    def kernels(self, windows: Windows) -> Kernels:
        return pooling_kernels.lp_map, pooling_kernels.lp_map_expected

    def sizes(self, windows: Windows, params: Params) -> tuple[int, ...]:
        return params["norm_type"].bit_length() - 1, *table(windows)

    def coefficients(self, windows: Windows, params: Params) -> tuple[float, ...]:
        return self.factors(windows, params)

    def scratch(self, windows: Windows) -> int:
        return windows.outs

    def twin(self, x: Array, dy: Array, windows: Windows, params: Params) -> tuple[Array, Array]:
        p = params["norm_type"]
        y, dx = np.empty_like(dy), np.zeros_like(x)
        factors = self.factors(windows, params)
        for window, (own, factor) in enumerate(zip(windows.elements, factors, strict=True)):
            total = (x[:, own] ** p).sum(axis=1) * factor
            y[:, window] = total if p == 1 else total ** (1.0 / p)
            inverse = np.divide(1.0, y[:, window], where=y[:, window] != 0, out=np.zeros(len(y)))
            slope = (x[:, own] * inverse[:, None]) ** (p - 1)
            dx[:, own] += dy[:, window, None] * factor * slope
        return y, dx

    def refuse(self, params: Params, inputs: Inputs) -> None:
        """The p-th powers of tiny numbers are 0."""
        p, size = params["norm_type"], math.hypot(inputs.x_mean, inputs.x_std)
        least = 1e-240 ** (1.0 / p)
        if 0.0 < size < least:
            allowed = f"must be at least {least:.0e} with --norm-type {p}: its power would be 0"
            raise UsageError("`x_std`", inputs.x_std, allowed)

    def exact(self, windows: Windows, params: Params, inputs: Inputs) -> tuple[Exact, Exact]:
        p, factors = params["norm_type"], self.factors(windows, params)
        if p == 1:
            return entries(windows, factors).exact(inputs)
        scales = tuple(factor ** (1.0 / p) for factor in factors)
        if inputs.x_std > 0.0:
            return pooling_exact.lp_exact(windows, scales, p, inputs)
        return self._of_constant(windows, scales, p, inputs)

    def _of_constant(
        self, windows: Windows, scales: tuple[float, ...], p: int, inputs: Inputs
    ) -> tuple[Exact, Exact]:
        """All of x alike: y is fixed, and dx a linear map of dy."""
        x = inputs.x_mean
        sides = list(zip(windows.sizes, scales, strict=True))
        values = [scale * size ** (1.0 / p) * abs(x) for size, scale in sides]
        parts = [(1.0 / len(values), value, 0.0) for value in values]
        sign = 0.0 if x == 0.0 else 1.0 if x > 0.0 else -1.0
        slopes = tuple(sign * scale * size ** (1.0 / p - 1.0) for size, scale in sides)
        linear = entries(windows, slopes)
        backward = linear.side(linear.columns, linear.ins, inputs.dy_mean, inputs.dy_std)
        return pooling_exact.pooled(parts, 1.0 if x == 0.0 else 0.0), backward


LARGEST, AVERAGE, NORM = Largest(), Average(), Norm()
