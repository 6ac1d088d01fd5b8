"""Normalisation: exact values against other integrals, infinite moments, invariances, refusals."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

import normstats
from normstats import registry
from normstats.engine.target import INFINITE
from normstats.errors import UsageError
from normstats.reports import of_results
from normstats.reports.formats import formats, render
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from tests.engine.jobs import MOVED, parse


def exact(call: str, **inputs: float) -> tuple[Exact, ...]:
    layer, params = parse(call)
    return layer.exact(params, Inputs(**inputs))


def mean_over_chi2(f: Any, freedom: int) -> float:
    """E f(χ²), in the logarithm: for small degrees of freedom the density is infinite at 0."""

    def density(w: float) -> float:
        square = math.exp(w)
        return float(f(square) * stats.chi2.pdf(square, freedom) * square)

    ends = range(-90, 10, 5)
    return math.fsum(
        integrate.quad(density, low, low + 5, epsabs=0, epsrel=1e-13, limit=200)[0] for low in ends
    )


@pytest.mark.parametrize("m", [6, 7, 32, 1000])
def test_closed_forms_without_eps(m: int) -> None:
    """For x, dy ~ N(0, 1): forward 1, backward √((m − 2)/(m − 3)); dγ and dβ √m."""
    full = math.sqrt((m - 2) / (m - 3))
    for call in (f"batch_norm(batch_size={m}, eps=0)", f"instance_norm(size={m}, eps=0)"):
        y, dx, weight, bias = exact(call)
        assert (y.mean, dx.mean, weight.mean, bias.mean) == (0.0, 0.0, 0.0, 0.0)
        found = (y.std, dx.std, weight.std, bias.std)
        assert found == pytest.approx((1.0, full, math.sqrt(m), math.sqrt(m)), abs=1e-13)
    y, dx, weight, bias = exact(f"layer_norm(normalized_shape={m}, eps=0, batch_size=9)")
    assert (y.std, dx.std, weight.std, bias.std) == pytest.approx((1.0, full, 3.0, 3.0), abs=1e-13)
    _, dx, *_ = exact(f"group_norm(num_groups=3, num_channels=6, size={m}, eps=0)")
    assert dx.std == pytest.approx(math.sqrt((2 * m - 2) / (2 * m - 3)), abs=1e-13)
    y, dx, weight = exact(f"rms_norm(normalized_shape={m}, eps=0)")
    assert (y.std, weight.std) == pytest.approx((1.0, 1.0), abs=1e-13)
    assert dx.std == pytest.approx(math.sqrt((m - 1) / (m - 2)), abs=1e-13)
    y, dx, g = exact(f"weight_norm(in_features={m}, g=3)")
    assert (y.std, g.std) == pytest.approx((3 / math.sqrt(m), 1.0), abs=1e-13)
    assert dx.std == pytest.approx(3 * math.sqrt((m - 1) / (m - 2) / m), abs=1e-13)
    _, dx, *_ = exact(f"batch_norm(batch_size={m}, eps=0, grad_stats=constant)")
    assert dx.std == pytest.approx(math.sqrt(m / (m - 3)), abs=1e-13)


@pytest.mark.parametrize("eps", [1e-5, 1e-2, 3.0])
@pytest.mark.parametrize("m", [2, 3, 4, 5, 32])
def test_eps_is_in_the_exact_values(m: int, eps: float) -> None:
    """Against integrals over the χ² of the batch variance, with its density."""
    call, std = f"batch_norm(batch_size={m}, eps={eps}", 1.3

    def power(k: float) -> float:
        return mean_over_chi2(lambda c: (c * std * std / m + eps) ** -k, m - 1)

    y, dx, weight, _ = exact(call + ")", x_std=std, x_mean=5.0)
    assert y.std is not None
    assert y.std**2 == pytest.approx(1.0 - eps * power(1), abs=1e-11)
    square = ((m - 2) * power(1) + eps**2 * power(3)) / m
    assert dx.std == pytest.approx(math.sqrt(square), rel=1e-11)
    assert weight.std == pytest.approx(math.sqrt(m) * y.std, rel=1e-11)
    moved = {"x_std": std, "dy_mean": 0.7, "dy_std": 0.3}
    _, dx, *_ = exact(call + ", grad_stats=constant)", **moved)
    mean = 0.7 * power(0.5)
    assert dx.mean == pytest.approx(mean, rel=1e-11)
    assert dx.rms == pytest.approx(math.sqrt((0.7**2 + 0.3**2) * power(1)), rel=1e-11)


@pytest.mark.parametrize("eps", [0.0, 0.2])
def test_rms_norm_of_inputs_with_a_mean(eps: float) -> None:
    """n = 7, against a two-dimensional integral: along the mean, and across it.

    Of fewer numbers all may be near 0, where that integral has a bend.
    """
    n, mu, sigma, dy_mean, dy_std = 7, 0.7, 1.3, -0.4, 0.5
    z, width = np.linspace(-9, 9, 4001, retstep=True)
    along = math.sqrt(n) * mu + sigma * z  # Σx/√n
    w, step = np.linspace(-20, 5, 501, retstep=True)
    across = np.exp(w)  # χ² with n − 1 degrees of freedom
    density = stats.chi2.pdf(across, n - 1) * across * step
    total = width * stats.norm.pdf(z)[:, None] * density
    s, rest = along[:, None], sigma**2 * across
    r = 1.0 / np.sqrt((s * s + rest) / n + eps)
    y, dx, _ = exact(
        f"rms_norm(normalized_shape={n}, eps={eps})",
        x_mean=mu, x_std=sigma, dy_mean=dy_mean, dy_std=dy_std,
    )  # fmt: skip
    assert y.mean == pytest.approx(float((total * s * r).sum()) / math.sqrt(n), rel=1e-9)
    length = (s * s + rest) * r * r / n
    mean = dy_mean * float((total * r * (1.0 - s * s * r * r / n)).sum())
    assert dx.mean == pytest.approx(mean, rel=1e-9)
    spread = r * r * ((n - 1) + (1.0 - length) ** 2) / n
    shift = r * r * (1.0 - s * s * r * r / n * (2.0 - length))
    square = float((total * (dy_std**2 * spread + dy_mean**2 * shift)).sum())
    assert dx.rms == pytest.approx(math.sqrt(square), rel=1e-9)


@pytest.mark.parametrize("call", ["batch_norm(batch_size=6", "layer_norm(normalized_shape=6"])
def test_the_mean_of_x_is_not_seen_and_its_std_divides_the_gradient(call: str) -> None:
    """For eps = 0."""
    standard = exact(call + ", eps=0)")
    moved = exact(call + ", eps=0)", x_mean=-7.0, x_std=20.0)
    assert moved[0].std == pytest.approx(1.0)
    assert standard[1].std is not None
    assert moved[1].std == pytest.approx(standard[1].std / 20.0, rel=1e-13)


@given(st.integers(3, 40), st.floats(0.01, 100), st.integers(0, 2**32))
def test_scale_invariance(m: int, a: float, seed: int) -> None:
    """BN(aWu) = BN(Wu), and the gradient for aW is that for W, divided by a."""
    rng = np.random.default_rng(seed)
    w, u, dy = rng.standard_normal(5), rng.standard_normal((m, 5)), rng.standard_normal(m)
    batch = {"batch_size": m, "eps": 0.0}
    y, dx = normstats.apply("batch_norm", u @ w, dy, **batch)
    scaled_y, scaled_dx = normstats.apply("batch_norm", u @ (a * w), dy, **batch)
    size = float(np.abs(dy).sum() / np.std(u @ w))
    np.testing.assert_allclose(scaled_y, y, atol=1e-11)
    np.testing.assert_allclose(scaled_dx * a, dx, atol=1e-11 * size)
    # dW = uᵀdx, in both cases with the same u.
    np.testing.assert_allclose(a * (scaled_dx @ u), dx @ u, atol=1e-10 * size)


@pytest.mark.parametrize("m", [4, 16, 64])
def test_the_noise_of_batch_statistics(m: int) -> None:
    """docs/batch-norm.md: 1/√m and √(2(m − 1))/m, within five standard errors."""
    batches = 40_000
    x = np.random.default_rng(3).standard_normal((batches, m))
    for values, expected in (
        (x.mean(axis=1), 1 / math.sqrt(m)),
        (x.var(axis=1), math.sqrt(2 * (m - 1)) / m),
    ):
        fourth = float(np.mean((values - values.mean()) ** 4))
        error = math.sqrt((fourth - expected**4) / batches) / (2 * expected)
        assert abs(float(values.std()) - expected) < 5 * error < 0.1 * expected


def test_an_infinite_variance_is_said() -> None:
    result = normstats.measure("batch_norm", batch_size=3, eps=0, samples=10_000)
    dx = result.backward
    for one in (dx.std, dx.rms):
        assert (one.se, one.z, one.heavy) == (None, None, True)
        assert one.exact == math.inf
    assert dx.mean.se is not None  # every batch has the mean 0
    assert result.forward.std.exact == pytest.approx(1.0)
    assert result.statistics["weight"].std.exact == pytest.approx(math.sqrt(3))
    (note,) = result.notes
    assert "variance of dx is infinite for batches of 3" in note
    document = json.loads(render(of_results.report([result]), "json"))["results"][0]
    assert document["backward"]["std"]["exact"] is None
    assert document["backward"]["std"]["se"] is None
    assert document["notes"] == [note]
    assert "infinite" in render(of_results.report([result]), "table")
    for form in formats():
        assert render(of_results.report([result]), form)


def test_without_the_gradient_of_the_mean_its_error_is_gone_as_well() -> None:
    result = normstats.measure(
        "batch_norm", batch_size=3, eps=0, grad_stats="constant", samples=1000
    )
    assert result.backward.mean.se is None
    assert "no standard error, nor has its mean" in result.notes[0]


@pytest.mark.parametrize(
    ("call", "least"),
    [("batch_norm(eps=0, batch_size=", 4), ("rms_norm(eps=0, normalized_shape=", 3)],
)
def test_an_infinite_fourth_moment_leaves_no_error_of_the_std(call: str, least: int) -> None:
    for m in (least, least + 1):
        result = normstats.measure(f"{call}{m})", samples=10_000)
        assert result.backward.std.exact is not None
        assert math.isfinite(result.backward.std.exact)
        assert result.backward.std.se is None
        assert "fourth moment of dx is infinite" in result.notes[0]
    result = normstats.measure(f"{call}{least + 2})", samples=10_000)
    assert result.backward.std.se is not None
    assert result.notes == ()


def test_eps_makes_moments_finite_that_rest_on_rare_batches() -> None:
    """An error of the std comes when a hundred batches below eps are to be expected."""
    rare = stats.chi2.cdf(3 * 1e-2, 2)
    needed = 100 / rare
    for samples in (int(0.9 * needed), int(1.1 * needed)):
        result = normstats.measure("batch_norm", batch_size=3, eps=1e-2, samples=samples)
        assert (result.backward.std.se is None) == (samples < needed)
        assert f"{needed:.1e}" in result.notes[0]
    assert result.backward.std.z is not None
    assert abs(result.backward.std.z) < 5


def test_a_target_that_cannot_be_reached_ends() -> None:
    result = normstats.measure("batch_norm", batch_size=3, eps=0, target_rel=1e-3)
    assert result.notes[-1] == INFINITE
    assert result.samples <= 100_000


@pytest.mark.parametrize(
    "call",
    [
        "batch_norm(batch_size=9, weight=1.5, bias=0.5)",
        "batch_norm(batch_size=9, eps=0, grad_stats=constant)",
        "batch_norm(batch_size=3, mode=eval, running_mean=0.4, running_var=2)",
        "layer_norm(normalized_shape=9, batch_size=2)",
        "layer_norm(normalized_shape=9, eps=0.5)",
        "rms_norm(normalized_shape=9, weight=0.7)",
        "rms_norm(normalized_shape=9, eps=0.5)",
        "group_norm(num_groups=2, num_channels=6, size=3)",
        "weight_norm(in_features=8, g=2)",
    ],
)
@pytest.mark.parametrize("method", ["plain", "rqmc"])
def test_expectations_over_dy(call: str, method: str) -> None:
    """All statistics of all quantities, within five standard errors: 18 runs of up to 16 each."""
    result = normstats.measure(
        call, samples=20_000, conditional=True, method=method, seed=2, x_mean=0.7, dy_mean=-0.4
    )
    for name, side in result.statistics.items():
        for statistic in ("mean", "std", "rms", "zeros"):
            estimate = getattr(side, statistic)
            assert estimate.z is not None, (name, statistic)
            assert abs(estimate.z) < 5, (name, statistic, estimate)


def test_expectations_over_dy_scatter_less() -> None:
    runs = [normstats.measure("batch_norm", samples=10_000, conditional=c) for c in (False, True)]
    plain, conditional = (run.backward.std.se for run in runs)
    assert plain is not None
    assert conditional is not None
    assert conditional < 0.9 * plain


@pytest.mark.parametrize(
    ("call", "inputs", "zeros"),
    [
        ("batch_norm", {"x_std": 0.0, "x_mean": 0.7}, (1, 0, 1, 0)),
        ("batch_norm(bias=2)", {"x_std": 0.0, "x_mean": 0.7}, (0, 0, 1, 0)),
        ("batch_norm", {"dy_std": 0.0, "dy_mean": 0.3}, (0, 1, None, 0)),
        ("batch_norm", {"dy_std": 0.0}, (0, 1, 1, 1)),
        ("batch_norm(weight=0)", {}, (1, 1, 0, 0)),
        ("layer_norm(weight=0, bias=1)", {}, (0, 1, 0, 0)),
        ("rms_norm", {"x_std": 0.0, "x_mean": 0.7}, (0, 0, 0)),
        ("rms_norm(eps=0.1)", {"x_std": 0.0}, (1, 0, 1)),
        ("batch_norm(mode=eval, running_mean=2)", {"x_std": 0.0, "x_mean": 2.0}, (1, 0, 1, 0)),
    ],
)
def test_inputs_without_width(call: str, inputs: dict[str, float], zeros: tuple[Any, ...]) -> None:
    result = normstats.measure(call, samples=500, **inputs)
    for side, share in zip(result.statistics.values(), zeros, strict=True):
        assert side.zeros.exact == share
        for estimate in (side.mean, side.std, side.rms, side.zeros):
            if share is not None:
                assert estimate.z is not None
                assert abs(estimate.z) < 5


@pytest.mark.parametrize(
    ("call", "name", "allowed"),
    [
        ("batch_norm(batch_size=1)", "batch_size", "at least 2"),
        ("batch_norm(batch_size=2, eps=0)", "eps", "rounding"),
        ("batch_norm(batch_size=600, size=16x16)", "batch_size", "65536"),
        ("batch_norm(running_mean=1)", "running_mean", "mode eval"),
        ("batch_norm(running_var=2)", "running_var", "mode eval"),
        ("batch_norm(mode=eval, running_var=0, eps=0)", "running_var", "above 0"),
        ("batch_norm(eps=-1)", "eps", "at least 0"),
        ("batch_norm(size=2x2x2x2)", "size", "one to three"),
        ("batch_norm(grad_stats=half)", "grad_stats", "constant"),
        ("layer_norm(normalized_shape=1)", "normalized_shape", "at least 2"),
        ("layer_norm(normalized_shape=300x300)", "normalized_shape", "65536"),
        ("group_norm(num_groups=3)", "num_groups", "divide"),
        ("group_norm(num_groups=8, size=1)", "size", "at least 2"),
        ("instance_norm(size=1)", "size", "at least 2"),
        ("weight_norm(in_features=1)", "in_features", "from 2"),
        ("zca(batch_size=5, num_features=4)", "batch_size", "at least 6"),
        ("zca(num_features=65)", "num_features", "64"),
    ],
)
def test_what_is_refused(call: str, name: str, allowed: str) -> None:
    with pytest.raises(UsageError) as caught:
        registry.parse_call(call)
    assert caught.value.name == name
    assert allowed in caught.value.allowed


def test_methods_that_do_not_apply() -> None:
    with pytest.raises(UsageError, match="zca"):
        normstats.measure("zca", conditional=True, samples=10)
    with pytest.raises(UsageError, match="64 coordinates"):
        normstats.measure("layer_norm", method="rqmc", samples=10)
    with pytest.raises(UsageError, match="x_std"):
        normstats.measure("batch_norm", eps=0, x_std=0, samples=10)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("BatchNorm1d", "batch_norm"),
        ("batch_norm2d", "batch_norm"),
        ("BatchNorm3d", "batch_norm"),
        ("InstanceNorm2d", "instance_norm"),
        ("LayerNorm", "layer_norm"),
        ("RMSNorm", "rms_norm"),
        ("GroupNorm", "group_norm"),
        ("whitening", "zca"),
    ],
)
def test_names_of_pytorch(name: str, layer: str) -> None:
    assert registry.get(name).name == layer


def test_weights_are_given_as_one_number_or_as_an_array() -> None:
    rng = np.random.default_rng(1)
    x, dy = rng.standard_normal((2, 5, 6))
    options = {"normalized_shape": 6}
    same = normstats.apply("layer_norm", x, dy, weight=2.0, bias=1.0, **options)
    arrays = normstats.apply(
        "layer_norm", x, dy, weight=np.full(6, 2.0), bias=np.ones(6), **options
    )
    assert all(np.array_equal(a, b) for a, b in zip(same, arrays, strict=True))
    with pytest.raises(UsageError, match="must have shape"):
        normstats.apply("layer_norm", x, dy, weight=np.ones(5), **options)


def test_zca_makes_the_covariance_one() -> None:
    rng = np.random.default_rng(2)
    x, dy = rng.standard_normal((2, 3, 20, 5))
    x = x @ rng.standard_normal((5, 5))
    y, dx = normstats.apply("zca", x, dy, batch_size=20, num_features=5)
    np.testing.assert_allclose(
        np.swapaxes(y, 1, 2) @ y / 20, np.tile(np.eye(5), (3, 1, 1)), atol=1e-12
    )
    np.testing.assert_allclose(dx.sum(axis=1), 0.0, atol=1e-11)


def test_zca_of_one_feature_is_batch_norm() -> None:
    rng = np.random.default_rng(2)
    x, dy = rng.standard_normal((2, 3, 20))
    y, dx = normstats.apply("zca", x[..., None], dy[..., None], batch_size=20, num_features=1)
    expected = normstats.apply("batch_norm", x, dy, batch_size=20, eps=0)
    np.testing.assert_allclose(y[..., 0], expected[0], rtol=1e-12)
    np.testing.assert_allclose(dx[..., 0], expected[1], rtol=1e-11, atol=1e-13)
    assert exact("zca(num_features=1)")[1].std == pytest.approx(math.sqrt(30 / 29))


def test_zca_of_equal_eigenvalues() -> None:
    """Where PyTorch's gradient of eigenvectors is not a number."""
    x = np.concatenate([np.eye(4), -np.eye(4)])
    dy = np.random.default_rng(4).standard_normal((8, 4))
    y, dx = normstats.apply("zca", x, dy, batch_size=8, num_features=4)
    np.testing.assert_allclose(y, 2.0 * x, atol=1e-14)
    assert np.isfinite(dx).all()


def test_inputs_of_the_contract_reach_every_quantity() -> None:
    """MOVED has means in x and dy, so that no exact value is 0 by chance."""
    layer, params = parse("group_norm(num_channels=6, size=3, bias=0.3)")
    for one in layer.exact(params, MOVED):
        assert one.std is not None
        assert one.std > 0.0
