"""The linear layer: its products, the distributions of its weights, and their exact values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import normstats
from normstats.engine.matrices import MatrixJob, _Workspace
from normstats.errors import UsageError
from normstats.families.inits import truncated_square
from normstats.runs.inputs import Inputs
from normstats.values import Array
from tests.engine.jobs import job_of, outcome, parse

SMALLEST_P = 1e-6  # of a test with a fixed seed; some 30 of them here: a false alarm in 3e-5


def weights(
    ins: int, outs: int, init: str, count: int = 1, init_std: float = 1.0, samples: int = 20_000
) -> Array:
    """The first matrices of a run, of shape (count, outs, ins): their products with I."""
    call = f"linear(in_features={ins}, out_features={outs}, init={init}, init_std={init_std})"
    job = job_of(call, samples, seed=3)
    assert isinstance(job, MatrixJob)
    space = _Workspace(job)
    space.begin(0)
    drawn = []
    for _ in range(count):
        space._weights.draw(space._state)
        source = space._weights.source(forward=True)
        assert source.shape[1] >= ins
        np.fill_diagonal(source[:ins], 1.0)
        w = space._weights.product(forward=True)[:outs, :ins].copy()
        back = space._weights.source(forward=False)
        back[:outs, : job.shape.columns] = 0.0
        back[:outs, :outs] = np.eye(outs)
        transpose = space._weights.product(forward=False)[:ins, :outs]
        np.testing.assert_allclose(transpose, w.T, rtol=1e-13, atol=1e-15)
        source = space._weights.source(forward=True)
        source[:] = 0.0
        drawn.append(w)
    return np.array(drawn)


SHAPES = [(1, 1), (1, 9), (7, 5), (8, 6), (9, 13), (96, 97), (257, 100), (300, 260), (256, 96)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("samples", [1, 9])
def test_products_equal_numpys(shape: tuple[int, int], samples: int) -> None:
    """About every boundary of the tiles (6, 8), blocks (96) and panels (256)."""
    rng = np.random.default_rng(0)
    outs, ins = shape
    w = rng.standard_normal((outs, ins))
    x, dy = rng.standard_normal((samples, ins)), rng.standard_normal((samples, outs))
    y, dx = normstats.apply("linear", x, dy, weight=w)
    for got, a, b in ((y, x, w.T), (dx, dy, w)):
        bound = 1e-15 * (np.abs(a) @ np.abs(b)) * (len(b) + 1)
        assert (np.abs(got - a @ b) <= bound).all()


def test_products_take_any_batch() -> None:
    rng = np.random.default_rng(0)
    w, x, dy = (
        rng.standard_normal((3, 4)),
        rng.standard_normal((2, 5, 4)),
        rng.standard_normal((2, 5, 3)),
    )
    y, dx = normstats.apply("linear", x, dy, weight=w)
    assert y == pytest.approx(x @ w.T)
    assert dx == pytest.approx(dy @ w)
    y, dx = normstats.apply("linear", x[0, 0], dy[0, 0], weight=w)
    assert y == pytest.approx(w @ x[0, 0])
    assert dx == pytest.approx(w.T @ dy[0, 0])


@pytest.mark.parametrize(
    ("init", "std", "law"),
    [
        ("xavier_normal", math.sqrt(2 / 50), stats.norm),
        ("kaiming_normal", math.sqrt(2 / 30), stats.norm),
        ("lecun_normal", math.sqrt(1 / 30), stats.norm),
        ("normal", 0.7, stats.norm),
        ("xavier_uniform", math.sqrt(6 / 50), stats.uniform(-1, 2)),
        ("kaiming_uniform", math.sqrt(6 / 30), stats.uniform(-1, 2)),
    ],
)
def test_independent_entries_follow_their_law(
    init: str, std: float, law: stats.rv_continuous
) -> None:
    """``std`` is the half-width of the uniform ones."""
    w = weights(30, 20, init, 100, init_std=0.7)
    assert stats.kstest(w.ravel() / std, law.cdf).pvalue > SMALLEST_P
    assert len(np.unique(w)) == w.size
    assert abs(np.corrcoef(w[:-1].ravel(), w[1:].ravel())[0, 1]) * math.sqrt(w.size) < 5
    assert abs(np.corrcoef(w[:, :-1].ravel(), w[:, 1:].ravel())[0, 1]) * math.sqrt(w.size) < 5


@pytest.mark.parametrize("std", [0.3, 1.0, 2.0, 2.5, 50.0])
def test_truncated_entries_follow_their_law(std: float) -> None:
    """Both ways of rejection: normals if the bound 2 is above the std, else uniforms."""
    w = weights(30, 20, "trunc_normal", 50, init_std=std).ravel()
    assert np.abs(w).max() <= 2.0
    law = stats.truncnorm(-2 / std, 2 / std, scale=std)
    assert stats.kstest(w, law.cdf).pvalue > SMALLEST_P
    assert truncated_square(std, 2.0) == pytest.approx(law.var(), rel=1e-9)


def assert_isotropic(rows: Array) -> None:
    """Unit vectors, one a row, uniform on the sphere: an element squared is Beta(½, (n − 1)/2)."""
    n = rows.shape[-1]
    assert (rows**2).sum(axis=-1) == pytest.approx(1.0, rel=1e-14)
    assert stats.kstest(rows[:, n // 2] ** 2, stats.beta(0.5, (n - 1) / 2).cdf).pvalue > SMALLEST_P
    assert abs(np.mean(np.sign(rows[:, 0]))) * math.sqrt(len(rows)) < 5


def test_unit_rows_and_columns() -> None:
    assert_isotropic(weights(30, 20, "fan_in_rows", 60).reshape(-1, 30))
    assert_isotropic(weights(30, 20, "fan_out_rows", 60).swapaxes(1, 2).reshape(-1, 20))


@pytest.mark.parametrize(
    "shape", [(1, 1), (5, 3), (3, 5), (48, 48), (60, 49), (49, 60), (130, 100), (100, 130)], ids=str
)
def test_orthogonal_rows_or_columns(shape: tuple[int, int]) -> None:
    """About the panels of 48 rows; to full precision."""
    ins, outs = shape
    (w,) = weights(ins, outs, "orthogonal")
    product = w @ w.T if outs <= ins else w.T @ w
    assert np.abs(product - np.eye(len(product))).max() < 1e-14


@pytest.mark.parametrize("shape", [(6, 4), (4, 6)])
def test_orthogonal_matrices_prefer_no_direction(shape: tuple[int, int]) -> None:
    ins, outs = shape
    w = weights(ins, outs, "orthogonal", 1500)
    long = w if outs <= ins else w.swapaxes(1, 2)
    for row in range(min(shape)):
        assert_isotropic(long[:, row])


@pytest.mark.parametrize("init", ["fan_in_rows", "orthogonal", "trunc_normal"])
def test_weights_are_new_in_every_group_and_block(init: str) -> None:
    w = weights(5, 4, init, 3)
    assert len(np.unique(w)) == w.size


def test_unit_rows_give_a_std_of_1_forward() -> None:
    """The documents' point: fan-in rows keep the forward std, fan-out rows the backward one."""
    layer, params = parse("linear")
    y, dx, *_ = layer.exact(params, Inputs())
    assert (params["in_features"], params["out_features"]) == (512, 256)
    assert y.std == pytest.approx(1.0)
    assert dx.std == pytest.approx(math.sqrt(0.5))
    layer, params = parse("linear(init=fan_out_rows)")
    y, dx, *_ = layer.exact(params, Inputs())
    assert y.std == pytest.approx(math.sqrt(2))
    assert dx.std == pytest.approx(1.0)


