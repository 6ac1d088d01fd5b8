"""Samples with many y's, weights with gradients of their own, and scratch rows."""

from __future__ import annotations

import numpy as np
import pytest

from normstats.engine.arrayjob import ArrayJob
from normstats.perform import perform
from normstats.runs.call import Call
from normstats.runs.run import Run
from tests.engine.jobs import MOVED
from tests.engine.test_arrays import drawn, sums
from tests.layers.known import known
from tests.layers.many import LAYER
from tests.moments.brute import assert_same


def test_apply_gives_every_gradient() -> None:
    rng = np.random.default_rng(1)
    x, dy, w = rng.standard_normal((7, 2, 3)), rng.standard_normal((7, 3)), np.array([1.0, 3.0, -2])
    y, dx, dw = LAYER.apply(x, dy, {}, {"weight": w})
    np.testing.assert_allclose(y, w * x[:, 0] * x[:, 1], rtol=1e-15)
    np.testing.assert_allclose(dx, (dy * w)[:, None] * x[:, ::-1], rtol=1e-15)
    np.testing.assert_allclose(dw, dy * x[:, 0] * x[:, 1], rtol=1e-15)


@pytest.mark.parametrize("samples", [1, 65, 1000, 70_000])
def test_sums_of_every_quantity(samples: int) -> None:
    """Against NumPy, over the very numbers that were drawn."""
    run = Run(Call("products"), 10**6, 5, MOVED)
    job = LAYER.job(run)
    assert isinstance(job, ArrayJob)
    x, dy = (np.concatenate([drawn(job, block)[k] for block in range(2)]) for k in range(2))
    assert samples < len(x)
    x, dy = x[:samples], dy[:samples]
    values = LAYER.apply(x.reshape(-1, 2, 3), dy, {})
    with known(LAYER):
        from normstats.engine.threads import run as run_job

        got = run_job(LAYER.job(Run(Call("products"), samples, 5, MOVED)), 2)
    assert len(got.sums) == 3
    for mine, value in zip(got.sums, values, strict=True):
        assert_same(mine, sums(value.reshape(samples, -1), mine.pivot), 1e-11)


def test_the_result_has_every_quantity() -> None:
    with known(LAYER):
        result = perform(Run(Call("products"), 200_000, inputs=MOVED), 2)
    assert list(result.statistics) == ["forward", "backward", "weight"]
    for side in result.statistics.values():
        for name in ("mean", "std", "rms"):
            estimate = getattr(side, name)
            assert abs(estimate.z) < 5.0  # nine of them: 5e-6 by chance, once
            assert estimate.se < 0.05 * side.std.value
