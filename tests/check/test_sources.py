"""A source of comparisons is one file: what it compares is measured, judged and reported."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click.testing
import pytest

from normstats import perform
from normstats.check import sources
from normstats.cli.root import root
from tests.check.made_up import drawn

SOURCE = '''
"""Half of a half-normal is its mean over √(8/π), for tests."""

from normstats import registry
from normstats.check.comparison import Comparison
from normstats.check.sources import Source
from normstats.reports.model import Case
from normstats.tables.jobs import Wanted

ABS = Wanted(registry.parse_call("leaky_relu(negative_slope=-1)"))


class Toy(Source):
    @classmethod
    def of(cls, asked):
        return cls() if asked.file is None else None

    def wanted(self):
        return [ABS]

    def comparisons(self, layers):
        found = layers.found[ABS]
        now = found.quantity("forward.mean", scale=0.5)
        for name, value in (("right", 0.398942280401), ("wrong", 0.41)):
            yield Comparison(
                now.value, value, now.noise, found.result.samples, group="toy", name=name
            )
        yield Case("toy", "not a number", True, "settled")

    def header(self, layers):
        return {"toys": 1}

    @property
    def remark(self):
        return "One toy."


SOURCE = Toy
'''


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more file in the folder of sources."""
    (tmp_path / "zz_toy.py").write_text(SOURCE, "utf-8")
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    monkeypatch.setattr(perform, "perform", lambda run, *_: drawn(run))
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("normstats.check.sources.zz_toy", None)


def check(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(root, ["check", *arguments], catch_exceptions=False)


@pytest.mark.usefixtures("toy")
def test_a_source_is_one_file() -> None:
    document = json.loads(check("--format", "json").stdout)
    found = {line["name"]: line for line in document["comparisons"] if line["group"] == "toy"}
    assert {name: line["passed"] for name, line in found.items()} == {
        "right": True,
        "wrong": False,
        "not a number": True,
    }
    assert (document["failed"], document["toys"]) == (1, 1)
    assert "One toy." in document["remarks"]
    # It shares the one chance of a false alarm with all others.
    random = [line for line in document["comparisons"] if line.get("z") is not None]
    assert found["right"] in random
    assert document["comparisons_random"] == len(random) > 300
    assert document["chance_of_each"] == pytest.approx(0.5e-6 / len(random))
    assert found["wrong"]["threshold"] == pytest.approx(document["threshold"], rel=0.2)
    text = check("--alpha", "1e-5").stdout
    for words in ("\ntoy   ", "FAILED  wrong\n", "One toy."):
        assert words in text


@pytest.mark.usefixtures("toy")
def test_a_source_may_stand_aside() -> None:
    Path("c.toml").write_text(
        '[[constant]]\nlayer = "relu"\nquantity = "forward.mean"\nvalue = 0.4\n', "utf-8"
    )
    document = json.loads(check("c.toml", "--format", "json").stdout)
    assert [line["group"] for line in document["comparisons"]] == ["pinned constants"]
