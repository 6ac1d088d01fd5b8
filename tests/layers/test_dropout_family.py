"""The dropout family: what features, alpha, gaussian, dropconnect and stochastic depth promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

import normstats
from normstats import registry
from normstats.errors import UsageError
from normstats.layer.arrays import ArrayLayer
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from tests.engine.jobs import MOVED, parse


def exact(call: str, inputs: Inputs | None = None) -> tuple[Exact, ...]:
    return registry.exact(registry.parse_call(call), inputs or Inputs())


@pytest.mark.parametrize("rescale", ["inverted", "sqrt", "none"])
@pytest.mark.parametrize(
    "call",
    ["dropout1d", "dropout2d", "dropout3d", "stochastic_depth", "stochastic_depth(mode=batch)"],
)
def test_features_have_the_moments_of_dropout(call: str, rescale: str) -> None:
    """Pooled over elements; but a feature has only one draw, so errors are wider."""
    name, _, more = call.partition("(")
    inside = f"p=0.3, rescale={rescale}" + (f", {more[:-1]}" if more else "")
    assert exact(f"{name}({inside})", MOVED) == exact(f"dropout(p=0.3, rescale={rescale})", MOVED)
    result = normstats.measure(f"{name}({inside})", samples=2**14)
    elements = math.prod(parse(f"{name}({inside})")[0].shapes(result.params).x)
    zeros = result.backward.zeros
    assert zeros.se == pytest.approx(math.sqrt(0.3 * 0.7 / 2**14), rel=1e-2)
    assert elements > 1


def test_features_are_dropped_whole() -> None:
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, 40, 3, 4))
    mask = rng.random(40) < 0.6
    y, dx = normstats.apply("dropout2d", x, dy, mask=mask, size="3x4")
    np.testing.assert_array_equal(y, x * mask[:, None, None] * 2.0)
    np.testing.assert_array_equal(dx, dy * mask[:, None, None] * 2.0)


def test_stochastic_depth_drops_rows_or_batches() -> None:
    assert parse("stochastic_depth")[0].shapes(parse("stochastic_depth")[1]).x == (8,)
    layer, params = parse("stochastic_depth(mode=batch, features=5, batch_size=3)")
    assert layer.shapes(params).x == (3, 5)


@pytest.mark.parametrize("p", [0.0, 0.05, 0.5, 0.9])
@pytest.mark.parametrize("name", ["alpha_dropout", "feature_alpha_dropout"])
def test_alpha_dropout_keeps_mean_0_and_std_1(name: str, p: float) -> None:
    y, _ = exact(f"{name}(p={p})")
    assert (y.mean, y.std) == pytest.approx((0.0, 1.0), abs=1e-14)


def test_what_alpha_dropout_drops_becomes_selus_lowest_value() -> None:
    """a·(−scale·alpha) + b, with selu's own constants; and selu's fixed point stays."""
    far, _ = normstats.apply("selu", [-1e3], [1.0])
    p = 0.2
    a = 1.0 / math.sqrt((1.0 - p) * (1.0 + p * far[0] ** 2))
    y, dx = normstats.apply("alpha_dropout", [0.3, 0.3], [2.0, 2.0], p=p, mask=[0, 1])
    b = -a * p * far[0]
    np.testing.assert_allclose(y, [a * far[0] + b, a * 0.3 + b], rtol=1e-14)
    np.testing.assert_allclose(dx, [0.0, 2.0 * a], rtol=1e-14)
    # x = selu(z) of standard normals has mean 0 and std 1, and so has what dropout makes of it.
    selu, _ = exact("selu")
    assert (selu.mean, selu.std) == pytest.approx((0.0, 1.0), abs=1e-6)
    rng = np.random.default_rng(1)
    z = rng.standard_normal(200_000)
    x, _ = normstats.apply("selu", z, z)
    y, _ = normstats.apply("alpha_dropout", x, z, p=p, mask=rng.random(len(z)) > p)
    assert abs(y.mean()) < 5.0 / math.sqrt(len(z))
    kurtosis = np.mean((y - y.mean()) ** 4)
    assert abs(y.var() - 1.0) < 5.0 * math.sqrt((kurtosis - 1.0) / len(z))


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.99])
def test_gaussian_dropout_has_the_moments_of_inverted_dropout(p: float) -> None:
    for one, other in zip(
        exact(f"gaussian_dropout(p={p})", MOVED), exact(f"dropout(p={p})", MOVED), strict=True
    ):
        assert one.mean == pytest.approx(other.mean)
        assert one.std == pytest.approx(other.std)
        assert one.zeros == 0.0


def test_gaussian_dropout_takes_factors_as_they_are() -> None:
    """Also those far out, on both sides, where uniform numbers have no digits left."""
    factors = np.array([1.0, -7.0, 9.0, 1.0 + 1e-9, 1.0 - 1e-9, 0.0, 26.0])
    y, dx = normstats.apply("gaussian_dropout", np.ones(7), 2.0 * np.ones(7), mask=factors)
    np.testing.assert_allclose(y, factors, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dx, 2.0 * factors, rtol=1e-12, atol=1e-12)


def test_gaussian_factors_are_normal() -> None:
    """x of 1 gives the factors: their fourth moment tells a normal from other numbers."""
    result = normstats.measure("gaussian_dropout(p=0.2)", samples=400_000, x_mean=1.0, x_std=0.0)
    std = result.forward.std
    assert std.exact == pytest.approx(0.5)
    # The error of the std rests on the fourth moment: √((3 − 1)/4n)·std for a normal.
    assert std.se == pytest.approx(0.5 / math.sqrt(2 * 400_000), rel=0.02)
    assert std.z is not None
    assert abs(std.z) < 5.0


@pytest.mark.parametrize(("ins", "outs"), [(8, 4), (5, 3), (1, 1)])
@pytest.mark.parametrize("rescale", ["inverted", "none"])
def test_dropconnect_by_all_masks(ins: int, outs: int, rescale: str) -> None:
    """Mean and mean square of one y, over all masks of its row, and the rows of W."""
    p, q = 0.3, 0.7
    s = 1.0 / q if rescale == "inverted" else 1.0
    call = f"dropconnect(p={p}, rescale={rescale}, in_features={ins}, out_features={outs})"
    y, _, dw = exact(call, MOVED)
    masks = np.array(np.meshgrid(*[[0, 1]] * ins)).reshape(ins, -1)
    chance = np.prod(np.where(masks == 1, q, p), axis=0)
    mean = square = 0.0
    for row in range(outs):
        w = s * (-1.0) ** (row + np.arange(ins)) / math.sqrt(ins)
        sums = w @ masks
        mean += float(chance @ sums) * MOVED.x_mean / outs
        spread = MOVED.x_std**2 * (w**2 @ masks) + MOVED.x_mean**2 * sums**2
        square += float(chance @ spread) / outs
    assert y.mean == pytest.approx(mean, abs=1e-15)
    assert y.rms == pytest.approx(math.sqrt(square))
    assert y.zeros == pytest.approx(p**ins)
    assert dw.mean == pytest.approx(q * s * MOVED.x_mean * MOVED.dy_mean)
    squares = (MOVED.x_mean**2 + MOVED.x_std**2) * (MOVED.dy_mean**2 + MOVED.dy_std**2)
    assert dw.rms == pytest.approx(math.sqrt(q * s * s * squares))


def test_dropconnect_keeps_the_std_with_sqrt() -> None:
    y, _, dw = exact("dropconnect(rescale=sqrt)")
    assert (y.std, dw.std) == pytest.approx((1.0, 1.0))


def test_sums_of_a_constant_may_be_0_in_many_ways() -> None:
    y, _, _ = exact("dropconnect", Inputs(x_mean=1.0, x_std=0.0))
    assert y.zeros is None
    assert "no exact" in registry.get("dropconnect").note
    y, _, _ = exact("dropconnect", Inputs(x_std=0.0))
    assert y.zeros == 1.0


@pytest.mark.parametrize(
    "call",
    ["dropout2d", "stochastic_depth(mode=batch)", "alpha_dropout(p=0.2)", "feature_alpha_dropout",
     "gaussian_dropout(p=0.3)"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["plain", "rqmc"])
def test_expectations_over_dy_and_masks(call: str, method: str) -> None:
    result = normstats.measure(
        call, samples=2**15, conditional=True, method=method,
        x_mean=0.7, x_std=1.3, dy_mean=-0.4, dy_std=0.5,
    )  # fmt: skip
    for side in (result.forward, result.backward):
        for estimate in (side.mean, side.std, side.rms, side.zeros):
            assert estimate.z is not None
            assert abs(estimate.z) < 5.0


@pytest.mark.parametrize("x_mean", [0.0, 1.5])
@pytest.mark.parametrize("name", ["alpha_dropout", "gaussian_dropout", "dropout1d"])
def test_inputs_without_width(name: str, x_mean: float) -> None:
    result = normstats.measure(name, samples=20_000, x_mean=x_mean, x_std=0.0, dy_std=0.0)
    for side in (result.forward, result.backward):
        for estimate in (side.mean, side.std, side.rms, side.zeros):
            assert estimate.z is not None
            assert abs(estimate.z) < 5.0


@pytest.mark.parametrize(
    ("call", "option"),
    [
        ("dropout2d(p=1)", "p"),
        ("alpha_dropout(p=1)", "p"),
        ("gaussian_dropout(p=1)", "p"),
        ("dropout2d(size=0)", "size"),
        ("stochastic_depth(mode=column)", "mode"),
        ("stochastic_depth(batch_size=17)", "batch_size"),
        ("dropconnect(in_features=200, out_features=100)", "in_features"),
    ],
)
def test_bad_values(call: str, option: str) -> None:
    with pytest.raises(UsageError) as caught:
        registry.parse_call(call)
    assert caught.value.name == option


def test_dropconnect_has_no_expectations() -> None:
    with pytest.raises(UsageError, match="does not apply to dropconnect"):
        normstats.measure("dropconnect", samples=100, conditional=True)


def test_weights_of_another_shape() -> None:
    with pytest.raises(UsageError, match="weight"):
        normstats.apply(
            "dropconnect", np.ones(8), np.ones(4), mask=np.ones((4, 8)), weight=np.ones((8, 4))
        )


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5])
def test_given_factors_are_not_rounded(p: float) -> None:
    """Nor is 0, which nothing draws, turned into something near it."""
    factors = np.array([0.0, 1.0, -1.0, 0.1, 10.0, 1e-30, 1e30, -3.7])
    x, dy = np.full(8, 1.7), np.full(8, -0.3)
    y, dx = normstats.apply("gaussian_dropout", x, dy, mask=factors, p=p)
    assert y.tolist() == (x * factors).tolist()
    assert dx.tolist() == (dy * factors).tolist()


@pytest.mark.parametrize(
    ("layer", "mask", "said"),
    [
        ("gaussian_dropout", [1.0, 1e200], "mask 1e+200: must be 0 or a factor from 4e-121"),
        ("gaussian_dropout", [np.nan, 1.0], "mask nan: must be 0 or a factor"),
        ("dropout", [1.0, 2.5], "mask 2.5: must be 0 or 1, which is kept"),
        ("dropout", [np.nan, 1.0], "mask nan: must be 0 or 1, which is kept"),
        ("relu", [1.0, 1.0], "mask given: relu takes none"),
    ],
)
def test_masks_that_are_refused_are_named(layer: str, mask: list[float], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        normstats.apply(layer, np.ones(2), np.ones(2), mask=mask)
    assert str(refused.value).startswith(said)


def test_numbers_of_tokens_and_classes_are_named() -> None:
    sizes = {"num_embeddings": 4, "embedding_dim": 1, "tokens": 2}
    with pytest.raises(UsageError, match="mask 4: must be whole numbers from 0 to 3"):
        normstats.apply("embedding", np.ones((4, 1)), np.ones((2, 1)), mask=[0, 4], **sizes)
    sizes = {"features": 3, "batch_size": 2}
    with pytest.raises(UsageError, match=r"mask 0\.5: must be classes from 0 to 2"):
        normstats.apply("cross_entropy", np.ones((2, 3)), 1.0, mask=[0, 0.5], **sizes)


def test_a_layer_without_a_mask_turns_none_into_numbers() -> None:
    layer, params = parse("relu")
    assert isinstance(layer, ArrayLayer)
    with pytest.raises(UsageError, match="mask given: relu takes none"):
        layer.mask_to_uniforms(np.ones(2), params)
