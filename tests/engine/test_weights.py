"""Orthonormal matrices by reflections: against plain NumPy, and formed against unformed."""

from __future__ import annotations

import numpy as np
import pytest

from normstats.engine.reflections import Reflections
from normstats.engine.weights import Orthonormal, Reflected, Shape, Weights
from normstats.kernels.gemm import distance
from normstats.kernels.run import load
from normstats.sampling.bits import START, STATE_WORDS, STREAMS
from normstats.sampling.fill import FILL_NORMALS
from normstats.sampling.reflections import PANEL
from normstats.values import Array


def fresh_state() -> np.ndarray:
    state = np.empty(STATE_WORDS, np.uint64)
    load(START)(state, np.arange(STREAMS, dtype=np.uint64), STREAMS, 5, 7, 0, 0)
    return state


def by_hand(short: int, long: int) -> Array:
    """Q of the same normals: each column is where reflections of normals send an axis."""
    state = fresh_state()
    q = np.eye(long)
    signs = []
    for start in range(0, short, PANEL):
        rows = long - start
        half = -(-rows * PANEL // (2 * STREAMS)) * STREAMS
        normals = np.empty(2 * half)
        load(FILL_NORMALS)(state, normals, 0, half, half, 0.0, 1.0, 0.0, 1.0)
        for k in range(start, min(start + PANEL, short)):
            v = np.zeros(long)
            v[k:] = normals[: rows * PANEL].reshape(rows, PANEL)[k - start :, k - start]
            sign = -1.0 if v[k] < 0.0 else 1.0
            v[k] += sign * np.linalg.norm(v)
            q = q @ (np.eye(long) - 2.0 * np.outer(v, v) / (v @ v))
            signs.append(-sign)
    return q[:, :short] * signs


SHAPES = [(1, 1), (1, 9), (2, 2), (5, 7), (47, 48), (48, 48), (49, 49), (64, 64), (50, 121)]


@pytest.mark.parametrize(("short", "long"), SHAPES, ids=str)
def test_reflections_against_numpy(short: int, long: int) -> None:
    columns = -(-short // 8) * 8
    reflections = Reflections(short, long, columns)
    reflections.draw(fresh_state())
    got = np.full((long + 8, distance(columns)), 7.0)
    reflections.form(got)
    expected = by_hand(short, long)
    np.testing.assert_allclose(got[:long, :short], expected, atol=1e-14)
    assert np.abs(expected.T @ expected - np.eye(short)).max() < 1e-13


@pytest.mark.parametrize(("short", "long"), SHAPES, ids=str)
@pytest.mark.parametrize("turned", [False, True])
def test_applied_or_formed_the_weights_are_the_same(short: int, long: int, turned: bool) -> None:
    shape = Shape(short, long, 64) if turned else Shape(long, short, 64)
    rng = np.random.default_rng(1)
    x, dy = rng.standard_normal((shape.ins, 64)), rng.standard_normal((shape.outs, 64))
    products = []
    weights: Weights
    for weights in (Orthonormal(shape), Reflected(shape)):
        weights.claim()
        weights.draw(fresh_state())
        found = []
        for forward, given, size in ((True, x, shape.outs), (False, dy, shape.ins)):
            weights.source(forward)[: len(given), :64] = given
            found.append(weights.product(forward)[:size, :64].copy())
        products.append(found)
    for formed, applied in zip(*products, strict=True):
        np.testing.assert_allclose(applied, formed, atol=1e-13)


def test_nearly_square_matrices_are_not_formed() -> None:
    """With as many samples as the matrix has rows; a flat matrix costs next to nothing to form."""
    assert Reflected.is_cheaper(Shape(512, 512, 512))
    assert Reflected.is_cheaper(Shape(480, 512, 512))
    assert not Reflected.is_cheaper(Shape(512, 64, 512))
    assert Reflected.is_cheaper(Shape(512, 64, 1)) != Reflected.is_cheaper(Shape(512, 64, 512))
