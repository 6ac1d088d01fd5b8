"""Shares of a run, and the whole that they make."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normstats.engine.part import Part
from normstats.errors import UsageError
from normstats.parts.document import Parts
from normstats.parts.shards import Shard, parse_shard, together
from normstats.perform import result_of
from normstats.runs.method import Method
from normstats.runs.run import Run
from tests.parts.runs import FULL, RQMC, part_of, run_of, same, whole


@given(total=st.integers(0, 10**6), count=st.integers(1, 50))
def test_shares_are_all_blocks_once(total: int, count: int) -> None:
    shares = [Shard(number, count).blocks(total) for number in range(1, count + 1)]
    assert (shares[0][0], shares[-1][1]) == (0, total)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(shares))
    sizes = [end - first for first, end in shares]
    assert max(sizes) - min(sizes) <= 1


def shared(run: Run, count: int) -> list[Parts]:
    from normstats import registry

    total = registry.job_of(run).blocks.count
    return [
        Parts(f"p{number}.json", (part_of(run, *Shard(number, count).blocks(total)),))
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("call", "samples", "method", "count"),
    [
        ("relu", 9 * FULL + 5, Method(), 4),
        ("dropout(p=0.3)", 3 * FULL, Method("antithetic"), 8),  # some have no block
        ("linear(in_features=16, out_features=16)", 300_000, Method(), 3),
        ("gelu", 2**18, RQMC, 5),
        ("glu", 10**6, Method(), 2),
    ],
)
def test_shares_are_the_single_run(call: str, samples: int, method: Method, count: int) -> None:
    run = run_of(call, samples, method=method)
    files = shared(run, count)
    for order in (files, files[::-1]):
        (all_,) = together(order)
        assert not all_.missing
        result = result_of(all_.parts)
        assert same(replace(result, threads=2), whole(run))


def files_of(run: Run, *blocks: tuple[int, int]) -> list[Parts]:
    return [Parts(f"p{i}.json", (part_of(run, *each),)) for i, each in enumerate(blocks)]


def test_gaps_and_overlaps_are_named() -> None:
    run = run_of(samples=8 * FULL)
    with pytest.raises(UsageError, match=r"p1.json: has blocks 2 to 3 of relu, which p0"):
        together(files_of(run, (0, 4), (2, 8)), partial=True)
    gaps = files_of(run, (1, 3), (5, 6))
    said = r"p0.json p1.json: relu: block 0 of 8, blocks 3 to 4 of 8, blocks 6 to 7 of 8 missing"
    with pytest.raises(UsageError, match=said):
        together(gaps)
    (part,) = together(gaps, partial=True)
    assert len(part.missing) == 3
    assert result_of(part.parts).samples == 3 * FULL


def test_other_runs_are_named() -> None:
    run = run_of(samples=FULL)
    for other, said in (
        (run_of(samples=FULL, seed=3), "p1.json: is of another run: seed 3, in p0.json 0"),
        (run_of(samples=2 * FULL), "p1.json: is of another run: samples 1048576, in p0"),
        (run_of("tanh", FULL), "p1.json: is of another run: layer tanh, in p0.json relu"),
    ):
        one, two = Parts("p0.json", (part_of(run, 0, 1),)), part_of(other, 0, 1)
        with pytest.raises(UsageError, match=said):
            together([one, Parts("p1.json", (two,))])
    both = Parts("p1.json", (one.parts[0], two))
    with pytest.raises(UsageError, match=r"p0.json: has no tanh, which p1.json has"):
        together([both, one])
    with pytest.raises(UsageError, match="has no part"):
        together([Parts("p0.json", ())])
    empty = Part(run, replace(one.parts[0].span, trees=()))
    with pytest.raises(UsageError, match="block 0 of 1 missing"):
        together([Parts("p0.json", (empty,))], partial=True)


@pytest.mark.parametrize(
    "text", ["", "3", "0/8", "9/8", "-1/8", "1/0", "a/b", "1/9999999", "1.5/2"]
)
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(UsageError, match="third of eight"):
        parse_shard(text)
    assert parse_shard(" 3/8 ") == Shard(3, 8)
