"""--dask, as an option of the commands: the same files as with threads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click.testing
import pytest

import normstats
from normstats.cli.root import root
from normstats.cluster import connect
from normstats.cluster.dask import Dask
from normstats.tables import generate
from tests.cli.test_options_count import one_layer


@pytest.fixture(autouse=True)
def there(inside: Dask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """The cluster that stands for any name."""
    asked: list[Any] = []

    @contextmanager
    def connected(*words: Any) -> Iterator[Dask]:
        asked.append(words)
        yield inside

    monkeypatch.setattr(connect, "connected", connected)
    monkeypatch.chdir(tmp_path)
    return asked


def numbers(*words: str) -> Any:
    command = click.testing.CliRunner().invoke(root, list(words), catch_exceptions=False)
    assert command.exit_code == 0, command.stderr
    document = json.loads(command.stdout)
    for one in (document, *document.get("results", [])):
        for name in ("elapsed_s", "threads"):
            one.pop(name, None)
    return document


def test_layers_and_checks(there: list[Any]) -> None:
    for words in (
        ("run", "relu", "dropout(p=0.2)", "--samples=2e6", "--format=json"),
        ("check", "--layer=relu", "--samples=2e5", "--format=json"),
    ):
        assert numbers(*words, "--dask=there", "--threads=3") == numbers(*words)
    assert there == [("there", 3)] * 2


def test_a_call_of_the_library(there: list[Any]) -> None:
    def bits(**more: Any) -> Any:
        result = normstats.measure("dropout", p=0.2, samples=2e6, threads=3, **more)
        return replace(result, elapsed_s=0.0, threads=0)

    assert bits(dask="there", checkpoint="kept.json") == bits()
    assert bits(checkpoint="kept.json") == bits(dask=Path("there")) == bits()
    assert there == [("there", 3)] * 2


def test_tables(there: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "generate", one_layer)
    words = ["tables", "--samples=1e5", "--dask=there"]
    assert click.testing.CliRunner().invoke(root, words, catch_exceptions=False).exit_code == 0
    assert len(there) == 1
