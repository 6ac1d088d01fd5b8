"""Children for other processors compile while the other tests of the engine run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import llvmlite.binding as llvm
import pytest

from tests.engine.child import start


@dataclass(frozen=True)
class Target:
    """A processor to compile for: what it needs, and what OpenBLAS is to take this one for."""

    needs: str
    blas: str = ""

    @property
    def can_run(self) -> bool:
        return bool(llvm.get_host_cpu_features().get(self.needs, False))


TARGETS = {
    # Neither AVX nor a fused multiply-add: LLVM calls the C library for that.
    "x86-64": Target("sse2", "Prescott"),
    "x86-64-v3": Target("avx2", "Haswell"),
    "skylake-avx512": Target("avx512f"),
}


@pytest.fixture(scope="session", autouse=True)
def targets(request: pytest.FixtureRequest) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """One child for each target that can run here and is asked for."""
    wanted = {
        item.callspec.params.get("target")
        for item in request.session.items
        if hasattr(item, "callspec")
    }
    children = {}
    for name, target in TARGETS.items():
        if name in wanted and target.can_run:
            environment = {"NORMSTATS_TARGET": name}
            if target.blas:
                environment["OPENBLAS_CORETYPE"] = target.blas
            children[name] = start(["-m", "tests.engine.golden", "--print"], environment)
    yield children
    for child in children.values():
        if child.poll() is None:
            child.kill()
        child.communicate()
