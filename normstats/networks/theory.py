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
class _Forward:
    """Mean and ln rms behind a layer, whether all is normal, ln of what dx² is multiplied by."""

    mean: float
    log_rms: float
    normal: bool
    log_back: float


def theory(chain: Chain, inputs: Inputs, own: Mapping[int, Factors]) -> dict[int, Expected]:
    """Of each layer by its number; empty where a layer is neither linear nor an activation."""
    stages = [step for step in chain.steps if isinstance(step, Stage)]
    if len(stages) < len(chain.steps) or not all(map(_is_covered, stages)):
        return {}
    if not any(stage.name == "linear" for stage in stages):
        return {}
    root = _log(math.hypot(inputs.x_mean, inputs.x_std))
    state = _Forward(inputs.x_mean, root, True, 0.0)
    passed: list[tuple[Stage, _Forward, _Forward]] = []
    for stage in stages:
        after = _through(stage, state)
        if after is None:
            return {}
        after = _scaled(after, own.get(stage.number, PLAIN))
        passed.append((stage, state, after))
        state = after
    log_dy = _log(math.hypot(inputs.dy_mean, inputs.dy_std))
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
        found[stage.number] = Expected(_std(after), log_dy, gradients)
    return found


def _is_covered(stage: Stage) -> bool:
    return stage.call is not None and (
        stage.name == "linear" or isinstance(stage.layer, Elementwise)
    )


def _log(value: float) -> float:
    return math.log(abs(value)) if value else -math.inf


def _std(state: _Forward) -> float:
    """ln of √(rms² − mean²)."""
    if state.mean == 0.0:
        return state.log_rms
    rest = 1.0 - (state.mean / math.exp(state.log_rms)) ** 2
    return state.log_rms + 0.5 * math.log(rest) if rest > 0.0 else -math.inf


def _scaled(state: _Forward, own: Factors) -> _Forward:
    if own is PLAIN:
        return state
    std, mean = math.exp(_std(state)) * own.forward, state.mean * own.forward + own.shift
    log_back = state.log_back + _log(own.backward)
    return _Forward(mean, _log(math.hypot(mean, std)), state.normal, log_back)


def _through(stage: Stage, state: _Forward) -> _Forward | None:
    """Behind a layer; None where theory ends: at a function of what is not normal."""
    assert stage.call is not None
    if stage.name == "linear":
        params = stage.call.params
        ins, outs = params["in_features"], params["out_features"]
        square = INITS[params["init"]].square(Fans.linear(ins, outs), params["init_std"])
        log_rms = state.log_rms + 0.5 * math.log(ins * square)
        return _Forward(0.0, log_rms, True, 0.5 * math.log(outs * square))
    if not state.normal:
        return None
    return _activated(stage.call, state)


def _activated(call: Call, state: _Forward) -> _Forward | None:
    mean, std = state.mean, math.exp(max(_std(state), -740.0))
    if is_homogeneous_call(call) and mean == 0.0:  # the scale goes through, even out of float64
        forward, slope = _moments(call, 0.0, 1.0)
        scale = state.log_rms
    else:
        if not SMALLEST_STD <= std <= LARGEST:
            return None
        forward, slope = _moments(call, mean, std)
        scale = 0.0
    if forward is None or slope is None:
        return None
    centre, rms = forward
    whole = centre * math.exp(scale) if scale < 700 else math.inf
    return _Forward(whole, _log(rms) + scale, False, _log(slope))


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
