"""Memory of a run: small, and the same for any number of samples."""

from __future__ import annotations

import json
import sys

import pytest

from normstats.kernels.run import load
from tests.engine.child import finish, start
from tests.engine.jobs import job_of

_MEASURE = """
import json
import normstats
peaks = []
for samples in (1e6, 2e8):
    normstats.measure("relu", samples=samples, threads=2)
    # Not getrusage: its maximum begins with that of the parent.
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    peaks.append(int(status["VmHWM"].split()[0]))
print(json.dumps(peaks))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: needs /proc/self/status")
def test_memory_is_small_and_does_not_grow() -> None:
    for kernel in job_of("relu", 1).kernels:  # the child is not to compile
        load(kernel)
    small, large = json.loads(finish(start(["-c", _MEASURE], {})))
    assert large < 250_000
    assert large - small < 10_000
