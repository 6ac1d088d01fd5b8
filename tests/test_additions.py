"""What is added in one file: a layer is one, and nothing else knows of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click.testing
import pytest

import normstats
import normstats.families
from normstats import registry
from normstats.cli.root import root

LAYER = '''
"""The cube, for tests."""

from normstats.layer.elementwise import Elementwise
from normstats.layer.params import Real


def cube(x, c):
    return c[0] * (x * x * x), 3.0 * c[0] * (x * x)


def cube_twin(x, params):
    return params["scale"] * x**3, 3.0 * params["scale"] * x**2


LAYERS = (
    Elementwise(
        name="cube",
        formula="y = scale·x³",
        gradient="dx = 3·dy·scale·x²",
        params=(Real(name="scale", default=2.0, help="factor of y"),),
        activation=cube,
        twin=cube_twin,
    ),
)
'''


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more file in the folder of families."""
    (tmp_path / "zz_toy.py").write_text(LAYER)
    monkeypatch.setattr(
        normstats.families, "__path__", [*normstats.families.__path__, str(tmp_path)]
    )
    for one in (registry.all_layers, registry._spellings, registry.exact):
        one.cache_clear()
    yield
    sys.modules.pop("normstats.families.zz_toy", None)
    for one in (registry.all_layers, registry._spellings, registry.exact):
        one.cache_clear()


def run(*arguments: str) -> str:
    result = click.testing.CliRunner().invoke(root, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.usefixtures("family")
def test_a_layer_is_one_file() -> None:
    """Measured, with exact values, in lists, help, catalogue of values, runs and calls."""
    document = json.loads(run("cube", "--scale", "0.5", "--samples", "1e5", "--format", "json"))
    (result,) = document["results"]
    assert result["params"] == {"scale": 0.5}
    std = result["forward"]["std"]
    assert std["exact"] == pytest.approx(0.5 * 15**0.5, rel=1e-12)
    assert abs(std["value"] - std["exact"]) < 0.1
    assert "--scale" in run("cube", "--help")
    assert "cube" in run("list")
    assert "cube" in run("--help")
    assert f"{2.0 * 15**0.5:.12g}"[:10] in run("constants", "cube")
    assert registry.parse_run("cube(scale=3) samples=10").call.params == {"scale": 3.0}
    y, dx = normstats.apply("cube", [2.0], [1.0])
    assert (y.tolist(), dx.tolist()) == ([16.0], [24.0])


def test_without_its_file_it_is_gone() -> None:
    assert registry.find("cube") is None
