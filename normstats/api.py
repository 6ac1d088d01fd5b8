"""The two functions of the library: measure a layer, and apply it to given arrays."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from normstats import interrupts
from normstats.engine.method import PLAIN, Method, parse_method
from normstats.engine.observer import Interrupted, Observer
from normstats.engine.target import TARGET_SAMPLES, Target, parse_target, run_until
from normstats.errors import UsageError
from normstats.kernels import run as kernels
from normstats.layers import registry
from normstats.layers.base import Layer, Params
from normstats.moments.statistics import statistics
from normstats.result import Inputs, Result
from normstats.sampling.streams import STREAM_VERSION, parse_seed, spell
from normstats.values import array, finite_number, whole_number

DEFAULT_SAMPLES = 1_000_000
MOST_SAMPLES = 10**15
MOST_THREADS = 1024
MOST_DIGITS = 1000  # of what is typed
LARGEST_INPUT = 1e20
SMALLEST_STD = 1e-60  # its fourth power is still a number
MOST_STDS = 1e9  # of a mean: exact values keep their twelve digits
PLAIN_METHOD = Method()
_SECONDS_A_SAMPLE = Decimal(
    "2e-9"
)  # of the fastest layer on a good machine, for "how long would it take"
_SAMPLES = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)([kmgbt]?)", re.ASCII)
_SUFFIXES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}


def parse_samples(value: Any) -> int:
    """A number of samples: 1000, 1e8, 1e8 as a float, 100_000_000, 100M, 1.5k.

    Raises UsageError unless it is a whole number from 1 to 1e15.
    """
    from fractions import Fraction

    allowed = "must be a whole number from 1 to 1e15, such as 100000, 1e8, 100M"
    try:
        text = re.sub(r"(?<=\d)_(?=\d)", "", str(value).strip().lower())
    except ValueError:  # an integer of thousands of digits
        text = ""
    match = _SAMPLES.fullmatch(text)
    if match is None or len(text) > MOST_DIGITS or isinstance(value, (bool, np.bool_)):
        raise UsageError("--samples", value, allowed)
    number = Fraction(match[1]) * _SUFFIXES[match[2]]
    if number.denominator != 1 or number < 1:
        raise UsageError("--samples", value, allowed)
    if number > MOST_SAMPLES:
        years = Decimal(int(number)) * _SECONDS_A_SAMPLE / (365 * 86400)
        raise UsageError("--samples", value, f"would take about {years:.2g} years; {allowed}")
    return int(number)


def parse_threads(value: Any) -> int:
    """A number of threads; None means all processors this process may use."""
    if value is None:
        try:
            return len(os.sched_getaffinity(0))
        except AttributeError:  # not on every system
            return os.cpu_count() or 1
    allowed = f"must be a whole number from 1 to {MOST_THREADS}"
    try:
        threads = whole_number(value)
    except (TypeError, ValueError):
        threads = 0
    if not 1 <= threads <= MOST_THREADS:
        raise UsageError("--threads", value, allowed)
    return threads


def parse_inputs(x_mean: Any, x_std: Any, dy_mean: Any, dy_std: Any) -> Inputs:
    """Means and standard deviations of x and dy: those whose powers are still numbers."""

    def number(option: str, value: Any, signed: bool) -> float:
        first = f"{-LARGEST_INPUT:g}" if signed else f"{SMALLEST_STD:g}"
        allowed = f"must be {'' if signed else '0 or '}a number from {first} to {LARGEST_INPUT:g}"
        try:
            result = finite_number(value)
        except (TypeError, ValueError, OverflowError):
            raise UsageError(option, value, allowed) from None
        inside = abs(result) <= LARGEST_INPUT
        if not inside or (not signed and result != 0.0 and result < SMALLEST_STD):
            raise UsageError(option, value, allowed)
        return result

    def pair(name: str, mean: Any, std: Any) -> tuple[float, float]:
        centre = number(f"--{name}-mean", mean, True)
        width = number(f"--{name}-std", std, False)
        if width > 0.0 and abs(centre) > MOST_STDS * width:
            raise UsageError(
                f"--{name}-mean",
                mean,
                f"must be within {MOST_STDS:g} times the --{name}-std of {width:g}, or float64"
                " cannot tell the numbers apart",
            )
        return centre, width

    return Inputs(*pair("x", x_mean, x_std), *pair("dy", dy_mean, dy_std))


@cache
def versions() -> Mapping[str, str]:
    """What the numbers of a result depend on, or might."""
    import platform
    from importlib.metadata import version

    from normstats import __version__

    packages = {name: version(name) for name in ("numpy", "numba", "llvmlite", "scipy")}
    all_of_them = {"normstats": __version__, "python": platform.python_version(), **packages}
    return MappingProxyType(all_of_them)


def measure(
    layer: str,
    *,
    samples: Any = None,
    seed: Any = 0,
    threads: Any = None,
    x_mean: Any = 0.0,
    x_std: Any = 1.0,
    dy_mean: Any = 0.0,
    dy_std: Any = 1.0,
    method: Any = PLAIN,
    conditional: bool = False,
    target_se: Any = None,
    target_rel: Any = None,
    observer: Observer | None = None,
    **params: Any,
) -> Result:
    """Measure the statistics of y and dx of a layer, for x ~ N(x_mean, x_std²) and dy likewise.

    ``layer`` is a name, or a call such as ``max_pool2d(kernel_size=3)``; ``params`` are the layer's
    parameters under PyTorch's names. The same seed gives the same bits for any number of threads.
    ``method`` is plain, antithetic or rqmc; ``conditional`` integrates dy and masks out exactly.
    rqmc rounds samples up to 128 · 2^k, antithetic to an even number. With
    ``target_se`` (absolute) or ``target_rel`` (in units of the std), as many samples are drawn as
    bring the errors of mean and std below it, and ``samples`` is the most. The default is 1e6, and
    1e12 with a target.

    Raises UsageError for a value that is not allowed, and Interrupted (a KeyboardInterrupt whose
    ``result`` is what there was) on Ctrl-C.
    """
    found, inside = registry.parse_call(layer, params)
    target = parse_target(target_se, target_rel)
    if samples is None:
        samples = TARGET_SAMPLES if target else DEFAULT_SAMPLES
    return measure_layer(
        found,
        inside,
        parse_inputs(x_mean, x_std, dy_mean, dy_std),
        parse_samples(samples),
        parse_seed(seed),
        parse_threads(threads),
        observer,
        parse_method(method, conditional),
        target,
    )


def measure_layer(
    layer: Layer,
    params: Params,
    inputs: Inputs,
    samples: int,
    seed: int,
    threads: int,
    observer: Observer | None = None,
    method: Method = PLAIN_METHOD,
    target: Target | None = None,
) -> Result:
    """``measure`` with everything parsed."""

    def run_once(wanted: int) -> Result:
        return _measure(layer, params, inputs, wanted, seed, threads, observer, method)

    with interrupts.held():
        if target is None:
            result = run_once(samples)
        else:
            result = run_until(target, method.samples_within(samples), run_once)
        if interrupts.noted():  # after the last sample
            raise Interrupted(result)
    return result


def refuse(
    layer: Layer,
    params: Params,
    inputs: Inputs,
    samples: int,
    threads: int,
    method: Method = PLAIN_METHOD,
) -> None:
    """UsageError if ``measure_layer`` could not do this: a method or a size that does not fit."""
    layer.job(params, inputs, 0, samples, method).check(threads)


def _measure(
    layer: Layer,
    params: Params,
    inputs: Inputs,
    samples: int,
    seed: int,
    threads: int,
    observer: Observer | None,
    method: Method,
) -> Result:
    from normstats.engine.threads import run

    job = layer.job(params, inputs, seed, samples, method)
    job.check(threads)
    kernels.prepare(
        job.kernels, lambda: observer.compiling(spell(layer.name, params)) if observer else None
    )
    exact = layer.exact(params, inputs)  # first: what is interrupted is then the sampling alone
    outcome = run(job, threads, observer)
    result = Result(
        layer=layer.name,
        params=params,
        inputs=inputs,
        samples=outcome.samples,
        seed=seed,
        stream=STREAM_VERSION,
        threads=threads,
        elapsed_s=outcome.elapsed_s,
        interrupted=outcome.interrupted,
        forward=statistics(outcome.forward, exact[0]),
        backward=statistics(outcome.backward, exact[1]),
        method=str(method),
        unit=job.unit,
        units=outcome.forward.units,
        versions=versions(),
    )
    if outcome.interrupted:
        raise Interrupted(result)
    return result


def apply(
    layer: str,
    x: npt.ArrayLike,
    dy: npt.ArrayLike,
    *,
    mask: Any = None,
    weight: Any = None,
    **params: Any,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """y and dx of a layer on given arrays, by the very kernels that ``measure`` runs.

    Elementwise layers take any shape; pooling takes windows in the last axes of x and one dy a
    window; linear takes x of shape (…, in_features), dy of shape (…, out_features) and ``weight``
    of shape (out_features, in_features). Random layers take ``mask``: for dropout, what is kept.

    Raises UsageError for shapes or parameters that do not fit. The inputs are not changed.
    """
    called, _ = registry.parse_call(layer)
    if weight is not None and any(param.name == "weight" for param in called.params):
        params["weight"], weight = weight, None  # prelu's slope, not a matrix
    found, inside = registry.parse_call(layer, params)
    inputs, gradients = array("x", x).copy(order="C"), array("dy", dy).copy(order="C")
    return found.apply(inputs, gradients, inside, mask=mask, weight=weight)
