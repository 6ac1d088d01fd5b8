"""Layers in a row, called and measured as one layer is.

The call is ``sequential(layers=relu, max_pool2d(3), input=1x3x3, networks=3000)``, with so many
networks where a layer of one number gets 1e9 samples. A sample is one example of a batch; standard
errors rest on the networks. There are no exact values but those of a closed form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from normstats import perform, registry
from normstats.engine.observer import Observer
from normstats.engine.terms import USUAL, Terms
from normstats.frozen import Frozen
from normstats.networks.result import Number
from normstats.networks.run import ChainRun
from normstats.networks.written import BATCH_SIZE, chain_of
from normstats.result import Estimate, Result, Statistics
from normstats.runs.call import Call
from normstats.runs.inputs import Inputs, parse_inputs
from normstats.runs.run import Run

SEQUENTIAL = "sequential"
_UNKNOWN = Estimate(math.nan, None)


def call_of(layer: str, params: Mapping[str, Any]) -> Call:
    """A layer or a chain with all its parameters; UsageError for what does not fit."""
    if layer != SEQUENTIAL:
        return registry.parse_call(layer, params)
    return Call.of(layer, params)


def inputs_of(call: Call, *given: Any) -> Inputs:
    """What x and dy are drawn from; None stands for what the call begins with."""
    x_mean, x_std, dy_mean, dy_std = given
    if call.layer != SEQUENTIAL:
        return registry.inputs_of(call, x_mean, x_std, dy_mean, dy_std)
    return parse_inputs(x_mean, x_std, dy_mean, dy_std)


def networks(run: Run) -> int:
    """How many a run of a chain has."""
    return run.samples // BATCH_SIZE


def measure(
    run: Run, threads: int, observer: Observer | None = None, terms: Terms = USUAL
) -> Result:
    """The result of a run of a layer or of a chain: of the last y, and of the first dx.

    Raises UsageError for what does not fit, and Interrupted on Ctrl-C.
    """
    if run.call.layer != SEQUENTIAL:
        return perform.perform(run, threads, observer, terms)
    chain = chain_of(run.call.params["layers"], size=run.call.params["input"])
    own = ChainRun(chain, networks(run), run.seed, run.inputs)
    found = perform.perform(own, threads, observer, terms)
    first, last = found.layers[0], found.layers[-1]
    mean, std, rms = map(_estimate, (last.forward_mean, last.forward_std, last.forward_rms))
    forward = Statistics(mean, std, rms, _UNKNOWN)
    backward = Statistics(_UNKNOWN, _estimate(first.gradient_std), _UNKNOWN, _UNKNOWN)
    return Result(
        run=run,
        samples=found.networks * BATCH_SIZE,
        threads=threads,
        elapsed_s=found.elapsed_s,
        interrupted=False,
        statistics=Frozen({"forward": forward, "backward": backward}),
        unit="network",
        units=found.networks,
        versions=found.versions,
        notes=found.notes,
    )


def _estimate(number: Number) -> Estimate:
    return Estimate(math.nan if number.value is None else number.value, number.se)
