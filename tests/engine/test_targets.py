"""The same bits from code for other processors, run in child processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.engine import golden
from tests.engine.child import finish
from tests.engine.conftest import TARGETS

_AVX512 = """
import sys
from normstats import registry
from normstats.kernels import build
layer = registry.get("sigmoid")
assert build.settle_numba()
build.compile_kernel(layer.kernel_for({}))
"""


@pytest.mark.parametrize("target", TARGETS)
def test_bits_do_not_depend_on_the_processor(
    targets: dict[str, subprocess.Popen[str]], target: str
) -> None:
    wanted = TARGETS[target]
    if not wanted.can_run:
        pytest.skip(f"NOT TESTED: this machine has no {wanted.needs}, which {target} needs")
    got = json.loads(finish(targets[target]))
    expected = json.loads(golden.FILE.read_text())["sums"]
    assert list(got) == [name for name in expected if "moved" not in name]
    for name, sums in got.items():
        assert sums == expected[name], name


def test_avx512_code_uses_512_bit_registers() -> None:
    """Compiled only, so that it can be tested on any machine; the assembly is numba's own dump."""
    child = subprocess.run(
        [sys.executable, "-c", _AVX512],
        env={
            **os.environ,
            "NORMSTATS_TARGET": "skylake-avx512:-prefer-256-bit",
            "NUMBA_DUMP_ASSEMBLY": "1",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    fused = re.findall(r"vf\w+pd\b.*", child.stdout)
    assert len(fused) > 10
    assert all("zmm" in line for line in fused)
