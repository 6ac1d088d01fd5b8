"""A command line whose engine is made up: parsing, errors and reports without sampling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click.testing
import pytest

from normstats import api
from normstats.cli.root import root
from normstats.result import Result
from tests.reports.made_up import made_up


@dataclass
class Engine:
    """Stands for ``measure_layer``: remembers its calls, returns or raises what a test wants."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    behave: Callable[[Result], Result] = lambda result: result

    def __call__(
        self,
        layer: Any,
        params: Any,
        inputs: Any,
        samples: int,
        seed: int,
        threads: int,
        observer: Any,
        method: Any,
        target: Any,
    ) -> Result:
        given = {"inputs": inputs, "samples": samples, "seed": seed, "threads": threads}
        others = {"method": method, "target": target}
        self.calls.append({"layer": layer.name, "params": params, **given, **others})
        return self.behave(made_up(layer=layer.name, params=params, **given, units=samples))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    fake = Engine()
    monkeypatch.setattr(api, "measure_layer", fake)
    return fake


Invoke = Callable[..., click.testing.Result]


@pytest.fixture
def invoke(engine: Engine) -> Invoke:
    """Runs ``normstats`` with these arguments in this process."""

    def run(*arguments: str) -> click.testing.Result:
        return click.testing.CliRunner().invoke(root, list(arguments), catch_exceptions=False)

    return run
