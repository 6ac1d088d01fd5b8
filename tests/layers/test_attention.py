"""Attention: its products about the sizes of tiles, what causal means, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest

import normstats
from normstats.errors import UsageError
from normstats.runs.inputs import Inputs
from normstats.runs.run import Run
from normstats.values import Array
from tests.engine.jobs import bits, parse

SIZES = [(1, 1), (1, 5), (2, 3), (3, 4), (4, 4), (5, 1), (16, 6), (17, 9), (33, 5), (70, 66)]


def given(length: int, size: int, samples: int = 3, heads: int = 2) -> tuple[Array, Array]:
    rng = np.random.default_rng(length + size)
    return (
        rng.standard_normal((samples, 3, heads, length, size)),
        rng.standard_normal((samples, heads, length, size)),
    )


@pytest.mark.parametrize("causal", ["false", "true"])
@pytest.mark.parametrize(("length", "size"), SIZES)
def test_about_the_sizes_of_tiles(length: int, size: int, causal: str) -> None:
    """Tiles of 4 × 4 or 3 × 2, 64 queries (causal: 16) and 64 of depth at a time."""
    x, dy = given(length, size)
    call = f"attention(num_heads=2, length={length}, head_dim={size}, is_causal={causal})"
    layer, params = parse(call)
    got = normstats.apply(call, x, dy)
    expected = layer.twin(x, dy, params)  # type: ignore[attr-defined]
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)
    q, k, v = x[0, :, 1]
    scores = np.exp(q @ k.T / math.sqrt(size))
    scores = np.tril(scores) if causal == "true" else scores
    y = scores @ v / scores.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(got[0][0, 1], y, rtol=1e-11, atol=1e-12)


def test_more_samples_than_lanes() -> None:
    """Side by side in wide rows, or one after the other: the same bits."""
    x, dy = given(5, 3, samples=19)
    call = "attention(num_heads=2, length=5, head_dim=3)"
    together = normstats.apply(call, x, dy)
    for n in range(19):
        one = normstats.apply(call, x[n], dy[n])
        assert all(np.array_equal(a[n], b) for a, b in zip(together, one, strict=True))


def test_causal_queries_see_no_later_key() -> None:
    x, dy = given(6, 3, samples=1)
    call = "attention(num_heads=2, length=6, head_dim=3, is_causal=true)"
    y, dx = normstats.apply(call, x, dy)
    x[:, 1:, :, 4:] += 10.0
    later, _ = normstats.apply(call, x, dy)
    assert np.array_equal(later[:, :, :4], y[:, :, :4])
    assert not np.isclose(later[:, :, 4:], y[:, :, 4:]).any()
    np.testing.assert_array_equal(y[:, :, 0], x[:, 2, :, 0])  # the first sees itself alone
    assert not dx[:, 0, :, 0].any()


@pytest.mark.parametrize("layer", ["attention(length=20, head_dim=4)", "sdpa(length=3,head_dim=1)"])
def test_threads_do_not_change_bits(layer: str) -> None:
    assert bits(layer, 5000) == bits(layer, 5000, threads=3)


def test_large_logits_do_not_overflow() -> None:
    x, dy = given(4, 3)
    y, dx = normstats.apply("attention(num_heads=2, length=4, head_dim=3, scale=1000)", x, dy)
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


def test_what_is_not_a_number_stays_in_its_sample() -> None:
    x, dy = given(4, 3)
    clean = normstats.apply("attention(num_heads=2, length=4, head_dim=3)", x, dy)
    x[1, 0, 0, 0, 0] = np.nan
    got = normstats.apply("attention(num_heads=2, length=4, head_dim=3)", x, dy)
    for a, b in zip(got, clean, strict=True):
        assert np.isnan(a[1]).all()
        assert np.array_equal(a[[0, 2]], b[[0, 2]])


def test_heads_tell_the_same() -> None:
    one, many = (normstats.exact("attention", num_heads=n).values for n in (1, 12))
    assert one == many


def test_a_single_key() -> None:
    """y = v, dv = dy, and there is nothing to learn for q and k."""
    x, dy = given(1, 3)
    y, dx = normstats.apply("attention(num_heads=2, length=1, head_dim=3)", x, dy)
    assert np.array_equal(y, x[:, 2])
    assert np.array_equal(dx[:, 2], dy)
    assert not dx[:, :2].any()
    found = normstats.exact("attention", length=1, dy_mean=2.0).statistics
    assert (found["value"].mean, found["value"].std) == (2.0, 1.0)
    assert (found["query"].zeros, found["key"].zeros) == (1.0, 1.0)


def test_even_weights() -> None:
    """Scale 0: y is the mean of all v, whose std is 1/√length."""
    found = normstats.exact("attention", scale=0, length=9)
    assert found.forward.std == pytest.approx(1.0 / 3.0, rel=1e-12)
    assert found.statistics["value"].std == pytest.approx(1.0 / 3.0, rel=1e-12)
    assert found.statistics["query"].std == 0.0


def test_the_sign_of_the_scale_does_not_matter() -> None:
    plus, minus = (normstats.exact("attention", scale=s).values for s in (0.5, -0.5))
    assert plus == minus


def test_what_is_not_known_exactly() -> None:
    found = normstats.exact("attention", dy_mean=0.5).statistics
    assert found["query"].std is not None
    assert found["key"].std is found["value"].std is found["backward"].std is None
    assert found["backward"].mean == pytest.approx(0.5 / 3.0)
    assert normstats.exact("attention", x_std=10).forward.std is None


@pytest.mark.parametrize(
    ("params", "argument"),
    [
        ({"length": 0}, "length"),
        ({"length": 4096, "head_dim": 256}, "length"),
        ({"num_heads": 1.5}, "num_heads"),
        ({"head_dim": 8192}, "head_dim"),
        ({"is_causal": "maybe"}, "is_causal"),
        ({"scale": "nan"}, "scale"),
        ({"method": "rqmc"}, "method"),
        ({"method": "antithetic"}, "method"),
        ({"conditional": True}, "conditional"),
    ],
    ids=str,
)
def test_refusals(params: dict[str, object], argument: str) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.measure("attention", samples=10, **params)
    assert caught.value.name == argument


@pytest.mark.parametrize(
    ("x", "dy", "argument"),
    [((3, 1, 4, 2), (1, 4, 3), "dy"), ((2, 1, 4, 2), (1, 4, 2), "x"), ((4, 2), (1, 4, 2), "x")],
)
def test_bad_shapes(x: tuple[int, ...], dy: tuple[int, ...], argument: str) -> None:
    with pytest.raises(UsageError) as caught:
        normstats.apply("attention(length=4, head_dim=2)", np.ones(x), np.ones(dy))
    assert caught.value.name == argument


def test_eight_samples_at_a_time() -> None:
    """However many samples a run has, what is held does not grow."""
    layer, params = parse("attention")
    from normstats.runs.call import Call

    for samples in (1, 10**9):
        job = layer.job(Run(Call.of(layer.name, params), samples, 0, Inputs()))
        assert job.columns == 8  # type: ignore[attr-defined]
