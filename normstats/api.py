"""The two functions of the library: measure a layer, and apply it to given arrays."""

from __future__ import annotations

import os
from typing import Any

import numpy.typing as npt

from normstats import registry
from normstats.engine.observer import Observer
from normstats.errors import UsageError
from normstats.perform import perform
from normstats.result import Result
from normstats.runs.counts import parse_samples, parse_seed
from normstats.runs.inputs import parse_inputs
from normstats.runs.method import PLAIN, parse_method
from normstats.runs.run import Run
from normstats.runs.target import TARGET_SAMPLES, parse_target
from normstats.values import Array, array, whole_number

DEFAULT_SAMPLES = 1_000_000
MOST_THREADS = 1024


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
    bring the errors of mean and std below it, and ``samples`` is the most. The default is 1e6,
    fewer for convolutions and linear, and 1e12 with a target.

    Raises UsageError for a value that is not allowed, and Interrupted (a KeyboardInterrupt whose
    ``result`` is what there was) on Ctrl-C.
    """
    target = parse_target(target_se, target_rel)
    call = registry.parse_call(layer, params)
    if samples is None:
        own = registry.layer_of(call).default_samples(call.params)
        samples = TARGET_SAMPLES if target else min(DEFAULT_SAMPLES, own or DEFAULT_SAMPLES)
    run = Run(
        call=call,
        samples=parse_samples(samples),
        seed=parse_seed(seed),
        inputs=parse_inputs(x_mean, x_std, dy_mean, dy_std),
        method=parse_method(method, conditional),
        target=target,
    )
    return perform(run, parse_threads(threads), observer)


def apply(
    layer: str,
    x: npt.ArrayLike,
    dy: npt.ArrayLike,
    *,
    mask: Any = None,
    weight: Any = None,
    **params: Any,
) -> tuple[Array, Array]:
    """y and dx of a layer on given arrays, by the very kernels that ``measure`` runs.

    Elementwise layers take any shape; pooling takes windows in the last axes of x and one dy a
    window; linear takes x of shape (…, in_features), dy of shape (…, out_features) and ``weight``
    of shape (out_features, in_features). Random layers take ``mask``: for dropout, what is kept.

    Raises UsageError for shapes or parameters that do not fit. The inputs are not changed.
    """
    called = registry.get(registry.parse_call(layer).layer)
    if weight is not None and any(param.name == "weight" for param in called.params):
        params["weight"], weight = weight, None  # prelu's slope, not a matrix
    inside = registry.parse_call(layer, params).params
    inputs, gradients = array("x", x).copy(order="C"), array("dy", dy).copy(order="C")
    extras = {"mask": mask, "weight": weight}
    given = {name: value for name, value in extras.items() if value is not None}
    y, dx = called.apply(inputs, gradients, inside, given, gradients=False)
    return y, dx
