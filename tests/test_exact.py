"""What is known without sampling: exact values, gains, names."""

from __future__ import annotations

import math
from typing import Any

import pytest

import normstats
from normstats.errors import UsageError
from normstats.registry import all_layers

RELU = {"std": 1 / math.sqrt(0.5 - 0.5 / math.pi), "rms": math.sqrt(2), "backward": math.sqrt(2)}


@pytest.mark.parametrize(("kind", "expected"), RELU.items())
def test_gains_of_relu(kind: Any, expected: float) -> None:
    assert normstats.gain("relu", kind=kind) == pytest.approx(expected, rel=1e-14)
    assert normstats.gain("ReLU", kind=kind, x_std=2) == pytest.approx(
        expected / (1 if kind == "backward" else 2), rel=1e-14
    )
    assert normstats.gain("relu", kind=kind, dy_std=4) == pytest.approx(
        expected / (4 if kind == "backward" else 1), rel=1e-14
    )


def test_parameters_as_in_measure() -> None:
    leaky = math.sqrt(2 / (1 + 0.25))
    for given in ({"negative_slope": 0.5}, {"negative_slope": "0.5"}):
        assert normstats.gain("leaky_relu", kind="rms", **given) == pytest.approx(leaky)
    assert normstats.gain("leaky_relu(negative_slope=0.5)", kind="rms") == pytest.approx(leaky)
    assert normstats.gain("prelu", kind="rms", weight=0.5) == pytest.approx(leaky)


@pytest.mark.parametrize("layer", all_layers())
def test_exact_values_are_those_that_a_result_shows(layer: str) -> None:
    """With inputs that tell x from dy, and means from stds."""
    inputs = {"x_mean": 0.5, "x_std": 0.8, "dy_mean": 0.25, "dy_std": 1.25}
    known = normstats.exact(layer, **inputs)
    measured = normstats.measure(layer, samples=2, **inputs)
    assert (known.layer, known.params, known.inputs) == (layer, measured.params, measured.inputs)
    for side in ("forward", "backward"):
        for statistic in ("mean", "std", "rms", "zeros"):
            exact = getattr(getattr(measured, side), statistic).exact
            assert getattr(getattr(known, side), statistic) == exact
            assert known.values[f"{side}.{statistic}"] == exact
    for name, side, statistic in (
        ("gain", known.forward, "std"),
        ("gain_rms", known.forward, "rms"),
        ("backward_gain", known.backward, "std"),
    ):
        scale = getattr(side, statistic)
        assert known.gains.get(name) == (1.0 / scale if scale else None)
        assert known.values[name] == known.gains.get(name)


@pytest.mark.parametrize(
    ("layer", "given", "message"),
    [
        ("relu", {"kind": "forward"}, "kind forward: must be one of std, rms, backward"),
        ("relu", {"kind": "std", "x_std": 0}, r"relu \[x_std=0\]: has no gain 1/std of y: .*1/0"),
        ("exp", {"kind": "rms", "x_std": 100}, "no gain 1/rms of y: no exact value is known"),
        ("relu", {"kind": "std", "samples": 3}, "samples 3: relu has no such parameter"),
        ("rulu", {"kind": "std"}, "did you mean .*relu"),
        ("relu", {"kind": "std", "x_std": -1}, "^x_std -1: must be"),
    ],
)
def test_gains_that_there_are_not(layer: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        normstats.gain(layer, **given)


@pytest.mark.parametrize(
    ("layer", "given", "message"),
    [
        ("relu", {"sample": 3}, r"^sample 3: relu has no such parameter \(it has none\); did you"),
        ("relu", {"sample": 3}, r"did you mean samples\?$"),
        ("leaky_relu", {"negativ_slope": 1}, r"it has .*\); did you mean negative_slope\?$"),
        ("dropout", {"qqqqqqqq": 1}, r"^qqqqqqqq 1: dropout has no such .* \(it has p, rescale\)$"),
    ],
)
def test_a_misspelled_argument_is_told(layer: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        normstats.measure(layer, **given)


def test_parameters_in_the_text_and_beside_it_belong_together() -> None:
    """min_val=2 alone would be above hardtanh's usual max_val."""
    y, _ = normstats.apply("hardtanh(min_val=2)", [0.0, 9.0], [1.0, 1.0], max_val=5)
    assert y.tolist() == [2.0, 5.0]


def test_layers_are_named_with_their_formulas() -> None:
    names = normstats.layers()
    assert list(names) == list(all_layers())
    assert names["relu"] == all_layers()["relu"].formula
    names.clear()  # the caller's own
    assert "relu" in normstats.layers()
