"""What mypy accepts of the library, and what it refuses; ``make lint`` checks this file.

Each wrong line ends in an ignore of the error that it must give. mypy refuses an ignore that
ignores nothing, so that the file passes only if every wrong line is refused and no other one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import assert_type

import numpy as np
import numpy.typing as npt

import normstats
from normstats import (
    ChainLayer,
    ChainResult,
    Estimate,
    Exact,
    ExactValues,
    Inputs,
    Interrupted,
    Result,
    Run,
    Statistics,
)


class Watcher:
    """An observer need not know of the protocol."""

    def compiling(self, layer: str) -> None:
        print(layer)

    def progress(self, progress: normstats.Progress) -> None:
        print(progress.samples_done, progress.forward.std.value)


def accepted() -> None:
    """Everyday use, with numbers of many kinds."""
    result = normstats.measure("relu", samples="1e6", seed=1, threads=2)
    assert_type(result, Result)
    assert_type(result.run, Run)
    assert_type(result.inputs, Inputs)
    assert_type(result.forward, Statistics)
    assert_type(result.backward.std, Estimate)
    assert_type(result.backward.std.se, float | None)
    assert_type(result.gains["gain_rms"], Estimate)
    assert_type(result.to_json(), str)
    normstats.measure("leaky_relu", negative_slope=0.1)
    normstats.measure("prelu", weight=Fraction(1, 4), x_std=np.float32(2.0))
    normstats.measure("max_pool2d", kernel_size=(2, 3), samples=1e8)
    normstats.measure("max_pool2d", kernel_size=np.array([2, 3]), samples=np.int64(100))
    normstats.measure("max_pool2d", kernel_size=[2, np.int64(3)], seed=np.uint64(7))
    normstats.measure("dropout", p="0.1", rescale="sqrt", dy_mean=Decimal("0.5"))
    normstats.measure("relu", method="rqmc", conditional=True, target_se=1e-6, observer=Watcher())
    normstats.measure("relu", time="10m", checkpoint=Path("kept.json"), dask="local")
    normstats.measure("relu", time=2.5, checkpoint="kept.json", dask=Path("scheduler.json"))
    assert_type(normstats.exact("gelu", approximate="tanh", x_std=2), ExactValues)
    assert_type(normstats.exact("gelu").forward, Exact)
    assert_type(normstats.exact("gelu").gains, Mapping[str, float])
    assert_type(normstats.gain("mish", kind="rms"), float)
    assert_type(normstats.layers(), dict[str, str])
    chained = normstats.chain("linear(8), tanh", repeat=3, input=(3, 8), normalize="separate")
    assert_type(chained, ChainResult)
    assert_type(chained.layers[0], ChainLayer)
    assert_type(chained.layers[0].gradient_std.log10, float | None)
    assert_type(chained.verdict, dict[str, str])
    normstats.chain({"layers": ["relu"]}, networks="1e1", x_std=2, threads=1)
    y, dx = normstats.apply("linear", [1.0], [1.0], weight=[[2.0]], in_features=1)
    assert_type(y, npt.NDArray[np.float64])
    print(y + dx, normstats.__version__)
    try:
        normstats.measure("relu")
    except Interrupted as stopped:
        assert_type(stopped.result, Result | None)
    except normstats.UsageError as error:
        assert_type(error.name, str)
        assert_type(error.allowed, str)


def refused() -> None:
    """Misspelled names and values of a wrong type."""
    print(normstats.foo)  # type: ignore[attr-defined]
    normstats.measure("relu", sample=3)  # type: ignore[call-arg]
    normstats.measure("leaky_relu", slope=0.1)  # type: ignore[call-arg]
    normstats.measure(3)  # type: ignore[arg-type]
    normstats.measure("relu", samples=[3])  # type: ignore[arg-type]
    normstats.measure("relu", seed=1.5)  # type: ignore[arg-type]
    normstats.measure("relu", method="sobol")  # type: ignore[arg-type]
    normstats.measure("relu", conditional="yes")  # type: ignore[arg-type]
    normstats.measure("relu", observer=print)  # type: ignore[arg-type]
    normstats.measure("dropout", rescale="twice")  # type: ignore[arg-type]
    normstats.measure("linear", in_features=1.5)  # type: ignore[arg-type]
    normstats.measure("max_pool2d", kernel_size=2.5)  # type: ignore[arg-type]
    normstats.measure("relu", time=[3])  # type: ignore[arg-type]
    normstats.measure("relu", checkpoint=3)  # type: ignore[arg-type]
    normstats.measure("relu", dask=True)  # type: ignore[arg-type]
    normstats.exact("gelu", samples=3)  # type: ignore[call-arg]
    normstats.gain("mish")  # type: ignore[call-arg]
    normstats.gain("mish", kind="forward")  # type: ignore[arg-type]
    normstats.apply("relu", [1.0])  # type: ignore[call-arg]
    normstats.apply("relu", [1.0], [1.0], maks=[1])  # type: ignore[call-arg]
    normstats.chain("relu", normalize="both")  # type: ignore[arg-type]
    normstats.chain("relu", depth=3)  # type: ignore[call-arg]
    normstats.chain(["relu"])  # type: ignore[arg-type]
    normstats.layers("relu")  # type: ignore[call-arg]
    result = normstats.measure("relu")
    result.samples = 3  # type: ignore[misc]
    print(result.foward)  # type: ignore[attr-defined]
    print(result.forward.std.value.se)  # type: ignore[attr-defined]
    Estimate("1", None)  # type: ignore[arg-type]
