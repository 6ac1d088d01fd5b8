"""A run's sums against NumPy sums over the very numbers that it draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

import normstats
from normstats.engine.arrayjob import ArrayJob
from normstats.moments.merge import Moments
from normstats.runs.inputs import Inputs
from normstats.sampling.streams import SAMPLES
from normstats.values import Array
from tests.engine.jobs import MOVED, job_of, outcome, parse
from tests.moments.brute import assert_same
from tests.sampling.probes import Streams


def drawn(job: ArrayJob, block: int) -> tuple[Array, Array, Array]:
    """x, dy and the uniforms of a full block, one sample a row.

    Chunk by chunk: rows of normals in pairs, first x, then dy, the last one alone if their number
    is odd; then rows of uniforms.
    """
    shape, given = job.rows, job.run.inputs
    streams = Streams(job.run.seed, job.run.call.stream, SAMPLES, block)
    sides = [(given.x_mean, given.x_std)] * shape.x + [(given.dy_mean, given.dy_std)] * shape.dy
    chunks = []
    for _ in range(job.blocks.full // job.columns):
        rows: list[Array] = []
        for first in range(0, len(sides), 2):
            second = sides[min(first + 1, len(sides) - 1)]
            rows += streams.normals(job.columns, sides[first], second)
        rows = rows[: len(sides)] + [streams.uniforms(job.columns) for _ in range(shape.uniforms)]
        chunks.append(np.array(rows))
    x, dy, u = np.split(np.concatenate(chunks, axis=1), [shape.x, shape.x + shape.dy])
    return x.T, dy.T, u.T


def sums(values: Array, pivot: float) -> Moments:
    """Of units in rows, by NumPy."""
    shifted = values - pivot
    s1, s2, z = shifted.sum(axis=1), (shifted**2).sum(axis=1), (values == 0.0).sum(axis=1)
    seven = [float(v.sum()) for v in (s1, s2, z, s1 * s1, s1 * s2, s2 * s2, z * z)]
    return Moments.of_equal_units(pivot, len(values), values.shape[1], seven)


@pytest.mark.parametrize(
    "layer",
    ["relu", "max_pool1d(kernel_size=2)", "max_pool2d(kernel_size=3)", "avg_pool2d(kernel_size=2)"],
)
def test_sums_at_the_ends_of_chunks_and_blocks(layer: str) -> None:
    """One, two and three rows of x and more, for numbers of samples about every boundary."""
    job = job_of(layer, 10**6, seed=5, inputs=MOVED)
    assert isinstance(job, ArrayJob)
    full, columns = job.blocks.full, job.columns
    assert full % columns == 0
    found, params = parse(layer)
    numbers = [drawn(job, block) for block in range(2)]
    x, dy = (np.concatenate([each[k] for each in numbers]) for k in range(2))
    element = found.shapes(params).x
    y, dx = found.apply(x.reshape(-1, *element), dy[:, 0], params)
    y, dx = y.reshape(len(x), -1), dx.reshape(len(x), -1)
    for samples in (
        1, 7, 8, 9, columns - 1, columns, columns + 1, 511, 513, 3 * columns + 5,
        full - 1, full, full + 1, full + columns + 3, 2 * full,
    ):  # fmt: skip
        got = outcome(layer, samples, seed=5, inputs=MOVED)
        assert got.samples == samples
        assert_same(got.forward, sums(y[:samples], got.forward.pivot), 1e-11)
        assert_same(got.backward, sums(dx[:samples], got.backward.pivot), 1e-11)


def test_dropout_takes_its_uniforms_after_its_normals() -> None:
    layer, samples = "dropout(p=0.3)", 5000
    job = job_of(layer, samples, seed=5, inputs=MOVED)
    assert isinstance(job, ArrayJob)
    x, dy, u = (values[:samples, 0] for values in drawn(job, 0))
    found, params = parse(layer)
    y, dx = found.apply(x, dy, params, {"mask": u > 0.3})
    got = outcome(layer, samples, seed=5, inputs=MOVED)
    assert_same(got.forward, sums(y[:, None], got.forward.pivot), 1e-11)
    assert_same(got.backward, sums(dx[:, None], got.backward.pivot), 1e-11)


@pytest.mark.parametrize("x_mean", [1e3, 1e8])
def test_a_mean_far_above_the_std_costs_no_precision(x_mean: float) -> None:
    """The pivot is found by a pilot of its own."""
    job = job_of("identity", 100_000, inputs=Inputs(x_mean=x_mean))
    assert isinstance(job, ArrayJob)
    x = drawn(job, 0)[0][:100_000, 0]
    got = outcome("identity", 100_000, inputs=Inputs(x_mean=x_mean))
    assert abs(got.forward.pivot - x_mean) < 0.5
    e, s1, s2, _ = got.forward.total
    assert got.forward.pivot + s1 / e - x_mean == pytest.approx(
        np.mean(x - x_mean), abs=1e-15 * x_mean
    )
    assert s2 / e - (s1 / e) ** 2 == pytest.approx(np.var(x - x_mean), rel=1e-11)


@pytest.mark.parametrize(
    ("layer", "x_std", "std_of_y", "std_of_dx"),
    [
        ("sin", 1.1e14, math.sqrt(0.5), math.sqrt(0.5)),  # the phase is uniform by then
        ("cos", 1.1e14, math.sqrt(0.5), math.sqrt(0.5)),
        ("shifted_softplus", 1e-12, 5e-13, 0.5),
    ],
)
def test_the_widest_and_the_narrowest_inputs_that_are_taken(
    layer: str, x_std: float, std_of_y: float, std_of_dx: float
) -> None:
    """To 6 standard errors (chance of a false alarm 2e-9 each), which are below 0.15 %."""
    result = normstats.measure(layer, x_std=x_std, samples=1_000_000)
    for found, want in (
        (result.forward.std, std_of_y),
        (result.backward.std, std_of_dx),
    ):
        assert found.se is not None
        assert found.se < 1.5e-3 * want
        assert abs(found.value - want) < 6.0 * found.se
