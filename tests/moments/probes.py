"""The summing kernel by itself."""

from __future__ import annotations

from normstats.kernels import build
from normstats.kernels.build import Kernel
from normstats.moments.accumulate import accumulate, collect

F, S, D = build.FLOATS, build.SIZE, build.FLOAT
ACCUMULATE = Kernel(accumulate, (F, S, S, S, D, F))
COLLECT = Kernel(collect, (F, F, S))
