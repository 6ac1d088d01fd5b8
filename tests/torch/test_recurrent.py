"""Recurrent cells against PyTorch's: y, and all gradients by its autograd, on its own weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.jobs import parse

torch = pytest.importorskip("torch", reason="NOT TESTED: PyTorch is not installed")
pytestmark = pytest.mark.torch

NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
MODULES = {
    "rnn_cell": torch.nn.RNNCell,
    "lstm_cell": torch.nn.LSTMCell,
    "gru_cell": torch.nn.GRUCell,
}


def module(name: str, ins: int, hidden: int, bias: bool, more: dict[str, Any]) -> Any:
    return MODULES[name](ins, hidden, bias=bias, dtype=torch.float64, **more)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("rnn_cell", {"nonlinearity": "tanh"}),
        ("rnn_cell", {"nonlinearity": "relu"}),
        ("lstm_cell", {}),
        ("gru_cell", {}),
    ],
    ids=str,
)
@given(
    st.integers(1, 20),
    st.integers(1, 20),
    st.booleans(),
    st.integers(1, 9),
    st.sampled_from([1.0, 5.0]),
    st.integers(0, 2**31 - 1),
)
@settings(max_examples=25)
def test_cells(
    name: str,
    more: dict[str, Any],
    ins: int,
    hidden: int,
    bias: bool,
    samples: int,
    wider: float,
    seed: int,
) -> None:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    cell = module(name, ins, hidden, bias, more)
    states = 2 if name == "lstm_cell" else 1
    x = wider * rng.standard_normal((samples, ins + states * hidden))
    dy = rng.standard_normal((samples, states * hidden))
    leaf = torch.tensor(x, requires_grad=True)
    inside, *state = torch.split(leaf, [ins, *[hidden] * states], dim=1)
    y = torch.cat(cell(inside, tuple(state)), 1) if states == 2 else cell(inside, *state)
    y.backward(torch.tensor(dy))
    given_ = {name: getattr(cell, name) for name in NAMES[: 4 if bias else 2]}
    arrays = {name: value.detach().numpy() for name, value in given_.items()}
    sizes = {"input_size": ins, "hidden_size": hidden, "bias": "true" if bias else "false"}
    layer, params = parse(name, {**sizes, **more})
    got = layer.apply(x, dy, params, arrays)
    expected = [y.detach().numpy(), leaf.grad.numpy()]
    expected += [value.grad.numpy() for value in given_.values()]
    for k, (a, b) in enumerate(zip(got, expected, strict=True)):
        summed = a if k < 2 else a.sum(axis=0)  # gradients of weights come for each sample
        assert summed.shape == b.shape
        assert np.abs(summed - b).max() <= 1e-10 * max(1.0, float(np.abs(b).max()))


@pytest.mark.parametrize("name", MODULES)
def test_initialisation(name: str) -> None:
    """PyTorch's weights and biases are as wide as ours: uniform between ±1/√hidden_size."""
    torch.manual_seed(1)
    for _ in range(20):
        cell = module(name, 30, 40, True, {})
        for value in cell.parameters():
            numbers = value.detach().numpy().ravel() * np.sqrt(40)
            assert np.abs(numbers).max() <= 1.0
            assert abs(float((numbers**2).mean()) - 1.0 / 3.0) <= 5 * np.sqrt(4 / 45 / len(numbers))
