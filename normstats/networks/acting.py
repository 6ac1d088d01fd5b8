"""Which way a layer acts within a network."""

from __future__ import annotations

from normstats.families.convolution import Convolution
from normstats.families.linear import Linear
from normstats.networks.chain import Stage
from normstats.networks.convolved import Convolved
from normstats.networks.dense import Dense
from normstats.networks.samples import arrayed
from normstats.networks.space import Space
from normstats.networks.stages import Acting, Flatten
from normstats.networks.weighted import Drawers


def acting(stage: Stage, space: Space, drawers: Drawers) -> Acting:
    """The layer in its place, with its own memory."""
    if stage.call is None:
        return Flatten(stage, space)
    if isinstance(stage.layer, Linear):
        return Dense(stage, space, drawers)
    if isinstance(stage.layer, Convolution):
        return Convolved(stage, space, drawers)
    return arrayed(stage, space)
