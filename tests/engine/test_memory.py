"""Memory of a run: small, and the same for any number of samples."""

from __future__ import annotations

import json
import sys

import pytest

from normstats.kernels.run import load
from tests.engine.child import finish, start
from tests.engine.jobs import job_of

_MEASURE = """
import json, resource
import normstats
peaks = []
for samples in (1e6, 2e8):
    normstats.measure("relu", samples=samples, threads=2)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(json.dumps(peaks))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux only")
def test_memory_is_small_and_does_not_grow() -> None:
    for kernel in job_of("relu", 1).kernels:  # the child is not to compile
        load(kernel)
    small, large = json.loads(finish(start(["-c", _MEASURE], {})))
    assert large < 250_000
    assert large - small < 10_000