def test_units_are_groups() -> None:
    """64 groups at least, of at most 512 samples, the last one smaller."""
    layer = "linear(in_features=3, out_features=2)"
    for samples, units in ((1, 1), (63, 63), (64, 64), (130, 65), (6400, 64), (512 * 64 + 1, 65)):
        done = outcome(layer, samples)
        assert (done.samples, done.forward.units) == (samples, units)
        assert (done.forward.elements, done.backward.elements) == (2 * samples, 3 * samples)


def test_inputs_without_width_give_zeros() -> None:
    r = normstats.measure(
        "linear(in_features=3, out_features=2)", samples=40_000, x_std=0, dy_std=0
    )
    for side in (r.forward, r.backward):
        assert (side.zeros.value, side.zeros.se, side.std.value) == (1.0, 0.0, 0.0)
        assert side.zeros.z == 0.0


@pytest.mark.parametrize(
    ("params", "argument"),
    [
        ({"in_features": 0}, "in_features"),
        ({"out_features": -1}, "out_features"),
        ({"in_features": 1.5}, "in_features"),
        ({"in_features": "1e3"}, "in_features"),
        ({"in_features": True}, "in_features"),
        ({"out_features": 65537}, "out_features"),
        ({"in_features": 10**30}, "in_features"),
        ({"in_features": 65536, "out_features": 65536}, "in_features"),
        ({"init": "zeros"}, "init"),
        ({"init_std": 0}, "init_std"),
        ({"init_std": "nan"}, "init_std"),
        ({"init_std": math.inf}, "init_std"),
        ({"bias": True}, "bias"),
    ],
    ids=str,
)
def test_bad_parameters(params: dict[str, object], argument: str) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.measure("linear", samples=10, **params)
    assert caught.value.name == argument


def test_features_that_memory_would_not_hold() -> None:
    """Each thread has its own matrices: 1024 of them do not fit where one does."""
    with pytest.raises(UsageError, match="memory") as caught:
        normstats.measure(
            "linear", samples=10**9, threads=1024, in_features=16384, out_features=16384
        )
    assert caught.value.name == "in_features"


@pytest.mark.parametrize(
    ("x", "dy", "weight", "argument"),
    [
        ((2, 4), (2, 3), None, "weight"),
        ((2, 4), (2, 3), (4,), "weight"),
        ((2, 5), (2, 3), (3, 4), "x"),
        ((2, 4), (2, 4), (3, 4), "dy"),
        ((2, 4), (3, 3), (3, 4), "dy"),
        ((), (3,), (3, 4), "x"),
        ((2, 0), (2, 1), (1, 0), "weight"),
        ((2, 1), (2, 0), (0, 1), "weight"),
    ],
)
def test_bad_shapes(
    x: tuple[int, ...], dy: tuple[int, ...], weight: tuple[int, ...] | None, argument: str
) -> None:
    w = None if weight is None else np.ones(weight)
    with pytest.raises(UsageError) as caught:
        normstats.apply("linear", np.ones(x), np.ones(dy), weight=w)
    assert caught.value.name == argument
