"""The errors that values are judged by: exact, and where the samples' own would mislead."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from normstats import measure, registry
from normstats.check.comparison import Comparison
from normstats.check.judgement import scores
from normstats.check.measured import Measured
from normstats.check.noise import Noise, noises
from normstats.check.sources.suite import NARROW, against_exact
from normstats.result import Result
from normstats.runs.inputs import STANDARD, Inputs
from normstats.runs.run import Run
from tests.check.made_up import drawn

N = 10_000


def noise_of(call: str, inputs: Inputs | None = None, samples: int = N) -> dict[str, Noise]:
    run = Run(registry.parse_call(call), samples, 0, inputs or STANDARD)
    return dict(noises(drawn(run)))


def test_a_normal_has_the_errors_of_the_textbook() -> None:
    found = noise_of("identity")
    for side in ("forward", "backward"):
        assert found[f"{side}.mean"].se(N) == pytest.approx(1.0 / math.sqrt(N))
        assert found[f"{side}.std"].se(N) == pytest.approx(1.0 / math.sqrt(2 * N))
        assert found[f"{side}.rms"].se(N) == pytest.approx(1.0 / math.sqrt(2 * N))
        assert found[f"{side}.zeros"].se(N) == 0.0
    reach = found["forward.mean"].largest
    assert 8.5 < reach < 9.0, "the chance that one of 1e4 is beyond is below 1e-12"
    assert found["forward.std"].largest == pytest.approx((reach**2 - 1.0) / 2.0)
    assert all(noise.is_exact for noise in found.values())


def test_zeros_are_counted() -> None:
    assert noise_of("relu")["forward.zeros"].se(N) == pytest.approx(0.5 / math.sqrt(N))


@pytest.mark.parametrize("call", ["relu", "gelu", "softplus"])
def test_exact_errors_are_those_of_a_light_tail(call: str) -> None:
    result = measure(call, samples=1e6, seed=5)
    found = noises(result)
    for side in ("forward", "backward"):
        for statistic in ("mean", "std", "rms", "zeros"):
            estimated = getattr(getattr(result, side), statistic).se
            assert found[f"{side}.{statistic}"].se(10**6) == pytest.approx(estimated, rel=0.02)


def test_layers_without_exact_moments_keep_the_estimated_error() -> None:
    found = noise_of("max_pool2d(kernel_size=2)")
    assert not found["forward.mean"].is_exact
    assert found["forward.mean"].freedom * N == pytest.approx(N - 1)


def heavy(seeds: int) -> list[Result]:
    return [measure("exp", samples=N, seed=seed, threads=1) for seed in range(seeds)]


def test_why_the_error_is_not_taken_from_the_samples() -> None:
    """A run of exp that misses the rare large values finds value and error too small, both."""
    estimates = [result.forward.std for result in heavy(300)]
    se = noise_of("exp")["forward.std"].se(N)
    off = np.array([e.value - (e.exact or 0.0) for e in estimates])
    errors = np.array([e.se or 0.0 for e in estimates])
    assert np.corrcoef(off, errors)[0, 1] > 0.5
    assert np.median(errors) < 0.85 * se, "most runs think that they are better than they are"
    assert off.mean() == pytest.approx(0.0, abs=4.0 * se / math.sqrt(300))
    below, above = (off / errors).min(), (off / errors).max()
    assert below < -3.5, "a few hundred runs already have what should be one in four thousand"
    assert above < -below
    assert (off / se).min() > -3.0


def test_few_samples_that_decide_widen_the_threshold() -> None:
    exp, narrow = noise_of("exp", samples=10**7), noise_of("exp", NARROW, 10**7)
    weight = exp["forward.std"].largest / (10**7 * exp["forward.std"].se(10**7))
    assert weight > 10.0, "one sample may move the std of exp by more than ten standard errors"
    light = narrow["backward.std"].largest / (10**7 * narrow["backward.std"].se(10**7))
    assert light < 0.5


def test_an_unknown_error_counts_as_none() -> None:
    """Units that agree on a wrong value tell no error; the value must not pass for that."""
    result = drawn(Run(registry.parse_call("max_pool2d(kernel_size=2)"), N))
    stuck = replace(result.backward.std, value=0.4, se=None)
    sides = {"forward": result.forward, "backward": replace(result.backward, std=stuck)}
    found = Measured(replace(result, statistics=sides))
    judged = {one.name: one for one in against_exact(found)}
    [name] = [name for name in judged if name.endswith("backward.std")]
    assert not judged[name].passes(1e-6)
    assert judged[name.replace("backward", "forward")].passes(1e-6)


@pytest.mark.parametrize("units", [64, 2, 1])
@pytest.mark.parametrize("statistic", ["mean", "std", "rms"])
def test_an_estimated_error_has_the_freedom_of_its_groups(statistic: str, units: int) -> None:
    """A linear layer's 32768 samples are 64 groups: t with 63 degrees of freedom, not a normal."""
    run = Run(registry.parse_call("linear(in_features=16, out_features=8)"), 32_768)
    found = Measured(replace(drawn(run), units=units))
    (compared,) = (one for one in against_exact(found) if one.quantity == f"forward.{statistic}")
    assert compared.is_random
    freedom = max(units - 1, 1)
    assert compared.freedom == pytest.approx(freedom, rel=1e-12)
    for chance in (1e-2, 1e-9):
        assert compared.threshold(chance) == pytest.approx(stats.t.isf(chance / 2, freedom))
    assert scores(against_exact(found), f"forward.{statistic}") == [
        pytest.approx(stats.norm.isf(stats.t.sf(compared.z, freedom)), rel=1e-6)
    ]


@pytest.mark.parametrize(("samples", "others"), [(32_768, 10**6), (10**6, 32_768)])
def test_of_two_estimated_errors_the_one_with_fewer_groups_counts(
    samples: int, others: int
) -> None:
    noise = Noise(1.0, freedom=1 / 512)  # a degree of freedom for 512 samples
    compared = Comparison(1.0, 1.1, noise, samples, others)
    assert compared.freedom == pytest.approx(64)
    assert Comparison(1.0, 1.1, noise, samples).freedom == pytest.approx(samples / 512)


def test_a_measured_linear_layer_is_judged_by_its_groups() -> None:
    result = measure("linear(in_features=16, out_features=8)", samples=32_768, seed=5)
    assert result.units == 64
    noise = noises(result)
    for name in ("forward.mean", "forward.std", "backward.std", "backward.zeros"):
        assert noise[name].freedom * result.samples == pytest.approx(63)
