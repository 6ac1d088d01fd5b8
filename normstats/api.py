"""The functions of the library: measure a layer, ask what is known of it, apply it to arrays."""

from __future__ import annotations

import difflib
import inspect
import os
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt

from normstats import registry
from normstats.engine.observer import Observer
from normstats.errors import UsageError
from normstats.long import Long, session
from normstats.parameters import (
    AppliedParameters,
    FileName,
    GainKind,
    MethodName,
    NormalizeName,
    Number,
    Parameters,
    Sizes,
    Whole,
)
from normstats.perform import perform, refuse
from normstats.progress import notebook
from normstats.result import ExactValues, Result
from normstats.result.quantity import RULES
from normstats.runs.call import Call
from normstats.runs.counts import parse_seed
from normstats.runs.duration import parse_seconds
from normstats.runs.inputs import STANDARD, parse_inputs
from normstats.runs.method import parse_method
from normstats.runs.run import Run
from normstats.runs.target import parse_target
from normstats.runs.work import Work
from normstats.values import Array, array, whole_number

if TYPE_CHECKING:
    from normstats.networks.result import ChainResult

MOST_THREADS = 1024
KINDS: Mapping[str, str] = {"std": "gain", "rms": "gain_rms", "backward": "backward_gain"}


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
        raise UsageError("`threads`", value, allowed)
    return threads


def parse_file(name: str, value: Any) -> str | None:
    """The name of a file, or of what else is named by text."""
    try:
        path = None if value is None else os.fspath(value)
    except TypeError:
        path = b""
    if isinstance(path, bytes):
        raise UsageError(name, value, "must be text, or the path of a file")
    return path


def measure(
    layer: str,
    *,
    samples: Number | None = None,
    seed: Whole = 0,
    threads: Whole | None = None,
    x_mean: Number | None = None,
    x_std: Number | None = None,
    dy_mean: Number | None = None,
    dy_std: Number | None = None,
    method: MethodName = "plain",
    conditional: bool = False,
    target_se: Number | None = None,
    target_rel: Number | None = None,
    time: Number | None = None,
    checkpoint: FileName | None = None,
    dask: FileName | None = None,
    observer: Observer | None = None,
    **params: Unpack[Parameters],
) -> Result:
    """Measure the statistics of y and dx of a layer, for x ~ N(x_mean, x_std²) and dy likewise.

    Both are N(0, 1) unless it is said otherwise; of losses dy is 1.

    ``layer`` is a name, or a call such as ``max_pool2d(kernel_size=3)``; ``params`` are the layer's
    parameters under PyTorch's names. The same seed gives the same bits for any number of threads.
    ``method`` is plain, antithetic or rqmc; ``conditional`` integrates dy and masks out exactly.
    rqmc rounds samples up to 128 · 2^k, antithetic to an even number. With
    ``target_se`` (absolute) or ``target_rel`` (in units of the std), as many samples are drawn as
    bring the errors of mean and std below it, and ``samples`` is the most. The default is 1e7,
    fewer for layers that would take minutes, and 1e12 with a target or a ``time``.

    ``time`` (seconds, or text such as 10m) ends the run with the samples so far; ``result.ended``
    says what did. ``checkpoint`` is a file that keeps what there is: the same call goes on from
    it, with the same bits; if the last state cannot be saved, there is a warning. ``dask`` is the
    address or the file of a Dask scheduler whose workers do it, or local: ``threads`` processes
    here. docs/long-runs.md tells about all three.

    ``observer`` is told how far the run is; without one, a notebook shows it while it lasts.

    Raises UsageError for a value that is not allowed, a checkpoint that is of another run, damaged
    or in use, or a scheduler that does not answer; and Interrupted (a KeyboardInterrupt whose
    ``result`` is what there was) on Ctrl-C.
    """
    target = parse_target(target_se, target_rel)
    call = _call(measure, layer, params)
    way = parse_method(method, conditional)
    long = _long(time, checkpoint, dask)
    run = Run(
        call=call,
        samples=long.samples_for(call, samples, way, target),
        seed=parse_seed(seed),
        inputs=registry.inputs_of(call, x_mean, x_std, dy_mean, dy_std),
        method=way,
        target=target,
    )
    result: Result = _performed(run, parse_threads(threads), long, observer)
    return result


