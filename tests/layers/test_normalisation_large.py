"""Large samples are normalised row by row: in another order of memory, to the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from normstats.engine.arrayjob import ArrayJob
from normstats.families.normalisation_kernels import centred, uncentred
from normstats.families.normalisation_large import KEPT, LARGE, centred_large, uncentred_large
from normstats.families.normalisation_layer import Normalisation
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.run import load
from normstats.registry import get
from normstats.values import Array
from tests.engine.jobs import bits, job_of

Function = Callable[..., None]
PAIRS = [(centred, centred_large), (uncentred, uncentred_large)]
# Batch, groups, channels, positions; columns.
SHAPES = [
    ((1, 1, LARGE, 1), 64),
    ((3, 1, 1400, 1), 64),
    ((2, 3, 140, 5), 72),
    ((4, 2, 1, 600), 64),
    ((1, 1, 1, LARGE + 1), 64),
    ((300, 7, 2, 1), 64),
    ((1, 1, 8 * LARGE, 1), 16),
    ((1, 1, 8 * LARGE, 1), 8),  # a single lane's width
    ((2, 3, 7, 5), 24),  # too small
]


def results(function: Function, sizes: tuple[int, ...], columns: int, through: float) -> Array:
    """y, dx and the gradients of the weights; what was not written is nan."""
    rng = np.random.default_rng(5)
    rows, weights = int(np.prod(sizes)), sizes[1] * sizes[2]
    ends = rows + weights * (2 if "uncentred" not in function.__name__ else 1)
    x = 100.0 + 3.0 * rng.standard_normal((rows, columns))
    dy = rng.standard_normal((rows, columns))
    out = np.full((rows + ends + KEPT, columns), np.nan)
    n = np.array([*sizes, 0], np.intp)
    c = np.array([sizes[0] * sizes[1] / rows, 1e-5, through, *rng.standard_normal(2 * weights)])
    load(Kernel(function, ARRAY_KERNEL))(x, dy, x, out, out[rows:], columns, n, c)
    return out[: rows + ends]


@pytest.mark.parametrize(("sizes", "columns"), SHAPES)
@pytest.mark.parametrize(("function", "large"), PAIRS)
@pytest.mark.parametrize("through", [0.0, 1.0])
def test_same_bits(
    function: Function, large: Function, sizes: tuple[int, ...], columns: int, through: float
) -> None:
    expected = results(function, sizes, columns, through)
    assert np.isfinite(expected).all()
    assert results(large, sizes, columns, through).tobytes() == expected.tobytes()


@pytest.mark.parametrize("call", ["layer_norm(normalized_shape=4096)", "rms_norm(batch_size=64)"])
@pytest.mark.parametrize("method", ["plain", "antithetic", "plain conditional"])
def test_runs_give_the_same_bits(call: str, method: str, monkeypatch: Any) -> None:
    """Scratch rows change neither how wide a chunk is nor what is drawn."""
    run = f"{call} @ {method} moved"
    job = job_of(run, 200)
    assert isinstance(job, ArrayJob)
    assert job.rows.scratch == KEPT
    found = bits(run, 200)
    monkeypatch.setattr(Normalisation, "_large", lambda *_: False)
    before = job_of(run, 200)
    assert isinstance(before, ArrayJob)
    assert (before.rows.scratch, before.columns) == (0, job.columns)
    assert bits(run, 200) == found


@pytest.mark.parametrize(
    "call",
    ["layer_norm(normalized_shape=4095)", "batch_norm(batch_size=8192, mode=eval)", "batch_norm"],
)
def test_others_are_as_they_were(call: str) -> None:
    job = job_of(call, 10)
    assert isinstance(job, ArrayJob)
    assert job.rows.scratch == 0
    assert job.kernel.function.__name__ in ("centred", "fixed")


def test_apply_equals_the_twin() -> None:
    """Through Python, on many samples side by side and on one."""
    layer = get("layer_norm")
    assert isinstance(layer, Normalisation)
    params = layer.parse({"normalized_shape": LARGE})
    rng = np.random.default_rng(0)
    for samples in (1, 70):
        x, dy = rng.standard_normal((2, samples, LARGE))
        found = layer.apply(x, dy, params)
        for one, expected in zip(found, layer.twin(x, dy, params), strict=True):
            np.testing.assert_allclose(one, expected, rtol=0, atol=1e-12)
