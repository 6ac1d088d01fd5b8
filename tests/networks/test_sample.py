"""Many networks: merged as one would by hand, calibrated, the same on any number of threads."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

import normstats
from normstats.engine.observer import Interrupted, Progress
from normstats.errors import UsageError
from normstats.networks import memory
from normstats.networks.estimates import Estimates
from normstats.networks.layout import layout
from normstats.networks.propagate import Network
from normstats.networks.run import ChainRun
from normstats.networks.signal import Row
from normstats.networks.sums import NetworkSums
from normstats.networks.written import chain_of

TEXT = "linear(12, init=kaiming_normal), relu, residual(linear(12), tanh, branch=0.5), linear(3)"


def rows_of(run: ChainRun) -> list[Row]:
    network = Network(run)
    return [network.measure(number) for number in range(run.networks)]


def scattered(rows: list[Row]) -> list[Row]:
    """With means that differ by several std from network to network, so that pivots matter."""
    rng = np.random.default_rng(3)
    return [replace(row, mean=row.mean + rng.normal(2.0, 3.0, row.mean.size)) for row in rows]


def merged(sums: list[NetworkSums]) -> NetworkSums:
    """Half by half, as blocks are: both sides have scatter of their own."""
    half = len(sums) // 2
    return merged(sums[:half]) + merged(sums[half:]) if half else sums[0]


def raised(row: Row, octaves: int) -> Row:
    """The same numbers with another power of two."""
    mean, variance = np.ldexp(row.mean, -octaves), np.ldexp(row.variance, -2 * octaves)
    return replace(row, mean=mean, variance=variance, exponent=row.exponent + octaves)


@pytest.mark.parametrize("octaves", [0, 20])
@pytest.mark.parametrize("change", [list, scattered])
def test_sums_are_those_of_all_networks_together(change: Any, octaves: int) -> None:
    """Pooled std, rms, growth and typical std with their errors, from the rows by NumPy."""
    run = ChainRun(chain_of(TEXT, size=7, batch_size=6), 30)
    rows = change(rows_of(run))
    apart = [raised(row, octaves * (number % 3)) for number, row in enumerate(rows)]
    own = layout(run.chain)
    sums = Estimates(merged([NetworkSums.of_row(own, row) for row in apart]))
    n = run.networks
    means = np.array([row.mean for row in rows])
    squares = np.array([row.variance for row in rows]) + means**2
    for at, other in enumerate(sums.layout.compared):
        if at == other:
            continue

        def parts(k: int) -> tuple[float, Any]:
            """The pooled variance, and each network's part in its relative change."""
            mean, square = means[:, k].mean(), squares[:, k].mean()
            pooled = square - mean**2 + means[:, k].var() / (n - 1)
            return pooled, (squares[:, k] - 2.0 * mean * means[:, k]) / pooled

        (own, change), (before, others) = parts(at), parts(other)
        found = sums.std(at)
        assert found.log == pytest.approx(0.5 * math.log(own), rel=1e-9, abs=1e-12)
        assert found.se == pytest.approx(0.5 * change.std(ddof=1) / math.sqrt(n), rel=1e-7)
        rms, second = sums.rms(at), squares[:, at]
        assert rms.log == pytest.approx(0.5 * math.log(second.mean()), rel=1e-9, abs=1e-12)
        error = 0.5 * second.std(ddof=1) / second.mean() / math.sqrt(n)
        assert rms.se == pytest.approx(error, rel=1e-7)
        growth = sums.growth(at)
        assert growth.log == pytest.approx(0.5 * math.log(own / before), rel=1e-9, abs=1e-12)
        error = 0.5 * (change - others).std(ddof=1) / math.sqrt(n)
        assert growth.se == pytest.approx(error, rel=1e-6)
        logs = 0.5 * np.log([row.variance[at] for row in rows])
        assert sums.typical(at).log == pytest.approx(logs.mean(), rel=1e-9, abs=1e-12)
        assert sums.typical(at).se == pytest.approx(logs.std(ddof=1) / math.sqrt(n), rel=1e-9)


@pytest.mark.parametrize("normalize", ["none", "separate"])
def test_the_same_bits_on_any_number_of_threads(normalize: Any) -> None:
    given: dict[str, Any] = {"batch_size": 10, "networks": 9, "normalize": normalize, "input": 7}
    text = f"{TEXT}, dropout(0.2), batch_norm, linear(4, init=orthogonal)"
    first = normstats.chain(text, threads=1, **given)
    for threads in (2, 3):
        again = normstats.chain(text, threads=threads, **given)
        assert again.layers == first.layers
        assert again.verdict == first.verdict
    other = normstats.chain(text, threads=2, **{**given, "seed": 1})
    assert other.layers[0].forward_std != first.layers[0].forward_std


def test_fewer_networks_are_the_first_ones() -> None:
    """Numbers of a network depend on its own number alone, not on how many there are."""
    chain = chain_of("linear(5), tanh", size=4, batch_size=3)
    one, other = (rows_of(ChainRun(chain, n)) for n in (2, 4))
    for a, b in zip(one, other, strict=False):
        np.testing.assert_array_equal(a.variance, b.variance)