def _performed(run: Work, threads: int, long: Long, observer: Observer | None) -> Any:
    refuse(run, threads)  # before there is a file of it
    with ExitStack() as stack:
        opened = stack.enter_context(session(long, [run], threads))
        if observer is None:
            observer = stack.enter_context(notebook.watching(run.title))
        result = perform(run, threads, observer, opened.terms(1))
        if opened.checkpoint is not None:
            try:
                opened.checkpoint.confirm()
            except UsageError as error:  # the result is there all the same
                warnings.warn(str(error), stacklevel=3)
    return result


def _long(time: Any, checkpoint: Any, dask: Any) -> Long:
    return Long(
        seconds=None if time is None else parse_seconds(time),
        checkpoint=parse_file("`checkpoint`", checkpoint),
        dask=parse_file("`dask`", dask),
    )


def exact(
    layer: str,
    *,
    x_mean: Number | None = None,
    x_std: Number | None = None,
    dy_mean: Number | None = None,
    dy_std: Number | None = None,
    **params: Unpack[Parameters],
) -> ExactValues:
    """Exact values of a layer, without sampling: from closed forms or quadrature.

    ``layer``, ``params`` and the inputs are those of ``measure``. A value is None where it is
    infinite, or no way to it is known.

    Raises UsageError for a value that is not allowed.
    """
    call = _call(exact, layer, params)
    return registry.exact_values(call, registry.inputs_of(call, x_mean, x_std, dy_mean, dy_std))


def gain(
    layer: str,
    *,
    kind: GainKind,
    x_mean: Number | None = None,
    x_std: Number | None = None,
    dy_mean: Number | None = None,
    dy_std: Number | None = None,
    **params: Unpack[Parameters],
) -> float:
    """The exact number by which y, or dx, is multiplied so that its scale is 1.

    ``kind`` says which gain: ``std`` is 1/std of y, for y without its mean; ``rms`` is 1/rms of y,
    for y as it is; ``backward`` is 1/std of dx. The rest is as in ``measure``.

    Raises UsageError for a value that is not allowed, and where there is no such gain, because the
    scale is 0 or not known exactly.
    """
    if kind not in KINDS:
        raise UsageError("`kind`", kind, f"must be one of {', '.join(KINDS)}")
    call = _call(gain, layer, params)
    known = registry.exact_values(call, registry.inputs_of(call, x_mean, x_std, dy_mean, dy_std))
    rule = RULES[KINDS[kind]]
    if KINDS[kind] in known.gains:
        return known.gains[KINDS[kind]]
    scale = known.values[f"{rule.direction}.{rule.statistic}"]
    why = "no exact value is known" if scale is None else f"it is 1/{scale:g}"
    raise UsageError("layer", f"{call}{known.inputs}", f"has no gain {rule.words}: {why}")


def layers() -> dict[str, str]:
    """The names of all layers, each with its formula."""
    return {name: layer.formula for name, layer in registry.all_layers().items()}


