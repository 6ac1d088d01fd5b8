"""Standard errors are honest: over many seeds z has mean 0 and variance 1.

For R independent z the sum of squares follows χ²(R), if z is normal. Each test asks that the sum of
squares and the mean lie where all but 1e-6 of such sums and means do: the false-alarm chance of
the file is some 1e-4, once, as seeds are fixed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from normstats.moments.merge import PAIRS, Moments
from normstats.moments.statistics import statistics
from normstats.result import Exact, Statistics
from normstats.runs.inputs import Inputs
from tests.engine.jobs import outcome, parse

FALSE_ALARM = 1e-6
NAMES = ("mean", "std", "rms")
Judge = Callable[[Moments, Exact], Statistics]


def assert_calibrated(z: np.ndarray, degrees: float = math.inf) -> None:
    """z of independent runs; an error estimated from few units widens z to a t distribution."""
    wider = 1.0 if math.isinf(degrees) else degrees / (degrees - 2.0)
    tails = stats.chi2(len(z)).ppf([FALSE_ALARM / 2, 1 - FALSE_ALARM / 2])
    total = float(np.sum(z**2)) / wider
    assert tails[0] < total < tails[1], f"variance of z is {np.var(z):.3f}"
    far = float(np.mean(z)) * math.sqrt(len(z) / wider)
    assert abs(far) < stats.norm.isf(FALSE_ALARM / 2), f"mean of z is {np.mean(z):.3f}"


def deviations(
    layer: str, samples: int, seeds: int, judge: Judge = statistics, inputs: Inputs | None = None
) -> dict[str, np.ndarray]:
    """z of every statistic that varies, over seeds."""
    found, params = parse(layer)
    exact = found.exact(params, inputs or Inputs())
    z: dict[str, list[float]] = {}
    for seed in range(seeds):
        done = outcome(layer, samples, seed=seed, inputs=inputs)
        quantities = found.quantities(params)
        for side, moments, known in zip(quantities, done.sums, exact, strict=True):
            judged = judge(moments, known)
            for name in NAMES:
                value = getattr(judged, name).z
                assert value is not None
                z.setdefault(f"{side} {name}", []).append(value)
    return {name: np.array(values) for name, values in z.items()}


@pytest.mark.parametrize(
    ("layer", "samples", "seeds"),
    [
        ("relu", 20_000, 400),
        ("dropout(p=0.3)", 20_000, 150),
        ("max_pool2d(kernel_size=3)", 2_000, 400),
        ("logsumexp(features=5)", 2_000, 200),
        ("glu(features=6)", 2_000, 200),
        ("residual(branch=0.5)", 2_000, 200),
        ("max_pool1d(kernel_size=3, stride=1, size=8)", 2_000, 150),
        ("lp_pool1d(kernel_size=3, stride=1, size=8)", 2_000, 150),
        ("upsample(size=3x3, mode=bilinear)", 2_000, 150),
        ("dropout1d(p=0.3)", 5_000, 150),
        ("alpha_dropout(p=0.3)", 20_000, 150),
        ("embedding(num_embeddings=4)", 2_000, 150),
    ],
)
def test_array_layers(layer: str, samples: int, seeds: int) -> None:
    for name, z in deviations(layer, samples, seeds).items():
        assert len(z) == seeds, name
        assert_calibrated(z)


@pytest.mark.parametrize(
    ("layer", "fixed"),
    [
        ("softmax(features=7)", ("forward mean", "backward mean")),
        ("log_softmax(features=5)", ("backward mean",)),
        ("cross_entropy(features=5, batch_size=4)", ("backward mean",)),
        ("mse_loss(features=5)", ("backward mean",)),
        ("attention(length=3, head_dim=2, is_causal=true)", ("key mean",)),
    ],
)
def test_layers_whose_elements_add_up_to_a_constant(layer: str, fixed: tuple[str, ...]) -> None:
    for name, z in deviations(layer, 2_000, 200).items():
        if name in fixed:  # rounding is all that varies
            assert np.abs(z).max() < 0.01
        else:
            assert_calibrated(z)


def test_inputs_with_a_mean() -> None:
    inputs = Inputs(x_mean=0.7, x_std=1.3, dy_mean=-0.4, dy_std=0.5)
    for z in deviations("max_pool2d(kernel_size=2)", 3_000, 200, inputs=inputs).values():
        assert_calibrated(z)


def test_a_std_that_does_not_vary_to_first_order_has_an_error_twice_too_large() -> None:
    """Two values, each half of the time: only the square of the mean's deviation is left."""
    inputs = Inputs(x_mean=1.0, x_std=0.0, dy_mean=1.0, dy_std=0.0)
    z = deviations("dropout(p=0.5)", 4096, 100, inputs=inputs)
    assert_calibrated(z["forward mean"])
    assert 0.1 < np.mean(z["forward std"] ** 2) < 0.5


