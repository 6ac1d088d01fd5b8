"""Mean-field theory of a fully connected chain: each layer's std in the limit of infinite width.

With weights of mean 0 and E[w²] = σ_w²/in, the sums z = W·a of a wide layer are normal with the
variance q = σ_w²·E[a²], and E[a²] is the exact square of the rms of the activation at x-std √q: the
q-map (Poole et al., Exponential expressivity in deep neural networks through transient chaos,
2016). Backward, with dy independent of the forward pass, E[dx²] = out·E[w²]·E[dy²] for a linear
layer and E[f′(z)²]·E[dy²] for an activation, whose product is χ (Schoenholz et al., Deep
information propagation, 2017). Glorot & Bengio (2010) and He et al. (2015) are the cases f′(0) = 1
and ReLU. The gradient of a weight, Σ over the batch of dy·x, has the mean square
batch·E[dy²]·E[x²], as the gradients of different examples are independent at the network's end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from normstats import registry
from normstats.errors import UsageError
from normstats.families.inits import INITS, Fans
from normstats.layer.elementwise import Elementwise
from normstats.networks.chain import Chain, Stage
from normstats.networks.homogeneous import is_homogeneous_call
from normstats.networks.normalise import PLAIN, Factors
from normstats.runs.call import Call
from normstats.runs.inputs import LARGEST, SMALLEST_STD, Inputs


@dataclass(frozen=True)
class Expected:
    """ln std of y, dx and the gradients of weights of one layer, as theory has them."""

    y: float
    dx: float
    gradients: Mapping[str, float]


@dataclass(frozen=True)
class Theory:
    """By the numbers of layers, and why there is no more of it; empty where nothing needs saying.

    Behind the layer at which theory ends there is none; before it, none of gradients, which come
    from behind: they are nan.
    """

    layers: Mapping[int, Expected]
    end: str = ""


@dataclass(frozen=True)
class _Forward:
    """Behind a layer: mean over rms, ln rms, ln std, whether all is normal, and ln √E[dx²/dy²].

    The logarithms go on where e to them is no float64.
    """

    centre: float
    log_rms: float
    log_std: float
    normal: bool
    log_back: float


class _EndError(Exception):
    """Theory ends here, and why."""


NOT_COVERED = "no mean-field theory here: it is for linear layers and activations in a row"
_LARGEST_LOG = 700.0  # e to this is still a number


def theory(chain: Chain, inputs: Inputs, own: Mapping[int, Factors]) -> Theory:
    """Of each layer; nothing where a layer is neither linear nor an activation."""
    stages = [step for step in chain.steps if isinstance(step, Stage)]
    if len(stages) < len(chain.steps) or not all(map(_is_covered, stages)):
        return Theory({}, NOT_COVERED)
    if not any(stage.name == "linear" for stage in stages):
        return Theory({}, NOT_COVERED)
    root = math.hypot(inputs.x_mean, inputs.x_std)
    centre = inputs.x_mean / root if root else 0.0
    state = _Forward(centre, _log(root), _log(inputs.x_std), True, 0.0)
    passed: list[tuple[Stage, _Forward, _Forward]] = []
    end = ""
    for stage in stages:
        try:
            after = _scaled(_through(stage, state), own.get(stage.number, PLAIN))
        except _EndError as why:
            end = f"theory ends at layer {stage.number}, {stage.name}: {why}"
            break
        passed.append((stage, state, after))
        state = after
    log_dy = math.nan if end else _log(math.hypot(inputs.dy_mean, inputs.dy_std))
    batch = 0.5 * math.log(chain.batch_size)
    found = {}
    for stage, before, after in reversed(passed):
        back = _log(own.get(stage.number, PLAIN).backward)
        gradients = {}
        if stage.name == "linear" and inputs.dy_mean == 0.0:
            gradients = {
                "weight": batch + log_dy + back + before.log_rms,
                "bias": batch + log_dy + back,
            }
        log_dy += after.log_back
        found[stage.number] = Expected(after.log_std, log_dy, gradients)
    return Theory(found, end)


def _is_covered(stage: Stage) -> bool:
    return stage.call is not None and (
        stage.name == "linear" or isinstance(stage.layer, Elementwise)
    )


def _log(value: float) -> float:
    return math.log(abs(value)) if value else -math.inf


def _scaled(state: _Forward, own: Factors) -> _Forward:
    if own is PLAIN:
        return state
    more = _log(own.forward)
    log_rms, log_std, centre = state.log_rms + more, state.log_std + more, state.centre
    log_back = state.log_back + _log(own.backward)
    if own.shift and log_rms < _LARGEST_LOG:  # beside what is larger it is nothing
        mean = centre * math.exp(log_rms) + own.shift
        root = math.hypot(mean, math.exp(log_std))
        centre, log_rms = (mean / root if root else 0.0), _log(root)
    return _Forward(centre, log_rms, log_std, state.normal, log_back)


def _through(stage: Stage, state: _Forward) -> _Forward:
    """Behind a layer."""
    assert stage.call is not None
    if stage.name == "linear":
        params = stage.call.params
        ins, outs = params["in_features"], params["out_features"]
        square = INITS[params["init"]].square(Fans.linear(ins, outs), params["init_std"])
        log_rms = state.log_rms + 0.5 * _log(ins * square)
        return _Forward(0.0, log_rms, log_rms, True, 0.5 * _log(outs * square))
    if not state.normal:
        raise _EndError("its x is not normal, as no linear layer is between it and an activation")
    return _activated(stage.call, state)


def _activated(call: Call, state: _Forward) -> _Forward:
    if is_homogeneous_call(call) and state.centre == 0.0:  # any scale goes through
        forward, slope = _moments(call, 0.0, 1.0)
        scale = state.log_rms
    else:
        if not math.log(SMALLEST_STD) <= state.log_std <= math.log(LARGEST):
            raise _EndError(
                f"its x has std {_spelled(state.log_std)}, and exact values are there from"
                f" {SMALLEST_STD:g} to {LARGEST:g}"
            )
        forward, slope = _moments(
            call, state.centre * math.exp(state.log_rms), math.exp(state.log_std)
        )
        scale = 0.0
    if forward is None or slope is None:
        raise _EndError("its exact mean and std are not known there")
    mean, rms = forward
    centre = mean / rms if rms else 0.0
    rest = 1.0 - centre * centre
    log_std = _log(rms) + scale + 0.5 * math.log(rest) if rest > 0.0 else -math.inf
    return _Forward(centre, _log(rms) + scale, log_std, False, _log(slope))


def _spelled(log: float) -> str:
    """e to this, to two digits."""
    if not math.isfinite(log):
        return "0"
    power = math.floor(log / math.log(10.0))
    return f"{math.exp(log - power * math.log(10.0)):.1f}e{power:+d}"


@lru_cache(maxsize=4096)
def _moments(
    call: Call, mean: float, std: float
) -> tuple[tuple[float, float] | None, float | None]:
    """Mean and rms of f(x), and the rms of f′(x)."""
    try:
        y, dx = registry.exact(call, Inputs(mean, std))
    except UsageError:
        return None, None
    if y.mean is None or y.rms is None or dx.rms is None:
        return None, None
    return (y.mean, y.rms), dx.rms
