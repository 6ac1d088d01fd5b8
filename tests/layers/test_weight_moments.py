"""Random weights by their second and fourth moments, to a few tenths of a per cent.

A comparison of distribution functions (Kolmogorov, Smirnov) does not see a scale that is 1 % off,
nor a rejection that lets a little too much pass; a mean square over some millions of weights does.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import normstats
from normstats.engine.matrices import MatrixJob, _Workspace
from normstats.engine.weights import Drawn
from normstats.families.inits import INITS
from normstats.values import Array
from tests.engine.jobs import job_of, parse

# 5 sigma in some 40 comparisons: a chance of a false alarm of 2e-5, once, as seeds are fixed.
SIGMAS = 5.0
INS, OUTS = 400, 512


def weights(init: str, count: int, init_std: float) -> Array:
    """All entries of the first matrices of a run, as they lie in memory before any product."""
    call = f"linear(in_features={INS}, out_features={OUTS}, init={init}, init_std={init_std})"
    job = job_of(call, 20_000, seed=3)
    assert isinstance(job, MatrixJob)
    space = _Workspace(job)
    space.begin(0)
    assert isinstance(space._weights, Drawn)
    drawn = space._weights._matrix
    found = []
    for _ in range(count):
        drawn.draw(space._state)
        ld, one = drawn.strides
        assert one == 1
        found.append(drawn.w[: OUTS * ld].reshape(OUTS, ld)[:, :INS].flatten())
    return np.concatenate(found)


def assert_mean(values: Array, wanted: float, cap: float) -> None:
    """The mean of independent values, to within ``cap`` of itself for one standard error."""
    mean, se = float(values.mean()), float(values.std()) / math.sqrt(values.size)
    assert se <= cap * abs(wanted), "too few to tell"
    assert abs(mean - wanted) <= SIGMAS * se


SQUARES = {
    "xavier_normal": 2 / (INS + OUTS),
    "xavier_uniform": 2 / (INS + OUTS),
    "kaiming_normal": 2 / INS,
    "kaiming_uniform": 2 / INS,
    "lecun_normal": 1 / INS,
    "normal": 0.7**2,
}
KURTOSIS = {"normal": 3.0, "uniform": 9 / 5}


@pytest.mark.parametrize("init", SQUARES)
def test_independent_weights_have_the_scale_that_is_said(init: str) -> None:
    """1 % of the scale are 2 % of the mean square, 14 standard errors."""
    w = weights(init, 10, 0.7)
    assert abs(w.mean()) < SIGMAS * w.std() / math.sqrt(w.size)
    square = w * w
    assert_mean(square, SQUARES[init], 1.5e-3)
    law = init.rpartition("_")[2]
    assert_mean(square * square, KURTOSIS[law] * SQUARES[init] ** 2, 3e-3)


# Normals are proposed while the bound 2 is not below the std, uniforms after that.
@pytest.mark.parametrize("std", [0.5, 2.0, 2.1, 2.5, 20.0])
def test_truncated_weights_have_the_moments_of_their_law(std: float) -> None:
    """An exponent 10 % off moves the mean square by 1.2 % at 2.1, by 0.9 % at 2.5."""
    w = weights("trunc_normal", 8, std)
    law = stats.truncnorm(-2 / std, 2 / std, scale=std)
    assert np.abs(w).max() <= 2.0
    square = w * w
    assert_mean(square, float(law.moment(2)), 1.2e-3)
    assert_mean(square * square, float(law.moment(4)), 3e-3)
    assert abs(w.mean()) < SIGMAS * w.std() / math.sqrt(w.size)


def test_the_rejection_of_uniforms_is_that_of_the_density() -> None:
    """In 40 cells; were the exponent 10 % off, χ² would be some 270 above its 39."""
    std = 2.1
    w = np.abs(weights("trunc_normal", 8, std))
    edges = np.linspace(0.0, 2.0, 41)
    found, _ = np.histogram(w, edges)
    law = stats.truncnorm(-2 / std, 2 / std, scale=std)
    expected = 2.0 * np.diff(law.cdf(edges)) * w.size
    assert stats.chisquare(found, expected).pvalue > 1e-6
    wrong = stats.truncnorm(
        -2 / std * math.sqrt(1.1), 2 / std * math.sqrt(1.1), scale=std / math.sqrt(1.1)
    )
    expected = 2.0 * np.diff(wrong.cdf(edges)) * w.size
    assert stats.chisquare(found, expected).pvalue < 1e-20, "the test would not see it"


@pytest.mark.parametrize("init", INITS)
def test_a_whole_run_has_the_std_that_is_exact(init: str) -> None:
    """With errors of 0.1 %, so that nothing between the weights and the result is 1 % off."""
    call = f"linear(in_features=48, out_features=64, init={init}, init_std=1.5)"
    result = normstats.measure(call, samples=512 * 500, seed=11)
    layer, params = parse(call)
    for side, exact in zip(
        result.statistics.values(), layer.exact(params, result.inputs), strict=True
    ):
        assert side.std.se is not None
        assert exact.std is not None
        assert side.std.se < 1.2e-3 * exact.std
        assert abs(side.std.value - exact.std) < SIGMAS * side.std.se
