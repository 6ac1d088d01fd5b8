"""Recurrent cells: their weights, the sums of a group, what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import normstats
from normstats.engine.celljob import CellJob, _Workspace
from normstats.errors import UsageError
from normstats.values import Array
from tests.engine.jobs import bits, job_of, outcome, parse

CELLS = ("rnn_cell", "rnn_cell(nonlinearity=relu)", "lstm_cell", "gru_cell")
SMALLEST_P = 1e-6


def sized(cell: str, ins: int, hidden: int, bias: str = "true") -> str:
    name, _, rest = cell.partition("(")
    return f"{name}(input_size={ins}, hidden_size={hidden}, bias={bias}, {rest or ')'}"


def space_of(call: str, samples: int) -> tuple[CellJob, _Workspace]:
    job = job_of(call, samples, seed=3)
    assert isinstance(job, CellJob)
    space = _Workspace(job)
    space.begin(0)
    return job, space


def test_weights_and_biases_are_pytorchs() -> None:
    """All uniform between ±1/√hidden_size, and new in every group."""
    _, space = space_of("lstm_cell(input_size=20, hidden_size=30)", 6400)
    drawn: list[Array] = []
    for _ in range(3):
        for k, matrix in enumerate(space._matrices):
            matrix.draw(space._random)
            across = (20, 30)[k] if k < 2 else 120
            rows = 120 if k < 2 else 1
            wide = matrix.w[: rows * matrix.strides[0]].reshape(rows, -1)
            drawn.append(wide[:, :across].ravel().copy())
    every = np.concatenate(drawn)
    assert len(np.unique(every)) == len(every)
    for values in drawn:
        law = stats.uniform(-1.0, 2.0)
        assert stats.kstest(values * math.sqrt(30), law.cdf).pvalue > SMALLEST_P


@pytest.mark.parametrize("bias", ["false", "true"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_sums_of_a_group_are_those_of_its_samples(cell: str, bias: str) -> None:
    """What a run adds up without forming a gradient is what ``apply`` gives for the same draw."""
    call = sized(cell, 5, 3, bias)
    job, space = space_of(call, 64 * 11)
    cut = job.cell
    got = space.group(11)
    _, again = space_of(call, 64 * 11)
    weights = {}
    shapes = parse(call)[0].shapes(parse(call)[1]).extras
    for name, matrix in zip(
        ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), again._matrices, strict=True
    ):
        if name in shapes:
            matrix.draw(again._random)
            shape = shapes[name].shape
            wide = matrix.w[: shape[0] * matrix.strides[0]] if len(shape) == 2 else matrix.w
            across = shape[-1]
            rows = shape[0] if len(shape) == 2 else 1
            weights[name] = wide[: rows * matrix.strides[0]].reshape(rows, -1)[:, :across]
            weights[name] = weights[name].reshape(shape)
    again._draw(again._input, cut.inputs, 0.0, 1.0)
    again._draw(again._state, cut.states * cut.hidden, 0.0, 1.0)
    again._draw(again._dy, cut.states * cut.hidden, 0.0, 1.0)
    wide = cut.states * cut.hidden
    x = np.vstack([again._input[: cut.inputs, :11], again._state[:wide, :11]]).T
    layer, params = parse(call)
    y, dx, *more = layer.apply(x, again._dy[:wide, :11].T, params, weights)
    parts = [*np.split(y, cut.states, axis=1), dx[:, : cut.inputs]]
    parts += [*np.split(dx[:, cut.inputs :], cut.states, axis=1), *more]
    assert [part[0].size for part in parts] == list(cut.elements)
    for part, (s1, s2, zeros), pivot in zip(parts, got, job.pivots, strict=True):
        assert s1 == pytest.approx(float((part - pivot).sum()), abs=1e-10)
        assert s2 == pytest.approx(float(((part - pivot) ** 2).sum()), rel=1e-11)
        assert zeros == float((part == 0.0).sum())


@pytest.mark.parametrize("cell", CELLS)
def test_threads_do_not_change_bits(cell: str) -> None:
    call = sized(cell, 9, 10)
    assert bits(call, 3000) == bits(call, 3000, threads=3)


def test_units_are_groups() -> None:
    """64 groups at least, of at most 512 samples."""
    for samples, units in ((1, 1), (64, 64), (6400, 64), (512 * 64 + 1, 65)):
        done = outcome("gru_cell(input_size=2, hidden_size=3)", samples)
        assert (done.samples, done.forward.units) == (samples, units)
        assert (done.forward.elements, done.backward.elements) == (3 * samples, 5 * samples)


def test_rows() -> None:
    layer, params = parse("lstm_cell")
    weights = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    both = ("forward", "backward", "forward (h)", "forward (c)", "input", "hx", "cx")
    assert layer.quantities(params) == (*both, *weights)
    layer, params = parse("gru_cell(bias=false)")
    assert layer.quantities(params) == ("forward", "backward", "input", "hx", *weights[:2])
    r = normstats.measure("lstm_cell(input_size=2, hidden_size=2)", samples=640)
    assert set(r.statistics) == {*both, *weights}


def test_wide_states_give_the_normal_law() -> None:
    """Of many elements the sum is nearly normal, of variance 2/3: E tanh² of such a number."""
    z = np.linspace(-9.0, 9.0, 4001)
    density = np.exp(-0.5 * z * z) / np.exp(-0.5 * z * z).sum()
    normal = math.sqrt(float(density @ np.tanh(math.sqrt(2.0 / 3.0) * z) ** 2))
    found = normstats.exact("rnn_cell(input_size=2048, hidden_size=2048)").forward
    assert found.std == pytest.approx(normal, rel=1e-3)
    relu = normstats.exact("rnn_cell(nonlinearity=relu, bias=false)")
    assert relu.forward.rms == pytest.approx(math.sqrt(1.0 / 3.0), rel=1e-12)
    assert relu.backward.std == pytest.approx(math.sqrt(1.0 / 6.0), rel=1e-12)


def test_apply_takes_pytorchs_weights() -> None:
    """By their names; without biases they are 0, and any batch will do."""
    rng = np.random.default_rng(0)
    w, v, b = rng.standard_normal((4, 3)), rng.standard_normal((4, 4)), rng.standard_normal(4)
    x, dy = rng.standard_normal((2, 5, 7)), rng.standard_normal((2, 5, 4))
    call = "rnn_cell(input_size=3, hidden_size=4)"
    y, dx = normstats.apply(call, x, dy, weight_ih=w, weight_hh=v, bias_ih=b, bias_hh=b)
    expected = np.tanh(x[..., :3] @ w.T + x[..., 3:] @ v.T + 2.0 * b)
    np.testing.assert_allclose(y, expected, rtol=1e-12)
    back = dy * (1.0 - expected**2)
    np.testing.assert_allclose(dx, np.concatenate([back @ w, back @ v], axis=-1), rtol=1e-10)
    plain, _ = normstats.apply(call, x, dy, weight_ih=w, weight_hh=v, bias="false")
    np.testing.assert_allclose(plain, np.tanh(x[..., :3] @ w.T + x[..., 3:] @ v.T), rtol=1e-12)
    one, _ = normstats.apply(call, x[0, 0], dy[0, 0], weight_ih=w, weight_hh=v)
    assert np.array_equal(one, plain[0, 0])


@pytest.mark.parametrize(
    ("changed", "argument"),
    [
        ({"weight_ih": None}, "weight_ih"),
        ({"weight_hh": np.ones((4, 3))}, "weight_hh"),
        ({"bias_ih": np.ones(3)}, "bias_ih"),
        ({"mask": np.ones(4)}, "mask"),
        ({"x": np.ones((2, 6))}, "x"),
        ({"dy": np.ones((2, 3))}, "dy"),
        ({"bias": "false", "bias_hh": np.ones(4)}, "bias_hh"),
    ],
    ids=str,
)
def test_refusals_of_apply(changed: dict[str, object], argument: str) -> None:
    given = {"x": np.ones((2, 7)), "dy": np.ones((2, 4))}
    given |= {"weight_ih": np.ones((4, 3)), "weight_hh": np.ones((4, 4))}
    with pytest.raises(UsageError) as caught:
        normstats.apply("rnn_cell", input_size=3, hidden_size=4, **{**given, **changed})
    assert caught.value.name == argument


@pytest.mark.parametrize(
    ("params", "argument"),
    [
        ({"input_size": 0}, "input_size"),
        ({"hidden_size": 16385}, "hidden_size"),
        ({"hidden_size": 16384, "input_size": 16384}, "hidden_size"),
        ({"bias": 0.5}, "bias"),
        ({"nonlinearity": "elu"}, "nonlinearity"),
        ({"method": "rqmc"}, "method"),
        ({"conditional": True}, "conditional"),
    ],
    ids=str,
)
def test_refusals(params: dict[str, object], argument: str) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.measure("rnn_cell", samples=10, **params)
    assert caught.value.name == argument
