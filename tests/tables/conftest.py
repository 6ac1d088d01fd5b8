"""All files of the tables, from results that are made up."""

from __future__ import annotations

import pytest

from normstats.result import Result
from normstats.tables import generate
from normstats.tables.jobs import Wanted
from tests.tables.made_up import NEEDED, fake


@pytest.fixture(scope="session")
def results() -> dict[Wanted, Result]:
    return {Wanted.of(run): fake(run) for run in NEEDED}


@pytest.fixture(scope="session")
def files(results: dict[Wanted, Result]) -> dict[str, str]:
    return generate.render(generate.judge(results), NEEDED, results)
