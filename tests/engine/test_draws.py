"""Which random numbers a run draws: mirrored ones, those of far blocks, and a pilot of its own."""

from __future__ import annotations

import numpy as np
import pytest

import normstats
from normstats.engine.arrayjob import ArrayJob
from normstats.runs.inputs import Inputs
from normstats.runs.method import REPLICATES
from normstats.sampling.sobol import DIGITS, FIRST, MOST_COORDINATES, TABLE, scrambled_tables
from normstats.sampling.streams import PILOT, SAMPLES
from tests.engine.jobs import hexes, job_of
from tests.sampling import plain
from tests.sampling.probes import Streams, points


def test_antithetic_masks_are_mirrored() -> None:
    """With p = 1/2, of u and 1 − u exactly one drops: half of all, and no error at all."""
    for samples in (2, 1000, 300_002):
        result = normstats.measure("dropout(p=0.5)", samples=samples, method="antithetic")
        for side in (result.forward, result.backward):
            assert side.zeros.value == 0.5
            assert side.zeros.se is None or side.zeros.se < 1e-12


def test_antithetic_slopes_are_mirrored() -> None:
    """For x = −1 a pair of slopes adds up to lower + upper: their mean is exact, not their std."""
    given = {"x_mean": -1, "x_std": 0, "dy_mean": 1, "dy_std": 0}
    result = normstats.measure(
        "rrelu(lower=0.25, upper=0.75)", samples=100_000, method="antithetic", **given
    )
    for side, mean in ((result.forward, -0.5), (result.backward, 0.5)):
        assert side.mean.value == pytest.approx(mean, rel=1e-12)
        assert side.mean.se is not None
        assert side.mean.se < 1e-9
        assert side.std.value == pytest.approx(0.5 / np.sqrt(12.0), rel=0.01)
        assert side.std.z is not None
        assert abs(side.std.z) < 5


FAR = [2**k for k in range(31)]


@pytest.mark.parametrize(
    "layer",
    ["max_pool2d(kernel_size=8)", "dropout(p=0.3)", "linear(in_features=30, out_features=20)"],
)
def test_every_block_has_numbers_of_its_own(layer: str) -> None:
    """Of a run of 1e15 samples; a number that is cut off anywhere below 2^31 gives a twin."""
    job = job_of(layer, 10**15)
    assert job.blocks.count > FAR[-1]
    one = job.start()()
    found = {tuple(hexes(one(block)[0])) for block in (0, *FAR)}
    assert len(found) == 1 + len(FAR)


@pytest.mark.parametrize("block", [2**8, 2**16 + 59, 2**31 - 1, 2**32, 2**40 + 7, 2**63 + 1])
def test_the_streams_of_a_far_block_are_the_twins(block: int) -> None:
    states = [plain.start(3, 14, SAMPLES, block, number) for number in range(64)]
    got = Streams(3, 14, SAMPLES, block).uniforms(64).tolist()
    assert got == [plain.uniform(plain.sfc64(state)) for state in states]


def test_the_pilot_has_a_stream_of_its_own() -> None:
    """The pivot is the mean of the pilot's numbers, none of which is among the samples."""
    inputs = Inputs(x_mean=0.7, x_std=1.3, dy_mean=-0.4, dy_std=0.5)
    job = job_of("identity", 10**5, seed=5, inputs=inputs)
    assert isinstance(job, ArrayJob)
    count = min(2 * job.columns, 512)

    def begin(purpose: int) -> tuple[np.ndarray, np.ndarray]:
        streams, x, dy = Streams(job.run.seed, job.run.call.stream, purpose, 0), [], []
        for _ in range(count // job.columns):
            pair = streams.normals(job.columns, (0.7, 1.3), (-0.4, 0.5))
            x.append(pair[0])
            dy.append(pair[1])
        return np.concatenate(x), np.concatenate(dy)

    y, dx = job.start()()(0)
    pilot, samples = begin(PILOT), begin(SAMPLES)
    assert (y.pivot, dx.pivot) == pytest.approx([v.mean() for v in pilot], rel=1e-13)
    assert not set(np.concatenate(pilot)) & set(np.concatenate(samples))


@pytest.mark.parametrize("method", ["plain", "antithetic", "plain conditional", "rqmc"])
def test_a_pivot_is_not_a_mean_of_samples(method: str) -> None:
    """Of a run as large as the pilot, or whose sequences are that: were it drawn from the same
    stream or scramble, the pivot would be the very mean of the first block.
    """
    job = job_of(f"gelu @ {method} moved", 10**5, seed=3)
    assert isinstance(job, ArrayJob)
    count = min(2 * job.columns, 512)
    job = job_of(f"gelu @ {method} moved", count * (REPLICATES if method == "rqmc" else 1), seed=3)
    assert job.blocks.size(0) == count
    y, _ = job.start()()(0)
    assert y.pivot != 0.0
    assert abs(y.total[1] / y.total[0]) > 1e-9


@pytest.mark.parametrize("purpose", [SAMPLES, PILOT])
def test_the_points_of_the_pilot_are_scrambled_otherwise(purpose: int) -> None:
    one = scrambled_tables(3, 1, 2, purpose, 1).reshape(3, TABLE)
    other = scrambled_tables(3, 1, 2, 1 - purpose, 1).reshape(3, TABLE)
    assert not (one[:, :FIRST] == other[:, :FIRST]).any()


def rank(words: list[int]) -> int:
    """Of a matrix over GF(2), its rows given as words."""
    pivots: dict[int, int] = {}
    for word in words:
        while word and word.bit_length() in pivots:
            word ^= pivots[word.bit_length()]
        if word:
            pivots[word.bit_length()] = word
    return len(pivots)


def test_points_do_not_repeat() -> None:
    """Of 2^k points one lies in each interval of length 2^−k, in every coordinate, up to 2^32.

    So it is when the first k digits of the first k direction numbers are independent.
    """
    tables = scrambled_tables(MOST_COORDINATES, 7, 5, 0, 1).reshape(MOST_COORDINATES, TABLE)
    for table in tables.tolist():
        directions = [table[1 << digit] ^ table[0] for digit in range(3)]
        directions += table[FIRST : FIRST + DIGITS - 3]
        assert len(directions) == DIGITS == 32
        for k in range(1, DIGITS + 1):
            assert rank([direction >> (64 - k) for direction in directions[:k]]) == k


@pytest.mark.parametrize("samples", [2**20, 2**23, 2**32])
def test_late_points_are_new(samples: int) -> None:
    """As the sampler hands them out, from places that differ in a single digit of the index."""
    (table,) = scrambled_tables(1, 7, 5, 0, 1)
    starts = [0, *(2**k for k in range(3, samples.bit_length() - 1))]
    found = np.concatenate([points(table, start, 8, samples) for start in starts])
    assert len(np.unique(found)) == found.size
