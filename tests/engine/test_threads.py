"""Threads, the order of blocks, and the length of a run change nothing."""

from __future__ import annotations

import threading

import pytest

from normstats.engine.job import Worker
from normstats.engine.threads import run
from normstats.moments.merge import Moments
from tests.engine.jobs import Wrapped, bits, hexes, job_of

LAYERS = {
    "relu": 6_000_000,
    "max_pool2d(kernel_size=3)": 1_000_000,
    "dropout(p=0.3)": 3_000_000,
    "linear(in_features=24, out_features=17)": 200_000,
}


@pytest.mark.parametrize("layer", LAYERS)
def test_bits_do_not_depend_on_the_number_of_threads(layer: str) -> None:
    samples = LAYERS[layer]
    assert job_of(layer, samples).blocks.count > 2
    one = bits(layer, samples, 1)
    for threads in (2, 3, 7):
        assert bits(layer, samples, threads) == one


def test_more_threads_than_blocks() -> None:
    assert bits("relu", 10, 7) == bits("relu", 10, 1)


def test_bits_do_not_depend_on_the_order_in_which_blocks_are_done() -> None:
    """Every third block waits for the one after it."""
    job = job_of("relu", 6_000_000)
    order: list[int] = []
    last = job.blocks.count - 1
    ready = [threading.Event() for _ in range(last + 2)]
    ready[last + 1].set()

    def out_of_order(one: Worker, block: int) -> tuple[Moments, Moments]:
        result = one(block)
        if block % 3 == 0:
            assert ready[block + 1].wait(60.0)
        order.append(block)
        ready[block].set()
        return result

    done = run(Wrapped(job, out_of_order), 5)
    assert sorted(order) == list(range(last + 1))
    assert all(order.index(n) > order.index(n + 1) for n in range(0, last, 3))
    assert hexes(done.forward) + hexes(done.backward) == bits("relu", 6_000_000)


@pytest.mark.parametrize("layer", ["relu", "max_pool2d(kernel_size=3)", "dropout(p=0.3)"])
def test_a_longer_run_begins_like_a_shorter_one(layer: str) -> None:
    full = job_of(layer, 1).blocks.full
    short, long = job_of(layer, 2 * full), job_of(layer, 3 * full + 5)
    one, other = short.start()(), long.start()()
    for block in range(2):
        assert [hexes(m) for m in one(block)] == [hexes(m) for m in other(block)]


def test_a_longer_linear_run_begins_like_a_shorter_one() -> None:
    """Once there are enough groups for the group to have its full size."""
    layer = "linear(in_features=24, out_features=17)"
    short, long = job_of(layer, 512 * 64), job_of(layer, 512 * 640)
    assert short.blocks.full == long.blocks.full
    one, other = short.start()(), long.start()()
    assert [hexes(m) for m in one(0)] == [hexes(m) for m in other(0)]


def test_a_block_is_the_same_whatever_was_done_before() -> None:
    job = job_of("dropout(p=0.3)", 2_000_000)
    one, other = job.start()(), job.start()()
    other(2)
    other(0)
    assert [hexes(m) for m in one(1)] == [hexes(m) for m in other(1)]


def test_layers_and_seeds_are_independent() -> None:
    """Equal layers of different names: leaky_relu with slope 1 and prelu with weight 1."""
    calls = ("identity", "leaky_relu(negative_slope=1)", "prelu(weight=1)")
    sums = {bits(call, 1000)[4] for call in calls} | {bits("identity", 1000, seed=1)[4]}
    assert len(sums) == 4


def test_blocks_that_wait_for_a_slow_one_are_few() -> None:
    """Memory: no thread runs ahead of the slowest by more than a fixed number of blocks."""
    threads = 2
    job = job_of("relu", 300 * job_of("relu", 1).blocks.full)
    release = threading.Event()
    small = job.start()()(0)
    ahead: list[int] = []

    def first_waits(one: Worker, block: int) -> tuple[Moments, Moments]:
        if block == 0:
            release.wait(20.0)
        ahead.append(block)
        return small

    timer = threading.Timer(0.5, release.set)
    timer.start()
    run(Wrapped(job, first_waits), threads)
    timer.join()
    assert ahead.index(0) <= 64 * threads


def test_an_error_in_a_thread_is_raised() -> None:
    def fails(one: Worker, block: int) -> tuple[Moments, Moments]:
        raise MemoryError("no work space")

    with pytest.raises(MemoryError, match="no work space"):
        run(Wrapped(job_of("relu", 10), fails), 2)
