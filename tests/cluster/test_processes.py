"""`dask scheduler` and `dask worker` as processes of their own, and the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from normstats.cluster.connect import connected
from normstats.engine.terms import Terms
from normstats.perform import perform
from tests.cluster.conftest import Processes, wait_for
from tests.cluster.test_local import Watcher, same
from tests.parts.runs import FULL, run_of, whole

# As a worker with another version of the sources has it.
OTHER_CODE = """
from normstats.parts import document
document.code = lambda: "0" * 64
"""
# As a processor with a fault.
OTHER_BITS = """
from normstats.moments.merge import Moments
def wrong(right):
    def changed(cls, pivot, units, size, sums):
        return right(cls, pivot, units, size, [sums[0] * (1.0 + 2.0**-50), *sums[1:]])
    return classmethod(changed)
Moments.of_equal_units = wrong(Moments.of_equal_units.__func__)
"""


@pytest.mark.slow
def test_workers_that_die_join_late_and_are_refused(processes: Processes) -> None:
    run = run_of(samples=500 * FULL + 7)
    first = processes.worker()
    with connected(processes.file, 1) as dask:
        wait_for(lambda: len(dask.workers()) == 1)
        late = []

        def change() -> None:
            """Three more workers, two of which are no good; then the only good one dies."""
            for preload in (OTHER_CODE, OTHER_BITS, ""):
                late.append(processes.worker(preload))
                wait_for(
                    lambda: (
                        len(dask._client.scheduler_info(n_workers=-1)["workers"]) == 1 + len(late)
                    )
                )
            first.kill()
            first.wait()

        with pytest.warns(UserWarning, match="is refused: ") as said:
            found = perform(run, 1, Watcher(change), Terms(executor=dask))
        assert len(dask._refused) == 2
        texts = " ".join(str(one.message) for one in said)
        assert "its first block has other bits" in texts
        assert "digest 000000000000" in texts
        assert dask.threads == 1, "the late one has done the rest"
    assert same(found, whole(run))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_of_the_command(
    number: signal.Signals, processes: Processes, tmp_path: Path
) -> None:
    """The whole group gets it, as on a terminal: a report, code 130, and nothing left to do."""
    processes.worker()
    kept = str(tmp_path / "kept.json")
    command = [sys.executable, "-m", "normstats", "relu", "-n", "1e12", "--format", "json"]
    child = subprocess.Popen(
        [*command, "--dask", processes.file, "--checkpoint", kept],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for(lambda: os.path.exists(kept) and '"units"' in Path(kept).read_text())
        os.killpg(child.pid, number)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 130, err
    assert "goes on from" in err
    assert "Traceback" not in err
    (result,) = json.loads(out)["results"]
    assert result["interrupted"]
    assert result["samples"] > 0
    with connected(processes.file, 1) as dask:
        wait_for(lambda: not any(dask._client.processing().values()))
