"""How many samples a layer gets, in tables and in checks: so many that none takes much longer.

A layer of one number (x, dy, perhaps a mask) gets the number of samples that is asked for. What
costs more gets a tenth, a hundredth, and so on, of that: a sample of fewer than 3 numbers costs
little, from 3, 30, 300 … on it costs ten times as much each. Whole powers of ten, so that sizes are
round, and stay as they are where a layer's cost changes a little. What a sample costs is
``Layer.cost``: the random numbers that are drawn for it, and its matrix products. Layers in a row
say themselves how many networks are a few seconds' work.
"""

from __future__ import annotations

from normstats import registry
from normstats.networks.written import BATCH_SIZE
from normstats.runs.call import Call
from normstats.tables.sequential import SEQUENTIAL

SCALAR = 10**9  # samples of a layer of one number, if nothing else is asked for
SMALL = 3.0  # numbers of a sample that costs more than one of a scalar layer
FEWEST = 1000  # for standard errors to be of use
FEWEST_NETWORKS = 8  # the same for layers in a row; but 2, and one more for each of these
MORE_NETWORKS = 10**7  # samples, where few samples are asked for


def divisor(cost: float) -> int:
    """What the samples are divided by if one of them costs so many numbers: 1, 10, 100, …"""
    found = 1
    while cost >= SMALL * found:
        found *= 10
    return found


def samples_for(call: Call, scalar: int) -> int:
    """How many samples the layer gets where a layer of one number gets ``scalar``."""
    if call.layer == SEQUENTIAL:
        fewest = min(FEWEST_NETWORKS, 2 + scalar // MORE_NETWORKS)
        networks: int = max(call.params["networks"] * scalar // SCALAR, fewest)
        return networks * BATCH_SIZE
    share = divisor(registry.layer_of(call).cost(call.params))
    return max(scalar // share, min(FEWEST, scalar))
