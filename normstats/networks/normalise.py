"""The factor and the shift of each layer with ``normalize``: exact values at x, dy ~ N(0, 1).

y becomes (y − mean)/s, and dx is divided by s, too: it is then the gradient of what is computed.
With ``separate`` the two have an s each, and it is not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from normstats import registry
from normstats.errors import UsageError
from normstats.networks.chain import Chain, Residual, Step

NONE, FORWARD, BACKWARD, GEOMETRIC, SEPARATE = WAYS = (
    *("none", "forward", "backward", "geometric", "separate"),
)


class Factors(NamedTuple):
    """y is multiplied by ``forward`` and ``shift`` is added; dx is multiplied by ``backward``."""

    forward: float = 1.0
    shift: float = 0.0
    backward: float = 1.0

    @property
    def bias(self) -> float:
        """What is back-propagated over the true gradient of what is computed, of this layer."""
        return self.backward / self.forward


PLAIN = Factors()


def parse_way(value: object) -> str:
    """One of WAYS."""
    word = str(value).strip().lower()
    if word not in WAYS:
        raise UsageError("`normalize`", value, "must be one of " + ", ".join(WAYS))
    return word


def factors(chain: Chain, way: str) -> dict[int, Factors]:
    """Of each layer by its number."""
    if way == NONE:
        return {}
    return {step.number: _factors(step, way) for step in chain.stages}


def _factors(step: Step, way: str) -> Factors:
    mean, forward, backward = _stds(step)
    if way == SEPARATE:
        return Factors(1.0 / forward, -mean / forward, 1.0 / backward)
    scale = {
        FORWARD: forward,
        BACKWARD: backward,
        GEOMETRIC: math.sqrt(forward) * math.sqrt(backward),
    }[way]
    return Factors(1.0 / scale, -mean / scale, 1.0 / scale)


def _stds(step: Step) -> tuple[float, float, float]:
    """Mean and std of y, and std of dx."""
    if isinstance(step, Residual):  # a sum of two independent normals, forward and backward
        width = math.hypot(step.skip, step.branch)
        return 0.0, _usable(step, "std of y", width), width
    if step.call is None:  # flatten moves numbers, and no more
        return 0.0, 1.0, 1.0
    y, dx, *_ = registry.exact(step.call)
    mean = y.mean
    if mean is None or not math.isfinite(mean):
        mean = _usable(step, "mean of y", None)
    return mean, _usable(step, "std of y", y.std), _usable(step, "std of dx", dx.std)


def _usable(step: Step, what: str, value: float | None) -> float:
    if value is None or not math.isfinite(value) or value <= 0.0:
        said = "is not known" if value is None else f"is {value:g}"
        allowed = f"layer {step.number}, {step.name}: the exact {what} {said}, to divide by"
        raise UsageError("`normalize`", "given", allowed)
    return value
