"""Settings of the whole test run: a cache folder of its own, and reproducible property tests.

Kernels that tests compile for themselves live in files named ``probes.py``: the folder's name
depends on those, as the package's own does on the package.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
ROOT = TESTS.parent

# Never the user's cache. NORMSTATS_TEST_CACHE keeps the kernels from one run to the next. Tests
# side by side (pytest-xdist) share the folder of the process that has started them.
_KEPT = os.environ.get("NORMSTATS_TEST_CACHE")
_TEMPORARY = ""
if "PYTEST_XDIST_WORKER" not in os.environ:
    _TEMPORARY = "" if _KEPT else tempfile.mkdtemp(prefix="normstats-tests-")
    _digest = hashlib.sha256()
    for _path in sorted(TESTS.rglob("probes.py")):
        _digest.update(_path.read_bytes())
    os.environ["NORMSTATS_CACHE_DIR"] = str(Path(_KEPT or _TEMPORARY) / _digest.hexdigest()[:16])
os.environ.pop("NORMSTATS_TARGET", None)
# Child processes import the package and the tests from here as well.
os.environ["PYTHONPATH"] = os.pathsep.join(
    part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part
)

settings.register_profile(
    "normstats", max_examples=60, deadline=None, derandomize=True, database=None
)
settings.load_profile("normstats")


def pytest_unconfigure(config: pytest.Config) -> None:
    if _TEMPORARY:
        shutil.rmtree(_TEMPORARY, ignore_errors=True)
