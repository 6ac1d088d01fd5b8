"""A cluster with TLS, set up as docs/long-runs.md tells it, and who is turned away."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from normstats.cluster.connect import connected
from normstats.errors import UsageError
from tests.cluster.conftest import Processes
from tests.readme.pages import DOCS

RELU = ("relu", "--samples", "3e6", "--quiet", "--format", "json")
TCP = "tcp://127.0.0.1:9"
TLS = "tls://127.0.0.1:9"
FILES = ("CERT", "KEY")
PAGE = (DOCS / "long-runs.md").read_text()
MAKE = [line for line in PAGE.splitlines() if line.startswith("openssl ")]
VARIABLES = dict(re.findall(r"^export (DASK_DISTRIBUTED__COMM__\w+)=(\S+)$", PAGE, re.MULTILINE))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the files that the page makes, in ``ours``, and again in ``others``."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificates, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    for own in ("ours", "others"):
        (folder / own).mkdir()
        for line in MAKE:
            subprocess.run(shlex.split(line), cwd=folder / own, check=True, capture_output=True)
    return folder


def variables(folder: Path) -> dict[str, str]:
    """Those of the page, with the files of a folder."""
    files = {name: str(folder / value) for name, value in VARIABLES.items() if "." in value}
    return {**VARIABLES, **files}


@pytest.fixture
def secured(certificates: Path, tmp_path: Path) -> Iterator[Processes]:
    there = Processes(tmp_path, variables(certificates / "ours"))
    try:
        yield there
    finally:
        there.close()


def run(*words: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "normstats", *RELU, *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
    )


def numbers(done: subprocess.CompletedProcess[str]) -> object:
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)["results"]
    return {**result, "elapsed_s": None, "threads": None}


@pytest.mark.slow
def test_a_cluster_with_tls_as_the_page_sets_it_up(secured: Processes, certificates: Path) -> None:
    address = json.loads(Path(secured.file).read_text())["address"]
    assert address.startswith("tls://")
    secured.worker()
    own, others = (variables(certificates / name) for name in ("ours", "others"))
    # It trusts this scheduler, which does not know it.
    stranger = {**others, **{name: own[name] for name in own if "CA_FILE" in name}}
    found = numbers(run("--dask", address, environment=own))
    assert found == numbers(run(environment={}))
    assert found == numbers(run("--dask", secured.file, environment=own))
    for environment, name, said in (
        ({}, address, "needs certificates: distributed.comm.tls in Dask's configuration has none"),
        ({}, secured.file, "needs certificates"),
        ({}, address.replace("tls", "tcp"), "no scheduler answers: it closes the connection"),
        (own, address.replace("tls", "tcp"), "must begin with tls://"),
        (others, address, "certificate does not match"),
        (stranger, address, "no scheduler answers: it closes the connection"),
    ):
        ended = run("--dask", name, environment=environment)
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert ended.stderr.startswith(f"normstats: --dask {name}: "), ended.stderr
        assert said in ended.stderr
        assert ended.stderr.count("\n") == 1, ended.stderr


def test_the_page_names_all_that_dask_asks_for() -> None:
    roles = {f"{role}__{file}" for role in ("SCHEDULER", "WORKER", "CLIENT") for file in FILES}
    names = {"REQUIRE_ENCRYPTION", "TLS__CA_FILE", *(f"TLS__{role}" for role in roles)}
    assert {name.removeprefix("DASK_DISTRIBUTED__COMM__") for name in VARIABLES} == names
    assert len(MAKE) == 3


@pytest.mark.parametrize(
    ("setting", "address", "said"),
    [
        ({}, TLS, "needs certificates: distributed.comm.tls in Dask's configuration has none"),
        ({"require-encryption": True}, TCP, "must begin with tls://"),
        (
            {"tls": {"ca-file": "no.pem", "client": {"cert": "no.pem", "key": "no.pem"}}},
            TLS,
            "distributed.comm.tls in Dask's configuration names no.pem, which is no file",
        ),
        (
            {"tls": {"ca-file": __file__, "client": {"cert": __file__, "key": __file__}}},
            TLS,
            "distributed.comm.tls in Dask's configuration: .*X509",
        ),
        ({"tls": {"min-version": 1.0}}, TLS, "distributed.comm.tls.min-version=1.0 is not"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_sent(
    setting: dict[str, object], address: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dask
    import distributed

    monkeypatch.setattr(distributed, "Client", None)
    whole = dask.config.merge(dask.config.get("distributed.comm"), setting)
    with (
        dask.config.set({"distributed.comm": whole}),
        pytest.raises(UsageError, match=f"dask {address}: .*{said}"),
        connected(address, 1),
    ):
        pass
