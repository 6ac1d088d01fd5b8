"""Random words: published known answers, the plain twin, and addresses that never meet."""

from __future__ import annotations

import numpy as np
import pytest

from normstats.kernels.run import load
from normstats.runs.call import Call, spell
from normstats.runs.counts import parse_seed
from normstats.sampling.bits import PARITY, STREAMS
from normstats.sampling.streams import PILOT, SAMPLES, stream_number
from tests.sampling import plain
from tests.sampling.probes import SFC64, THREEFRY, Streams

# Lines "threefry2x64 20" of kat_vectors in Random123: counter, key, answer.
THREEFRY_ANSWERS = (
    ((0, 0), (0, 0), (0xC2B6E3A8C2C69865, 0x6F81ED42F350084D)),
    ((plain.WORD,) * 2, (plain.WORD,) * 2, (0xE02CB7C4D95D277A, 0xD06633D0893B8B68)),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344),
        (0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x263C7D30BB0F0AF1, 0x56BE8361D3311526),
    ),
)
EXTREME = [0, 1, 2, plain.WORD, plain.WORD - 1, 1 << 63, (1 << 63) - 1, int(PARITY)]


def words(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, count, np.uint64, endpoint=False)


@pytest.mark.parametrize(("counter", "key", "answer"), THREEFRY_ANSWERS)
def test_threefry_known_answers(
    counter: tuple[int, int], key: tuple[int, int], answer: tuple[int, int]
) -> None:
    assert plain.threefry(*counter, *key) == answer
    out = np.empty(16, np.uint64)
    given = [np.full(8, value, np.uint64) for value in (*counter, *key)]
    load(THREEFRY)(*given, out, 8)
    assert out.tolist() == [answer[0]] * 8 + [answer[1]] * 8


def test_threefry_of_other_rounds_uses_the_same_twin() -> None:
    # "threefry2x64 13" and "threefry2x64 32" of the same file: the twin is right in its details.
    assert plain.threefry(0, 0, 0, 0, 13) == (0xF167B032C3B480BD, 0xE91F9FEE4B7A6FB5)
    assert plain.threefry(0, 0, 0, 0, 32) == (0x38BA854D7F13CFB3, 0xD02FCA729D54FADC)


def test_threefry_equals_the_twin() -> None:
    n = 256
    c0, c1, k0, k1 = (words(n, k) for k in range(4))
    for k, array in enumerate((c0, c1, k0, k1)):
        array[: len(EXTREME)] = EXTREME[k:] + EXTREME[:k]
    out = np.empty(2 * n, np.uint64)
    load(THREEFRY)(c0, c1, k0, k1, out, n)
    twin = [plain.threefry(*map(int, each)) for each in zip(c0, c1, k0, k1, strict=True)]
    assert out[:n].tolist() == [a for a, _ in twin]
    assert out[n:].tolist() == [b for _, b in twin]


def test_sfc64_is_numpys() -> None:
    """NumPy's generator, put into the same states."""
    begin = words(32, 5).reshape(4, 8)
    begin[:, 0], begin[:, 1], begin[:, 2] = 0, plain.WORD, (1, 2, 3, plain.WORD)
    out = np.empty(8 * 200, np.uint64)
    load(SFC64)(begin.ravel(), out, 200)
    for lane in range(8):
        numpys = np.random.SFC64(0)
        numpys.state = {**numpys.state, "state": {"state": begin[:, lane].copy()}}
        expected = numpys.random_raw(200).tolist()
        assert out[lane::8].tolist() == expected
        state = begin[:, lane].tolist()
        assert [plain.sfc64(state) for _ in range(200)] == expected


@pytest.mark.parametrize(
    "address",
    [(0, 0, 0, 0), (1, 2, PILOT, 3), (plain.WORD, plain.WORD, SAMPLES, 10**12)],
    ids=str,
)
def test_a_block_starts_where_its_address_says(address: tuple[int, int, int, int]) -> None:
    state = Streams(*address).state.reshape(4, STREAMS)
    for number in range(STREAMS):
        assert state[:, number].tolist() == plain.start(*address, number)


def test_different_addresses_start_differently() -> None:
    """Of 64-bit words, some 1e5 distinct ones meet by chance with probability 3e-10."""
    addresses = {(0, 0, 0, 0)}
    for k in range(1, 100):
        addresses |= {
            (k, 0, 0, 0),
            (0, k, 0, 0),
            (0, 0, 0, k),
            (k, k, 1, k),
            (1 << k % 64, 0, 0, 0),
        }
    addresses |= {(0, 0, 1, 0), (0, 0, 1, 1), (0, 0, 0, 2**32), (0, 0, 0, 2**63)}
    states = [Streams(*address).state for address in sorted(addresses)]
    first = np.concatenate([state[:STREAMS] for state in states])
    assert len(np.unique(first)) == len(states) * STREAMS
    everything = np.concatenate(states)
    assert len(np.unique(everything)) == everything.size


def test_streams_of_layers_differ() -> None:
    calls = [
        ("relu", {}),
        ("dropout", {"p": 0.5, "rescale": "inverted"}),
        ("dropout", {"p": 0.25, "rescale": "inverted"}),
        ("max_pool2d", {"kernel_size": (2, 3)}),
        ("max_pool2d", {"kernel_size": (3, 2)}),
        ("avg_pool2d", {"kernel_size": (3, 2)}),
    ]
    assert len({Call.of(*call).stream for call in calls}) == len(calls)
    assert spell(*calls[3]) == "max_pool2d(kernel_size=2x3)"
    # blake2b with 8 bytes of "relu", little-endian: part of the stream version.
    assert hex(stream_number("relu")) == "0xcdebf36050dcfb1"


def test_any_64_bit_seed_is_taken() -> None:
    assert [parse_seed(seed) for seed in (0, "7", plain.WORD)] == [0, 7, plain.WORD]