@pytest.mark.parametrize("init", ["fan_in_rows", "orthogonal"])
def test_linear(init: str) -> None:
    """Groups of 16 samples share their weights: 64 units of independence."""
    layer = f"linear(in_features=12, out_features=6, init={init})"
    for z in deviations(layer, 64 * 16, 120).values():
        assert_calibrated(z, degrees=63)


def test_convolutions() -> None:
    """Groups of 8 maps: y, dx, their interior and border, and both gradients."""
    layer = "conv1d(in_channels=3, out_channels=4, size=6, padding=1, where=each)"
    for z in deviations(layer, 64 * 8, 120).values():
        assert_calibrated(z, degrees=63)


@pytest.mark.parametrize("call", ["rnn_cell(input_size=3, hidden_size=4)"])
def test_recurrent_cells(call: str) -> None:
    """Groups of 8 samples: y, dx, its parts, and the gradients of weights and biases."""
    for z in deviations(call, 64 * 8, 60).values():
        assert_calibrated(z, degrees=63)


def elementwise(moments: Moments, exact: Exact) -> Statistics:
    """The mistake: as if all elements were independent samples."""
    e, s1, s2, zeros = moments.total
    # Σ(v − pivot)² is known, so the scatter of single elements' s1 is; for the others a guess.
    known = {(1, 1): s2 - s1 * s1 / e, (2, 2): 2.0 * (s2 / e) ** 2 * e, (3, 3): zeros}
    scatter = tuple(known.get(pair, 0.0) for pair in PAIRS)
    return statistics(Moments(moments.pivot, int(e), int(e), moments.total, scatter), exact)


@pytest.mark.parametrize(
    ("layer", "samples"),
    [("avg_pool2d(kernel_size=3)", 3_000), ("linear(in_features=12, out_features=6)", 64 * 32)],
)
def test_elements_that_are_taken_for_samples_are_caught(layer: str, samples: int) -> None:
    side = "backward mean" if "pool" in layer else "backward std"
    z = deviations(layer, samples, 100, elementwise)[side]
    with pytest.raises(AssertionError, match="variance of z"):
        assert_calibrated(z)


def test_a_bias_of_half_an_error_is_caught() -> None:
    z = deviations("relu", 20_000, 400)["forward mean"]
    with pytest.raises(AssertionError, match="mean of z"):
        assert_calibrated(z + 0.5)


@pytest.mark.parametrize(
    ("layer", "samples", "quantity"),
    [("batch_norm(batch_size=12)", 1_000, 2), ("zca(batch_size=16, num_features=2)", 1_000, 0)],
)
def test_batches(layer: str, samples: int, quantity: int) -> None:
    """A batch is one unit, however its elements depend on each other: dx, and a gradient of γ."""
    found, params = parse(layer)
    exact = found.exact(params, Inputs())
    seeds = 250
    z: dict[tuple[int, str], list[float]] = {}
    for seed in range(seeds):
        done = outcome(layer, samples, seed=seed)
        for at in {1, quantity} - {0}:  # the std of y is 1, but for eps
            judged = statistics(done.sums[at], exact[at])
            for name in NAMES[1:] if at == 1 else NAMES:  # the mean of dx is 0 in every batch
                value = getattr(judged, name).z
                assert value is not None
                z.setdefault((at, name), []).append(value)
    for values in z.values():
        assert_calibrated(np.array(values))