def apply(
    layer: str,
    x: npt.ArrayLike,
    dy: npt.ArrayLike,
    *,
    mask: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    bias: npt.ArrayLike | None = None,
    weight_ih: npt.ArrayLike | None = None,
    weight_hh: npt.ArrayLike | None = None,
    bias_ih: npt.ArrayLike | None = None,
    bias_hh: npt.ArrayLike | None = None,
    **params: Unpack[AppliedParameters],
) -> tuple[Array, Array]:
    """y and dx of a layer on given arrays, by the very kernels that ``measure`` runs.

    Elementwise layers take any shape; the others take samples in the last axes of x, and dy of the
    shape of y. ``weight`` and ``bias`` have PyTorch's shapes, and can be one number for all where
    the layer has it as a parameter; recurrent cells take ``weight_ih`` and so on. Random layers
    take ``mask``: what dropout keeps, the slopes of rrelu, the classes of cross_entropy, the tokens
    of embedding. docs/python.md has a table.

    Raises UsageError for shapes or parameters that do not fit. The inputs are not changed.
    """
    called, _ = registry.split_call(layer)
    given: dict[str, Any] = dict(params)
    own = {param.name for param in called.params}
    extras: dict[str, npt.ArrayLike] = {}
    arrays = {"mask": mask, "weight": weight, "bias": bias, "weight_ih": weight_ih}
    arrays |= {"weight_hh": weight_hh, "bias_ih": bias_ih, "bias_hh": bias_hh}
    for name, value in arrays.items():
        if value is None:
            continue
        # prelu's slope, or one number for all channels, is a parameter
        (given if name in own and np.ndim(value) == 0 else extras)[name] = value
    inside = _call(apply, layer, given).params
    inputs, gradients = array("x", x).copy(order="C"), array("dy", dy).copy(order="C")
    y, dx = called.apply(inputs, gradients, inside, extras, gradients=False)
    return y, dx


def chain(
    layers: FileName | Mapping[str, Any],
    *,
    repeat: Whole | None = None,
    input: Sizes | None = None,
    batch_size: Whole | None = None,
    networks: Whole | None = None,
    normalize: NormalizeName = "none",
    seed: Whole = 0,
    threads: Whole | None = None,
    x_mean: Number = 0.0,
    x_std: Number = 1.0,
    dy_mean: Number = 0.0,
    dy_std: Number = 1.0,
    target_se: Number | None = None,
    target_rel: Number | None = None,
    time: Number | None = None,
    checkpoint: FileName | None = None,
    dask: FileName | None = None,
    observer: Observer | None = None,
) -> ChainResult:
    """Propagate x forward and dy backward through networks of layers, and measure every layer.

    ``layers`` is a text such as ``linear(512, init=xavier_normal), tanh``, a TOML or JSON file, or
    what such a file holds; docs/depth.md has the grammar. All of it is repeated ``repeat`` times.
    ``input`` is the size of one example of x, where the first layer does not say it. Each of
    ``networks`` has weights, masks, x and dy of its own, and errors rest on networks. ``normalize``
    is none, forward, backward, geometric or separate: each layer is shifted by its exact mean and
    scaled by that exact std. The same seed gives the same bits for any number of threads.

    With ``target_se`` (absolute) or ``target_rel`` (in units of the std) there are as many networks
    as bring the errors of all means and stds below it, and ``networks`` is the most. The default is
    100, and 1e9 with a target or a ``time``. ``time``, ``checkpoint`` and ``dask`` are as in
    ``measure``.

    ``observer`` is told how far the run is; without one, a notebook shows it while it lasts.

    Raises UsageError for what is not allowed, and Interrupted (a KeyboardInterrupt whose ``chain``
    is what there was) on Ctrl-C.
    """
    from normstats.networks.normalise import parse_way
    from normstats.networks.run import ChainRun
    from normstats.networks.written import chain_of, parse_networks

    target, long = parse_target(target_se, target_rel), _long(time, checkpoint, dask)
    run = ChainRun(
        chain=chain_of(layers, repeat, input, batch_size),
        networks=parse_networks(networks, target is not None or long.seconds is not None),
        seed=parse_seed(seed),
        inputs=parse_inputs(x_mean, x_std, dy_mean, dy_std, STANDARD),
        normalize=parse_way(normalize),
        target=target,
    )
    result: ChainResult = _performed(run, parse_threads(threads), long, observer)
    return result


def _call(function: Callable[..., object], layer: str, params: Mapping[str, Any]) -> Call:
    """The call; UsageError for a parameter that the layer has not, with what was perhaps meant."""
    called, _ = registry.split_call(layer)
    known = [param.name for param in called.params]
    for name, value in params.items():
        if registry.canonical(name) in known:
            continue
        own = sorted({*inspect.signature(function).parameters} - {"params"})
        near = difflib.get_close_matches(name, [*own, *known], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        has = ", ".join(known) or "none"
        raise UsageError(name, value, f"{called.name} has no such parameter (it has {has}){hint}")
    return registry.parse_call(layer, params)
