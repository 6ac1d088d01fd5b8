"""Upsampling, pixel shuffle, concatenation, embedding: exact values by other ways."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import normstats
from normstats import registry
from normstats.errors import UsageError
from normstats.result import Exact
from normstats.runs.inputs import Inputs
from tests.engine.jobs import MOVED, parse


def exact(call: str, inputs: Inputs | None = None) -> tuple[Exact, ...]:
    return registry.exact(registry.parse_call(call), inputs or Inputs())


@pytest.mark.parametrize(("size", "scale"), [("7", 3), ("2x5", 2), ("2x2x2", 4)])
def test_nearest_repeats(size: str, scale: int) -> None:
    """y has the moments of x; dx is a sum of scale^dimensions independent dy."""
    y, dx = exact(f"upsample(size={size}, scale_factor={scale})", MOVED)
    copies = scale ** len(size.split("x"))
    assert (y.mean, y.std) == pytest.approx((MOVED.x_mean, MOVED.x_std))
    assert (dx.mean, dx.std) == pytest.approx(
        (copies * MOVED.dy_mean, math.sqrt(copies) * MOVED.dy_std)
    )


def test_linear_by_hand() -> None:
    """Of 2 elements 4: x₀, (3x₀ + x₁)/4, (x₀ + 3x₁)/4, x₁; aligned, in thirds."""
    y, dx = normstats.apply(
        "upsample", [4.0, 8.0], np.eye(4)[1], size=2, mode="linear", scale_factor=2
    )
    assert y.tolist() == [4.0, 5.0, 7.0, 8.0]
    assert dx.tolist() == [0.75, 0.25]
    side, back = exact("upsample(size=2, mode=linear)")
    assert side.std == pytest.approx(math.sqrt((1 + 5 / 8) / 2))
    assert back.std == pytest.approx(math.sqrt(1 + 5 / 8))
    side, _ = exact("upsample(size=2, mode=linear, align_corners=true)")
    assert side.std == pytest.approx(math.sqrt((1 + 5 / 9) / 2))


def test_dimensions_multiply() -> None:
    line, back = exact("upsample(size=5, mode=linear, scale_factor=3)")
    square, wide = exact("upsample(size=5x5, mode=bilinear, scale_factor=3)")
    assert line.std is not None
    assert back.std is not None
    assert (square.std, wide.std) == pytest.approx((line.std**2, back.std**2))


def test_cat_pools_both() -> None:
    call = "cat(first_features=3, second_features=1, first_scale=2, second_scale=-4)"
    y, dx = exact(call)
    assert y.std == dx.std == pytest.approx(math.sqrt((3 * 4 + 16) / 4))
    y, _ = exact(call, Inputs(x_mean=1.0, x_std=0.0))
    assert (y.mean, y.std) == pytest.approx(((3 * 2 - 4) / 4, math.sqrt(28 / 4 - 0.25)))
    y, dx = exact("cat(second_scale=0)", MOVED)
    assert (y.zeros, dx.zeros) == (0.5, 0.5)
    result = normstats.measure("cat(second_scale=0)", samples=1000)
    assert (result.forward.zeros.value, result.backward.zeros.value) == (0.5, 0.5)


def test_pixel_shuffle_keeps_all_numbers() -> None:
    x = np.arange(2 * 9 * 2 * 4.0).reshape(18, 2, 4)
    y, _ = normstats.apply(
        "pixel_shuffle", x, np.zeros((2, 6, 12)), upscale_factor=3, channels=2, size="2x4"
    )
    assert sorted(y.reshape(-1)) == list(range(144))
    assert y[0, 0].tolist()[:3] == [x[0, 0, 0], x[1, 0, 0], x[2, 0, 0]]
    assert exact("pixel_shuffle", MOVED)[1].std == MOVED.dy_std


@pytest.mark.parametrize(("rows", "tokens"), [(3, 4), (4, 1), (1, 3)])
def test_embedding_by_all_numbers(rows: int, tokens: int) -> None:
    """Each element of dW over all batches: the count's mean and mean square, and of none."""
    call = f"embedding(num_embeddings={rows}, embedding_dim=1, tokens={tokens})"
    _, dx = exact(call, MOVED)
    count = np.array(
        [
            [batch.count(v) for v in range(rows)]
            for batch in itertools.product(*[range(rows)] * tokens)
        ]
    )
    assert dx.mean == pytest.approx(count.mean() * MOVED.dy_mean)
    square = count.mean() * MOVED.dy_std**2 + (count**2).mean() * MOVED.dy_mean**2
    assert dx.rms == pytest.approx(math.sqrt(square))
    assert dx.zeros == pytest.approx((count == 0).mean(), abs=1e-15)


def test_rows_are_equally_likely() -> None:
    """Rows of very different size: the mean over tokens is the mean over rows."""
    layer, params = parse("embedding(num_embeddings=7, embedding_dim=1, tokens=3)")
    uniform = np.random.default_rng(1).random((50_000, 3))
    numbers = np.floor(7 * uniform)
    chosen = layer.mask_to_uniforms(numbers, params)  # type: ignore[attr-defined]
    assert (np.floor(7 * chosen) == numbers).all()
    result = normstats.measure(
        "embedding(num_embeddings=7, embedding_dim=1, tokens=3)", samples=50_000, dy_mean=1.0,
        dy_std=0.0,
    )  # fmt: skip
    for estimate in (result.backward.std, result.backward.zeros):
        assert estimate.z is not None
        assert abs(estimate.z) < 5.0


@pytest.mark.parametrize("call", ["upsample(mode=bilinear)", "cat(second_scale=3)", "embedding"])
def test_expectations_over_dy(call: str) -> None:
    result = normstats.measure(
        call, samples=20_000, conditional=True, x_mean=0.7, x_std=1.3, dy_mean=-0.4, dy_std=0.5
    )
    for side in (result.forward, result.backward):
        for estimate in (side.mean, side.std, side.rms, side.zeros):
            assert estimate.z is not None
            assert abs(estimate.z) < 5.0


@pytest.mark.parametrize(
    ("call", "option"),
    [
        ("upsample(mode=linear)", "mode"),
        ("upsample(align_corners=true)", "align_corners"),
        ("upsample(size=200x200, scale_factor=8)", "scale_factor"),
        ("pixel_shuffle(size=9)", "size"),
        ("pixel_shuffle(upscale_factor=64, channels=4096)", "upscale_factor"),
        ("cat(first_scale=inf)", "first_scale"),
        ("embedding(num_embeddings=60000, tokens=60000)", "num_embeddings"),
    ],
)
def test_bad_values(call: str, option: str) -> None:
    with pytest.raises(UsageError) as caught:
        registry.parse_call(call)
    assert caught.value.name == option


def test_numbers_beyond_the_table() -> None:
    with pytest.raises(UsageError, match="from 0 to 7"):
        normstats.apply("embedding", np.ones((8, 4)), np.ones((8, 4)), mask=np.full(8, 8))
