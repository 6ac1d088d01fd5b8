"""The summing kernel against sums by NumPy, for every number of rows and remainder of units."""

from __future__ import annotations

import math

import numpy as np
import pytest

from normstats.kernels.lanes import LANES
from normstats.kernels.run import load
from normstats.moments.accumulate import COUNT, accumulate, clear, collect
from tests.moments.brute import unit_sums
from tests.moments.probes import ACCUMULATE, COLLECT

COLUMNS = 64
PIVOT = 0.375


def sample(rows: int, seed: int = 0) -> np.ndarray:
    """With zeros of both signs among the values."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((rows, COLUMNS)) + 0.5
    values[rng.random(values.shape) < 0.2] = 0.0
    values[rng.random(values.shape) < 0.05] = -0.0
    return values


def compiled(values: np.ndarray, units: int, times: int = 1) -> np.ndarray:
    sums, out = np.zeros(COUNT * LANES), np.empty(COUNT)
    for _ in range(times):
        load(ACCUMULATE)(values, len(values), COLUMNS, units, PIVOT, sums)
    load(COLLECT)(sums, out, 0)
    return out


def expected(values: np.ndarray, units: int) -> list[float]:
    s1, s2, z = np.array([unit_sums(values[:, j].tolist(), PIVOT) for j in range(units)]).T
    products = (s1, s2, z, s1 * s1, s1 * s2, s2 * s2, z * z)
    return [math.fsum(each) for each in products]


@pytest.mark.parametrize("rows", [1, 2, 3, 9])
@pytest.mark.parametrize("units", [1, 7, 8, 9, 15, 16, 63, 64])
def test_sums(rows: int, units: int) -> None:
    values = sample(rows)
    values[:, units:] = np.nan  # what lies beyond must not count
    got = compiled(values, units)
    assert got == pytest.approx(expected(values, units), rel=1e-12, abs=1e-12)
    assert got[2] == float(np.sum(values[:, :units] == 0.0))  # exactly


@pytest.mark.parametrize("rows", [1, 3])
def test_sums_go_on(rows: int) -> None:
    values = sample(rows)
    assert compiled(values, 13, 3) == pytest.approx(3 * np.array(expected(values, 13)), rel=1e-12)


@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize("units", [5, 64])
def test_compiled_equals_the_twin(rows: int, units: int) -> None:
    """The twin's fma may be 1 ulp off, and almost never is."""
    values = sample(rows, 3)
    sums, out = np.ones(COUNT * LANES), np.empty(COUNT)
    clear(sums)
    accumulate(values.ravel(), rows, COLUMNS, units, PIVOT, sums)
    collect(sums, out, 0)
    assert out == pytest.approx(compiled(values, units), rel=1e-14)