def test_errors_are_calibrated() -> None:
    """E y² of a linear layer behind ReLU is 2, for any width: z over seeds has variance 1."""
    seeds = 60
    z: list[float] = []
    for seed in range(seeds):
        result = normstats.chain(
            "linear(16, init=kaiming_normal), relu, linear(16, init=kaiming_normal)",
            batch_size=8, networks=40, seed=seed, threads=2,
        )  # fmt: skip
        z += [result.layers[2].z("forward_std") or 0.0, result.layers[0].z("gradient_std") or 0.0]
    for values in (z[::2], z[1::2]):
        assert abs(np.mean(values)) < 5.0 / math.sqrt(seeds)  # chance of a false alarm 6e-7
        square = sum(value**2 for value in values)
        # Of 40 networks the error itself is known to 11 %: a t distribution, wider than normal.
        assert chi2.ppf(1e-6, seeds) < square < 1.3 * chi2.isf(1e-6, seeds)


def test_growth_within_blocks() -> None:
    """Of a layer by itself, without the weight of the branch; of the sum with it."""
    result = normstats.chain(
        "relu, residual(identity, identity, branch=0.5, skip=2), identity",
        input=6, networks=3, batch_size=5,
    )  # fmt: skip
    for layer, growth in zip(result.layers[1:], (1.0, 1.0, 2.5, 1.0), strict=True):
        assert layer.forward_growth.value == pytest.approx(growth)
        assert layer.gradient_growth.value == pytest.approx(growth)
    assert [layer.depth for layer in result.layers] == [0, 1, 1, 0, 0]


def test_an_interruption_keeps_the_networks_that_are_done() -> None:
    class Stop:
        def compiling(self, layer: str) -> None:
            return None

        def progress(self, progress: Progress) -> None:
            assert (progress.samples, progress.counted) == (10**6, "networks")
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stop:
        normstats.chain(
            "linear(96), tanh", repeat=40, networks=10**6, batch_size=64, observer=Stop()
        )
    found = stop.value.chain
    assert found is not None
    assert found.interrupted
    assert 0 < found.networks < 10**6
    whole = normstats.chain(
        "linear(96), tanh", repeat=40, networks=found.networks, batch_size=64
    )  # fmt: skip
    assert whole.layers == found.layers


def test_an_interruption_before_the_first_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: Network, number: int) -> Row:
        raise KeyboardInterrupt

    monkeypatch.setattr(Network, "measure", stop)
    with pytest.raises(Interrupted) as error:
        normstats.chain("linear(4), tanh", networks=3, batch_size=4)
    assert error.value.chain is None


def test_weights_that_are_not_kept_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "2 * (linear(9, init=orthogonal), tanh), residual(linear(9)), linear(5)"
    maps = "conv2d(4, 3), relu, conv2d(4, 3, init=fan_out_rows), conv2d(4, 3)"
    given: tuple[dict[str, Any], ...] = ({"layers": text}, {"layers": maps, "input": "3x7x7"})
    kept = [normstats.chain(**one, networks=2, batch_size=9).layers for one in given]
    monkeypatch.setattr(memory, "MOST_KEPT", 0)
    again = [normstats.chain(**one, networks=2, batch_size=9).layers for one in given]
    assert kept == again


def test_what_does_not_fit_into_memory_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^batch_size 65536: with 20000 layers would need .* GB"):
        normstats.chain("20000 * relu", input=65536, batch_size=65536)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("networks", 0), ("networks", 1.5), ("networks", 10**10), ("batch_size", 0)),
        *(("batch_size", 10**6), ("repeat", 0), ("seed", -1), ("normalize", "both")),
        *(("input", "3x"), ("input", (1, 2, 3, 4, 5)), ("x_std", -1.0), ("threads", 0)),
    ],
)
def test_bad_arguments_are_named(name: str, value: Any) -> None:
    with pytest.raises(UsageError) as error:
        normstats.chain("linear(4), relu", **{"networks": 2, name: value})
    assert error.value.name == name


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("6 * exp", {}, ("exploding", "unknown")),
        ("3 * (linear(4), threshold(9, 0))", {}, ("vanishing", "unknown")),
        ("3 * (linear(4), relu)", {"x_std": 0.0}, ("unknown", "unknown")),
        ("3 * (linear(4), relu)", {"dy_std": 0.0}, ("stable", "unknown")),
        ("relu", {}, ("unknown", "unknown")),
    ],
)
def test_verdicts_where_numbers_end(
    text: str, more: dict[str, Any], words: tuple[str, str]
) -> None:
    """Nothing but 0, nothing but infinity, nothing to compare: in words, without a warning."""
    given: dict[str, Any] = {"input": 4, "networks": 3, "batch_size": 16, **more}
    result = normstats.chain(text, **given)
    assert (result.verdict["forward"], result.verdict["backward"]) == words
    assert json.loads(result.to_json())["schema"] == "normstats-chain/1"
    assert str(result)
