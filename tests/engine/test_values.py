"""The numbers behind the sums: those that a run adds up, no others."""

from __future__ import annotations

import numpy as np
import pytest

from normstats import perform
from normstats.registry import inputs_of, parse_call
from normstats.runs.method import Method
from normstats.runs.run import Run
from normstats.runs.target import Target

ALL = 2**40


def run_of(text: str, samples: int) -> Run:
    call = parse_call(text)
    return Run(call, samples, 3, inputs_of(call, 0.5, 1.5, 0.25, 2.0))


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        ("relu", 600_001),  # two blocks, the second not full
        ("dropout(p=0.3)", 10_001),
        ("max_pool2d", 777),
        ("linear(in_features=8, out_features=24)", 1001),
        ("linear(in_features=8, out_features=24, init=orthogonal)", 257),
        ("linear(in_features=8, out_features=24, batch_size=3)", 129),
        ("conv2d(in_channels=2, out_channels=3, where=interior)", 130),
        ("conv2d(in_channels=2, out_channels=3, padding=1, where=border)", 130),
        ("attention(length=3, head_dim=5)", 1001),
        ("lstm_cell(input_size=5, hidden_size=6)", 300),
        ("conv_transpose1d(in_channels=2, out_channels=3, dy_correlation=full)", 65),
    ],
)
def test_they_give_the_moments_of_the_run(text: str, samples: int) -> None:
    """Mean, rms and zeros of all numbers are those of the report, to the last digits."""
    run = run_of(text, samples)
    result = perform.perform(run, 2)
    for values, side in zip(
        perform.values(run, ALL), (result.forward, result.backward), strict=True
    ):
        assert values.mean() == pytest.approx(side.mean.value, rel=1e-11, abs=1e-12)
        assert np.sqrt(np.mean(values**2)) == pytest.approx(side.rms.value, rel=1e-11)
        assert np.mean(values == 0.0) == pytest.approx(side.zeros.value, abs=1e-15)


@pytest.mark.parametrize("text", ["relu", "dropout", "linear(in_features=8, out_features=24)"])
def test_fewer_are_the_first_of_them(text: str) -> None:
    run = run_of(text, 2000)
    whole, part = perform.values(run, ALL), perform.values(run, 1200)
    for numbers, some in zip(whole, part, strict=True):
        assert 0 < len(some) <= 1200
        if text != "linear(in_features=8, out_features=24)":  # there a group lies side by side
            assert numbers[: len(some)].tolist() == some.tolist()
    assert len(perform.values(run, 1)[0]) >= 1


def test_they_are_drawn_plainly_whatever_the_method_is() -> None:
    plain = run_of("relu", 4096)
    other = Run(plain.call, 4096, 3, plain.inputs, Method("rqmc", True), Target(1e-3, None))
    for one, same in zip(perform.values(plain, ALL), perform.values(other, ALL), strict=True):
        assert one.tolist() == same.tolist()
