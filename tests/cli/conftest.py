"""A command line whose engine is made up: parsing, errors and reports without sampling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import click.testing
import pytest

import normstats.api  # noqa: F401 it keeps ``perform`` as it is now: never the made-up one
from normstats import perform, registry
from normstats.cli.root import root
from normstats.result import Result
from normstats.runs.run import Run
from tests.reports.made_up import made_up

sampled = perform.perform


@dataclass
class Engine:
    """Stands for ``perform``: remembers its calls, returns or raises what a test wants.

    Chains are sampled as ever.
    """

    calls: list[dict[str, Any]] = field(default_factory=list)
    behave: Callable[[Result], Result] = lambda result: result

    def __call__(self, run: Any, threads: int, observer: Any, *more: Any) -> Any:
        if not isinstance(run, Run):
            return sampled(run, threads, observer, *more)
        given = {"inputs": run.inputs, "samples": run.samples, "seed": run.seed}
        given |= {"params": run.call.params, "threads": threads, "layer": run.call.layer}
        self.calls.append({**given, "method": run.method, "target": run.target})
        result = made_up(**given, units=run.samples)
        names = registry.layer_of(run.call).quantities(run.call.params)
        sides = {name: result.statistics.get(name, result.backward) for name in names}
        return self.behave(replace(result, statistics=sides))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    fake = Engine()
    monkeypatch.setattr(perform, "perform", fake)
    return fake


Invoke = Callable[..., click.testing.Result]


@pytest.fixture
def invoke(engine: Engine) -> Invoke:
    """Runs ``normstats`` with these arguments in this process."""

    def run(*arguments: str) -> click.testing.Result:
        return click.testing.CliRunner().invoke(root, list(arguments), catch_exceptions=False)

    return run
