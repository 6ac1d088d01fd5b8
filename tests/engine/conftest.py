"""Children for other processors compile while the other tests of the engine run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import llvmlite.binding as llvm
import pytest

from tests.engine.child import start

ARRAYS = ("relu", "sigmoid", "max_pool2d(kernel_size=3)", "dropout(p=0.3)")
LINEAR = "linear(in_features=24, out_features=17)"
SAMPLES = {**dict.fromkeys(ARRAYS, 20_001), LINEAR: 3_001}
NEARLY_THIS = dict.fromkeys(ARRAYS[:3:2], 20_001)

# Processor, and the vector libraries' idea of one. The first has neither AVX nor a fused
# multiply-add; LLVM calls the C library for that.
TARGETS = {
    "x86-64": {"OPENBLAS_CORETYPE": "Prescott"},
    "x86-64-v3": {"OPENBLAS_CORETYPE": "Haswell"},
    "skylake-avx512": {},
}
NEEDS = {"x86-64": "sse2", "x86-64-v3": "avx2", "skylake-avx512": "avx512f"}


def can_run(target: str) -> bool:
    """Whether this machine has what the target's code uses."""
    return bool(llvm.get_host_cpu_features().get(NEEDS[target], False))


@pytest.fixture(scope="session", autouse=True)
def targets() -> Iterator[dict[str, subprocess.Popen[str]]]:
    """One child for each target that can run here."""
    arguments = ["-m", "tests.engine.child"]
    arguments += [part for name, samples in SAMPLES.items() for part in (name, str(samples))]
    cache = os.environ["NORMSTATS_CACHE_DIR"]
    children = {
        target: start(arguments, {"NORMSTATS_TARGET": target, "NORMSTATS_CACHE_DIR": cache, **more})
        for target, more in TARGETS.items()
        if can_run(target)
    }
    yield children
    for child in children.values():
        if child.poll() is None:
            child.kill()
        child.communicate()
