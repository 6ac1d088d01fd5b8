"""Results in which no two fields are equal, so that whatever is exchanged shows."""

from __future__ import annotations

from normstats.result import Estimate, Statistics
from normstats.runs.inputs import Inputs
from tests.reports.made_up import made_up

DIRECTIONS = ("forward", "backward")
STATISTICS = ("mean", "std", "rms", "zeros")


def _statistics(first: int) -> Statistics:
    """The estimates with these numbers: z from -11.5 to 11.5, the errors from 0.0011 to 1.5."""
    found = []
    for number in range(first, first + 4):
        value, se, z = 1.0 + 3.7 * number, 0.0011 * 1.37**number, number - 11.5
        found.append(Estimate(value, se, value - z * se))
    return Statistics(*found)


RESULTS = (
    made_up(
        layer="leaky_relu",
        params={"negative_slope": 0.25},
        inputs=Inputs(0.5, 2.0, -0.75, 1.5),
        samples=40_000,
        seed=17,
        stream=3,
        threads=5,
        elapsed_s=0.625,
        interrupted=False,
        forward=_statistics(0),
        backward=_statistics(4),
        method="antithetic",
        unit="pair of mirrored samples",
        units=20_000,
        versions={"normstats": "1.2.3", "numpy": "4.5.6"},
        notes=("take care",),
    ),
    made_up(
        layer="max_pool2d",
        params={"kernel_size": (2, 3)},
        inputs=Inputs(0.125, 3.0, -0.25, 1.25),
        samples=1_234_567,
        seed=18,
        stream=4,
        threads=6,
        elapsed_s=12.5,
        interrupted=True,
        forward=_statistics(8),
        backward=_statistics(12),
        method="rqmc conditional",
        unit="sequence of evenly spread points",
        units=128,
        versions={"normstats": "1.2.4", "numpy": "4.5.7"},
    ),
    made_up(
        layer="dropout",
        params={"p": 0.1, "rescale": "sqrt"},
        inputs=Inputs(0.375, 4.0, -0.625, 1.75),
        samples=3_000,
        seed=19,
        stream=5,
        threads=1,
        elapsed_s=75.0,
        interrupted=False,
        forward=_statistics(16),
        backward=_statistics(20),
        method="plain",
        unit="group of samples with the same weights",
        units=7,
        versions={"normstats": "1.2.5", "numpy": "4.5.8"},
    ),
)

# How people call these layers, and what is said about how they were measured.
CALLS = (
    "leaky_relu(negative_slope=0.25)",
    "max_pool2d(kernel_size=2x3)",
    "dropout(p=0.1, rescale=sqrt)",
)
FORMULAS = (
    "y = x where x > 0, else negative_slope·x, dx = dy where x > 0, else negative_slope·dy",
    "y = max of the window, dx = dy at the largest element, 0 elsewhere",
    "y = x · r · s, r = 0 with probability p, else 1, dx = dy · r · s",
)
FACTS = (
    (
        "n = 4e4, antithetic, seed 17, stream 3, 5 threads, 0.62 s, 64k samples/s",
        "standard errors from 2e4 pairs of mirrored samples",
        "inputs: x ~ N(0.5, 2²), dy ~ N(-0.75, 1.5²)",
        "take care",
    ),
    (
        "INTERRUPTED after 1,234,567 samples",
        "n = 1,234,567, rqmc conditional, seed 18, stream 4, 6 threads, 12 s, 98.8k samples/s",
        "standard errors from 128 sequences of evenly spread points",
        "inputs: x ~ N(0.125, 3²), dy ~ N(-0.25, 1.25²)",
    ),
    (
        "n = 3,000, seed 19, stream 5, 1 thread, 75 s, 40 samples/s",
        "standard errors from 7 groups of samples with the same weights",
        "inputs: x ~ N(0.375, 4²), dy ~ N(-0.625, 1.75²)",
        "standard errors from only 7 groups of samples with the same weights are rough",
    ),
)
NOTES = (["take care"], [], [FACTS[2][-1]])
