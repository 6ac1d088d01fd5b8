"""Clusters on this machine; without dask these tests are skipped, and say so."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

distributed = pytest.importorskip("distributed", reason="dask is not installed")

from normstats.cluster.connect import connected  # noqa: E402
from normstats.cluster.dask import Dask  # noqa: E402


@pytest.fixture(scope="module")
def local() -> Iterator[Dask]:
    """Two processes, started once."""
    with connected("local", 2) as dask:
        yield dask


@pytest.fixture
def inside() -> Iterator[Dask]:
    """A scheduler and two workers in this process: quick to have."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield Dask(client, "inside")


class Processes:
    """`dask scheduler` and `dask worker`, as on other machines.

    With variables of an environment they are those of a cluster with TLS.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.file = str(folder / "scheduler.json")
        self._folder, self._environment = folder, environment
        self._all: list[subprocess.Popen[bytes]] = []
        scheduler = ("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard")
        protocol = ("--protocol", "tls") if environment else ()
        self._start(*scheduler, *protocol, "--scheduler-file", self.file)
        wait_for(lambda: os.path.exists(self.file) and "}" in Path(self.file).read_text())

    def worker(self, preload: str = "") -> subprocess.Popen[bytes]:
        """One more; ``preload`` is Python that it begins with."""
        options = ["--scheduler-file", self.file, "--nthreads", "1", "--no-nanny"]
        if preload:
            file = self._folder / f"preload{len(self._all)}.py"
            file.write_text(preload)
            options += ["--preload", str(file)]
        return self._start("worker", *options, "--no-dashboard")

    def close(self) -> None:
        for one in self._all:
            one.kill()
        for one in self._all:
            one.wait()

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        self._all.append(
            subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env=None if self._environment is None else {**os.environ, **self._environment},
            )
        )
        return self._all[-1]


def wait_for(is_so: Callable[[], bool], limit_s: float = 60.0) -> None:
    until = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.01)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    there = Processes(tmp_path)
    try:
        yield there
    finally:
        there.close()
