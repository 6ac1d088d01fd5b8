"""What one network holds in memory, refused before it is claimed."""

from __future__ import annotations

import math

from normstats.engine import memory
from normstats.kernels.gemm import TILE, distance
from normstats.kernels.lanes import LANES
from normstats.networks.chain import Chain, Stage, Step

BYTES = 8
MOST_KEPT = 2**27  # weights of a network; with more, all are drawn again on the way back
_OF_MAPS = 4  # copies of x and y that convolutions and what mixes examples hold in their own order


def keeps_weights(chain: Chain) -> bool:
    """Whether the weights of a network stay in memory until its backward pass."""
    return sum(map(_weights, chain.stages)) <= MOST_KEPT


def numbers(chain: Chain) -> int:
    """Of one network: what a layer keeps of x for the way back, and its weights."""
    columns = -(-chain.batch_size // LANES) * LANES
    weights = list(map(_weights, chain.stages))
    held = sum(weights) if keeps_weights(chain) else max(weights)
    return held + sum(_signals(step, columns) for step in chain.stages)


def _weights(step: Step) -> int:
    if not isinstance(step, Stage) or step.layer is None or step.call is None:
        return 0
    if step.layer.family not in ("linear", "convolution"):
        return 0
    shape = step.layer.shapes(step.call.params).extras["weight"].shape
    return shape[0] * distance(math.prod(shape[1:]) + LANES)


def _signals(step: Step, columns: int) -> int:
    x, y = (math.prod(shape) + TILE for shape in (step.x, step.y))
    family = step.layer.family if isinstance(step, Stage) and step.layer is not None else "linear"
    return max(x, y) * columns * (1 if family in ("elementwise", "linear") else _OF_MAPS)


def refuse(chain: Chain, threads: int) -> None:
    """UsageError if so many networks at a time do not fit."""
    depth = len(chain.stages)
    what = f"with {depth} layers would need"
    memory.refuse(BYTES * numbers(chain), threads, "`batch_size`", chain.batch_size, what)
