"""The picture of a chain: its curves are the numbers of the report, each at its depth."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from normstats.networks.normalise import NONE
from normstats.networks.result import ChainResult
from normstats.networks.run import ChainRun
from normstats.networks.written import chain_of
from normstats.perform import perform
from normstats.plots.chain import profile
from normstats.runs.inputs import Inputs
from tests.cli.conftest import Invoke, engine, invoke  # noqa: F401

PLAIN = "linear(8, init=xavier_normal), tanh"
BLOCKS = "linear(8), residual(layer_norm, linear(8)), relu"


def measured(chain: str, repeat: str) -> ChainResult:
    run = ChainRun(chain_of(chain, repeat, "8", "16"), 5, 0, Inputs(), NONE)
    return perform(run, 1)


def test_curves_are_the_numbers_of_the_report() -> None:
    result = measured(PLAIN, "3")
    signal, forward, gradient, backward = profile(result).curves
    assert [c.label for c in (signal, forward, gradient, backward)] == [
        *("signal", "theory", "gradient", "theory")
    ]
    assert [c.theory for c in (signal, forward, gradient, backward)] == [False, True] * 2
    assert signal.depth == gradient.depth == [0, 1, 2, 3, 4, 5, 6]
    assert signal.log10[0] == result.x.log10
    assert gradient.log10[-1] == result.dy.log10
    for at, layer in enumerate(result.layers):
        assert signal.log10[at + 1] == layer.forward_std.log10
        assert gradient.log10[at] == layer.gradient_std.log10
        assert layer.theory is not None
        assert forward.log10[at + 1] == layer.theory["forward_std"]
        assert backward.log10[at] == layer.theory["gradient_std"]
        error = layer.forward_std.log10_se
        assert error is not None
        assert signal.log10_low is not None
        assert signal.log10_high is not None
        assert signal.log10_low[at + 1] == signal.log10[at + 1] - error
        assert signal.log10_high[at + 1] == signal.log10[at + 1] + error
    assert math.isnan(forward.log10[0])


def test_layers_within_a_branch_are_left_out() -> None:
    result = measured(BLOCKS, "2")
    found = profile(result)
    trunk = [layer.number for layer in result.layers if layer.depth == 0]
    assert len(trunk) < len(result.layers)
    assert [c.label for c in found.curves] == ["signal", "gradient"], "no theory of blocks"
    assert found.curves[0].depth == [0, *trunk]


def test_a_chain_that_leaves_floats_is_drawn(tmp_path: Path, invoke: Invoke) -> None:  # noqa: F811
    """Down to 1e-400 and below, with the run in the file."""
    target = tmp_path / "deep.svg"
    words = ("chain", "linear(4, init=normal, init_std=1e-20), identity", "--repeat", "25")
    more = ("--networks", "3", "--batch-size", "8", "--format", "json", "--plot", str(target))
    outcome = invoke(*words, *more)
    assert outcome.exit_code == 0, outcome.output
    logs = [layer["forward_std"]["log10"] for layer in json.loads(outcome.stdout)["layers"]]
    assert min(logs) < -400.0
    picture = target.read_bytes()
    assert b"&quot;networks&quot;: 3" in picture or b'"networks": 3' in picture
    assert invoke(*words, *more, "--threads", "1").exit_code == 0
    assert target.read_bytes() == picture


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--plot", "x.bmp"], "--plot x.bmp: must end in .png, .svg, .pdf"),
        (["--plot", "a.svg", "-o", "a.svg", "--format", "csv"], "--plot a.svg: is the --output"),
        (["--plot-size", "column"], "--plot-size column: goes with --plot FILE"),
    ],
)
def test_refused(
    words: list[str],
    said: str,
    invoke: Invoke,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = invoke("chain", PLAIN, *words)
    assert outcome.exit_code == 2
    assert said in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_file_that_is_read_is_not_drawn_over(
    invoke: Invoke,  # noqa: F811
    tmp_path: Path,
) -> None:
    file = tmp_path / "chain.json"
    file.write_text(json.dumps({"layers": ["linear(4)"]}))
    link = tmp_path / "link.svg"
    link.symlink_to(file)
    outcome = invoke("chain", str(file), "--plot", str(link))
    assert outcome.exit_code == 2
    assert "is read by this command" in outcome.stderr
